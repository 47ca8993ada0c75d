//! What a customer sees behind a link or code, before joining: company, group name, state. No ticket data.

use askama::Template;

use super::assets::{Urls, urls};
use super::lang::Lang;
use super::scripts;
use super::show::{self, filters};
use super::states::{Chip, GroupState};
use super::when::{Now, Shown};
use super::words::{CustomerWords, SharedWords, fill};

/// `/g/{token}` for a token that leads to a group.
#[derive(Debug, Clone)]
pub struct GroupPage {
    /// The reader's language.
    pub lang: Lang,
    /// The present moment, in the channel's time zone.
    pub now: Now,
    /// Whom the customer is talking to: the tenant's name.
    pub company: String,
    /// The group's name.
    pub group_name: String,
    /// Where the group is in its life. A token of an old generation is shown as `Dissolved`.
    pub state: GroupState,
    /// When the group was made or promised.
    pub created_at_ms: i64,
    /// The customer's link as it is printed: `{public_url}/g/{token}`.
    pub link: String,
    /// Address of the code's drawing: `/g/{token}/qr.svg`.
    pub qr_svg_url: String,
    /// Where the page's script asks: `/g/{token}`.
    pub base: String,
    /// The tenant's privacy notice, an http(s) address.
    pub privacy_url: Option<String>,
    /// The channel asks for the last four digits of the customer's phone number.
    pub asks_phone_tail: bool,
    /// This device is in the group already: the page opens the chat at once.
    pub joined: bool,
    /// Path and query of this request, for the language switch.
    pub self_url: String,
}

/// Why a token leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkProblem {
    /// It cannot be a token: wrong length or characters.
    Malformed,
    /// It has the right shape, and no group has it.
    Unknown,
    /// Staff have taken this device out of the group.
    Removed,
    /// Staff have renewed it.
    Renewed,
}

impl LinkProblem {
    /// The HTTP status of the page.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Unknown => 404,
            Self::Removed => 403,
            Self::Renewed => 410,
        }
    }
}

/// `/g/{token}` for a token that leads nowhere.
#[derive(Debug, Clone)]
pub struct LinkProblemPage {
    /// The reader's language.
    pub lang: Lang,
    /// What is the matter.
    pub problem: LinkProblem,
    /// Whose token it was, where that is known (`Removed`, `Renewed`): the customer then knows whom to ask.
    pub company: Option<String>,
    /// Path and query of this request, for the language switch.
    pub self_url: String,
}

/// The sentence of a page: what is the case, what to do.
struct Message {
    icon: &'static str,
    tone: &'static str,
    title: &'static str,
    lead: String,
    /// The line that the waiting script speaks.
    status: Option<&'static str>,
}

impl Message {
    fn plain(icon: &'static str, tone: &'static str, title: &'static str, lead: &str) -> Self {
        Self { icon, tone, title, lead: lead.to_owned(), status: None }
    }

    fn of_state(state: GroupState, company: &str, w: &'static CustomerWords) -> Self {
        match state {
            GroupState::Reserved | GroupState::Creating => Self {
                status: Some(w.making_status),
                ..Self::plain("spin", "accent", w.making, w.making_lead)
            },
            GroupState::Retrying => Self {
                status: Some(w.retrying_status),
                ..Self::plain("redo", "warn", w.retrying, w.retrying_lead)
            },
            GroupState::Failed => {
                Self { status: Some(w.failed_status), ..Self::plain("alert", "bad", w.failed, w.failed_lead) }
            }
            GroupState::Active | GroupState::WaitingCustomer => {
                Self::plain("msg", "accent", w.ready, &fill(w.ready_lead, "company", show::line(company)))
            }
            GroupState::Closing => Self::plain("clock", "warn", w.closing, w.closing_lead),
            GroupState::Sealed | GroupState::Archived => Self::plain("end", "quiet", w.closed, w.closed_lead),
            GroupState::Dissolved => Self::plain("end", "quiet", w.dissolved, w.dissolved_lead),
        }
    }
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupView<'a> {
    page: &'a GroupPage,
    lang: Lang,
    switch: String,
    a: &'static Urls,
    s: &'static SharedWords,
    w: &'static CustomerWords,
    message: Message,
    chip: Chip,
    created: Shown,
    /// The modules of the chat, the page's own first.
    scripts: &'static [String],
    /// What the visitor agrees to.
    consent: String,
}

#[derive(Template)]
#[template(path = "link_problem.html")]
struct LinkProblemView<'a> {
    page: &'a LinkProblemPage,
    lang: Lang,
    switch: String,
    a: &'static Urls,
    s: &'static SharedWords,
    message: Message,
}

impl GroupPage {
    /// Somebody who opens the link may come in: the group is open, or coming in opens it again.
    fn may_join(&self) -> bool {
        self.state.is_open() || self.state.is_closed()
    }

    /// The HTTP status of the page.
    pub fn status(&self) -> u16 {
        if self.state == GroupState::Dissolved { 410 } else { 200 }
    }

    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let (s, w) = (SharedWords::of(self.lang), CustomerWords::of(self.lang));
        GroupView {
            page: self,
            lang: self.lang,
            switch: self.lang.switch_url(&self.self_url),
            a: urls(),
            s,
            w,
            message: Message::of_state(self.state, &self.company, w),
            chip: self.state.chip(s),
            created: self.now.show(self.created_at_ms, self.lang),
            scripts: if self.joined || self.may_join() { scripts::closure("chat/customer.js") } else { &[] },
            consent: fill(w.consent, "company", show::line(&self.company)),
        }
        .render()
    }
}

impl LinkProblemPage {
    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let w = CustomerWords::of(self.lang);
        let message = match self.problem {
            LinkProblem::Malformed => Message::plain("link", "warn", w.malformed, w.malformed_lead),
            LinkProblem::Unknown => Message::plain("search", "warn", w.unknown, w.unknown_lead),
            LinkProblem::Removed => Message::plain("user", "warn", w.removed, w.removed_lead),
            LinkProblem::Renewed => Message::plain("qr", "warn", w.renewed, w.renewed_lead),
        };
        LinkProblemView {
            page: self,
            lang: self.lang,
            switch: self.lang.switch_url(&self.self_url),
            a: urls(),
            s: SharedWords::of(self.lang),
            message,
        }
        .render()
    }
}
