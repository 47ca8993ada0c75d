//! The staff address `/customer-service/index.html`: the gate, the group, and "no such group".

use askama::Template;

use super::assets::{Urls, urls};
use super::lang::{Bilingual, Lang};
use super::qr;
use super::show::{self, filters};
use super::states::{Chip, GroupState, Priority, TicketStatus};
use super::when::{Now, Shown};
use super::words::{SharedWords, StaffWords, fill, plural};

/// The staff address without a session: no ticket data, only how to get in. Its script redeems the sign-in ticket
/// `st` of the fragment by a POST to `/customer-service/session`.
#[derive(Debug, Clone)]
pub struct GatePage {
    /// The reader's language.
    pub lang: Lang,
    /// Path and query of this request, for the language switch.
    pub self_url: String,
}

/// The staff address for a group that does not exist, belongs to another tenant, or does not have this person as a
/// member: the same words for all three.
#[derive(Debug, Clone)]
pub struct NoGroupPage {
    /// The reader's language.
    pub lang: Lang,
    /// Who is signed in.
    pub me: Me,
    /// Path and query of this request, for the language switch.
    pub self_url: String,
}

/// The staff address for a signed-in member of the group.
#[derive(Debug, Clone)]
pub struct StaffPage {
    /// The reader's language.
    pub lang: Lang,
    /// The present moment, in the channel's time zone.
    pub now: Now,
    /// The tenant's name.
    pub company: String,
    /// The group.
    pub group: StaffGroup,
    /// Its ticket.
    pub ticket: Ticket,
    /// Who is in it, in the order to show.
    pub members: Vec<Member>,
    /// The receipt: what was done to make the group, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Who is signed in.
    pub me: Me,
    /// Path and query of this request, for the language switch.
    pub self_url: String,
}

/// The person who is signed in.
#[derive(Debug, Clone)]
pub struct Me {
    /// His name, or his `staff_id` where no name is known.
    pub name: String,
}

/// A group as staff see it.
#[derive(Debug, Clone)]
pub struct StaffGroup {
    /// Its name.
    pub name: String,
    /// Where it is in its life.
    pub state: GroupState,
    /// `cid…==`
    pub open_conversation_id: String,
    /// `chat…`
    pub team_group_id: String,
    /// What the customer is given, and what the code contains: `{public_url}/g/{token}`.
    pub customer_url: String,
    /// Address of the code's picture for the download: `/g/{token}/qr.png`.
    pub qr_png_url: String,
}

/// A ticket as staff see it.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The id in the ticket system.
    pub case_id: String,
    /// Its title; `None` for a stub that only a click has named.
    pub title: Option<String>,
    /// Its stage.
    pub status: TicketStatus,
    /// How urgent it is, where that is known.
    pub priority: Option<Priority>,
    /// Who owns it.
    pub assignee: Option<String>,
    /// The channel by which it came (`outer_type` or the channel's name).
    pub channel: Option<String>,
    /// When it was created, where that is known.
    pub created_at_ms: Option<i64>,
    /// What it is about; line breaks are kept.
    pub description: Option<String>,
}

/// Whether a member works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// 员工
    Staff,
    /// 客户
    Customer,
}

/// `account_type` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountType {
    /// 1, 内部成员
    Internal,
    /// 2, 外部成员
    External,
}

/// Somebody in the group.
#[derive(Debug, Clone)]
pub struct Member {
    /// The name, or the id where no name is known.
    pub name: String,
    /// Staff or customer.
    pub kind: MemberKind,
    /// Internal or external; shown for staff only.
    pub account_type: AccountType,
    /// What the person does, such as 售后客服; as the directory has it.
    pub role: Option<String>,
    /// Why the person is in the group, such as 点了一键拉群.
    pub why: Option<Bilingual>,
    /// When the person joined; `None` is not joined.
    pub joined_at_ms: Option<i64>,
    /// The person who is signed in.
    pub is_me: bool,
}

/// How a step of the receipt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done. It is ticked only if there is evidence; without, it is shown as a note.
    Done,
    /// Goes on by itself.
    Waiting,
    /// Failed.
    Failed,
    /// Just a fact.
    Note,
}

/// A step of the receipt.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// When.
    pub at_ms: i64,
    /// What, in both languages.
    pub text: Bilingual,
    /// How it ended.
    pub outcome: Outcome,
    /// What proves it: an id, an HTTP status, a rule's line.
    pub evidence: Option<String>,
    /// Of a failed or waiting step: why.
    pub cause: Option<Bilingual>,
    /// Of a failed or waiting step: what to do.
    pub remedy: Option<Bilingual>,
}

#[derive(Template)]
#[template(path = "gate.html")]
struct GateView {
    lang: Lang,
    switch: String,
    a: &'static Urls,
    s: &'static SharedWords,
    w: &'static StaffWords,
}

#[derive(Template)]
#[template(path = "no_group.html")]
struct NoGroupView<'a> {
    page: &'a NoGroupPage,
    lang: Lang,
    switch: String,
    a: &'static Urls,
    s: &'static SharedWords,
    w: &'static StaffWords,
}

