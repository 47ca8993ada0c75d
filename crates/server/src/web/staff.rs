//! The staff address `/customer-service/index.html`: the gate, the group, and "no such group".

use super::lang::{Bilingual, Lang};
use super::states::{GroupState, Priority, TicketStatus};
use super::when::Now;

mod view;

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
    /// His id as a member of groups (`person_id`), for the page's script.
    pub person: String,
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
    /// Address of the page that is printed and put up: `/g/{token}/poster`.
    pub poster_url: String,
    /// Under this address the page's script talks about the group: `/customer-service/groups/{id}`.
    pub base_url: String,
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
    /// Whom it is about.
    pub customer: Option<String>,
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
    /// 访客: a further device behind the customer's.
    Guest,
}

impl MemberKind {
    /// The word that the page's script reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Guest => "guest",
        }
    }
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
    /// The id as a member (`person_id`), for the page's script.
    pub person: String,
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
    /// Who did it, where a person did.
    pub who: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What proves it: an id, an HTTP status, a rule's line.
    pub evidence: Option<String>,
    /// Of a failed or waiting step: why.
    pub cause: Option<Bilingual>,
    /// Of a failed or waiting step: what to do.
    pub remedy: Option<Bilingual>,
}
