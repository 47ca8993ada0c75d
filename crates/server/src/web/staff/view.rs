//! What the templates of the staff pages are filled with.

use askama::Template;

use super::{AccountType, GatePage, Member, MemberKind, NoGroupPage, Outcome, StaffPage, TimelineEntry};
use crate::web::{
    assets::{Urls, urls},
    lang::Lang,
    qr, scripts,
    show::{self, filters},
    states::{Chip, GroupState, Priority, TicketStatus},
    when::Shown,
    words::{DeskWords, SharedWords, StaffWords, fill, plural},
};

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
    d: &'static DeskWords,
    /// The page's modules, the first of which is run.
    scripts: &'static [String],
    chip: Chip,
    note: Option<Note>,
    /// Closed, but not for ever.
    closed: bool,
    /// What stands before and after the group's name.
    form_lead: (&'static str, &'static str),
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
        let d = DeskWords::of(lang);
        StaffView {
            page: self,
            lang,
            switch: lang.switch_url(&self.self_url),
            a: urls(),
            s,
            w,
            d,
            scripts: scripts::closure("desk/main.js"),
            chip: self.group.state.chip(s),
            note: note(self.group.state, w),
            closed: matches!(
                self.group.state,
                GroupState::Closing | GroupState::Sealed | GroupState::Archived
            ),
            form_lead: d.form_lead.split_once("{name}").unwrap_or((d.form_lead, "")),
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

fn note(state: GroupState, w: &'static StaffWords) -> Option<Note> {
    let (icon, tone, words) = match state {
        GroupState::Reserved | GroupState::Creating => ("clock", "", w.note_making),
        GroupState::Retrying => ("warn", "warn", w.note_retrying),
        GroupState::Failed => ("alert", "bad", w.note_failed),
        GroupState::Active | GroupState::WaitingCustomer => return None,
        GroupState::Closing => ("warn", "warn", w.note_closing),
        GroupState::Sealed | GroupState::Archived => ("lock", "", w.note_closed),
        GroupState::Dissolved => ("end", "", w.note_dissolved),
    };
    Some(Note { icon, tone, words })
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