#[derive(Template)]
#[template(path = "staff.html")]
struct StaffView<'a> {
    page: &'a StaffPage,
    lang: Lang,
    switch: String,
    a: &'static Urls,
    s: &'static SharedWords,
    w: &'static StaffWords,
    chip: Chip,
    note: Note,
    me: String,
    code: String,
    stages: Vec<Stage>,
    priority: Option<(&'static str, &'static str)>,
    ticket_created: Option<Shown>,
    members: Vec<(&'a Member, Option<Joined>)>,
    steps: Vec<Step<'a>>,
    summary: String,
    attention: usize,
}

/// What staff should know about the group's state.
struct Note {
    icon: &'static str,
    tone: &'static str,
    words: &'static str,
}

/// The moment of joining, and the words before and after it.
struct Joined {
    at: Shown,
    before: &'static str,
    after: &'static str,
}

struct Stage {
    words: &'static str,
    class: &'static str,
    spoken: &'static str,
}

struct Step<'a> {
    entry: &'a TimelineEntry,
    at: Shown,
    class: &'static str,
    icon: &'static str,
    spoken: &'static str,
}

impl GatePage {
    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let (s, w) = (SharedWords::of(self.lang), StaffWords::of(self.lang));
        GateView { lang: self.lang, switch: self.lang.switch_url(&self.self_url), a: urls(), s, w }.render()
    }
}

impl NoGroupPage {
    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let (s, w) = (SharedWords::of(self.lang), StaffWords::of(self.lang));
        let switch = self.lang.switch_url(&self.self_url);
        NoGroupView { page: self, lang: self.lang, switch, a: urls(), s, w }.render()
    }
}

impl StaffPage {
    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let (lang, s, w) = (self.lang, SharedWords::of(self.lang), StaffWords::of(self.lang));
        let steps: Vec<_> = self.timeline.iter().map(|entry| self.step(entry, w)).collect();
        let done = steps.iter().filter(|step| step.class == "ok").count();
        let attention = steps.iter().filter(|step| matches!(step.class, "wait" | "fail")).count();
        let mut summary = plural(lang, done, w.receipt_done_one, w.receipt_done);
        if attention > 0 {
            summary =
                fill(&fill(w.receipt_both, "done", summary), "look", fill(w.receipt_look, "n", attention));
        }
        StaffView {
            page: self,
            lang,
            switch: lang.switch_url(&self.self_url),
            a: urls(),
            s,
            w,
            chip: self.group.state.chip(s),
            note: note(self.group.state, w),
            me: fill(w.me, "name", show::line(&self.me.name)),
            code: qr::svg(&self.group.customer_url).map_err(|e| askama::Error::Custom(e.into()))?,
            stages: stages(self.ticket.status, w),
            priority: self.ticket.priority.map(|p| priority(p, w)),
            ticket_created: self.ticket.created_at_ms.map(|at| self.now.show(at, lang)),
            members: self.members.iter().map(|m| (m, self.joined(m, w))).collect(),
            steps,
            summary,
            attention,
        }
        .render()
    }

    fn joined(&self, member: &Member, w: &'static StaffWords) -> Option<Joined> {
        let at = self.now.show(member.joined_at_ms?, self.lang);
        let (before, after) = w.joined.split_once("{time}").unwrap_or((w.joined, ""));
        Some(Joined { at, before, after })
    }

    fn step<'a>(&self, entry: &'a TimelineEntry, w: &'static StaffWords) -> Step<'a> {
        let proven = entry.evidence.as_deref().is_some_and(|e| !show::line(e).is_empty());
        let (class, icon, spoken) = match entry.outcome {
            Outcome::Done if proven => ("ok", "check", w.step_ok),
            Outcome::Waiting => ("wait", "clock", w.step_wait),
            Outcome::Failed => ("fail", "x", w.step_fail),
            Outcome::Done | Outcome::Note => ("note", "info", w.step_note),
        };
        Step { entry, at: self.now.show(entry.at_ms, self.lang), class, icon, spoken }
    }
}

fn note(state: GroupState, w: &'static StaffWords) -> Note {
    let (icon, tone, words) = match state {
        GroupState::Reserved | GroupState::Creating => ("clock", "", w.note_making),
        GroupState::Retrying => ("warn", "warn", w.note_retrying),
        GroupState::Failed => ("alert", "bad", w.note_failed),
        GroupState::Active | GroupState::WaitingCustomer => ("info", "", w.note_open),
        GroupState::Closing => ("warn", "warn", w.note_closing),
        GroupState::Sealed | GroupState::Archived => ("lock", "", w.note_closed),
        GroupState::Dissolved => ("end", "", w.note_dissolved),
    };
    Note { icon, tone, words }
}

fn stages(status: TicketStatus, w: &'static StaffWords) -> Vec<Stage> {
    let words = [w.stage_accepted, w.stage_in_progress, w.stage_pending, w.stage_done];
    let stage = |(stage, words)| {
        let (class, spoken) = if stage < status || status == TicketStatus::Done {
            ("done", w.stage_passed)
        } else if stage == status {
            ("now", "")
        } else {
            ("todo", w.stage_ahead)
        };
        Stage { words, class, spoken }
    };
    TicketStatus::ALL.into_iter().zip(words).map(stage).collect()
}

fn priority(priority: Priority, w: &'static StaffWords) -> (&'static str, &'static str) {
    match priority {
        Priority::Low => ("", w.low),
        Priority::Medium => ("", w.medium),
        Priority::High => ("warn", w.high),
        Priority::Urgent => ("bad", w.urgent),
    }
}
