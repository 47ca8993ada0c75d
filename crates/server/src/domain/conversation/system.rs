//! What laqun itself says in a conversation: who came and went, what was closed and reopened.

use serde::{Deserialize, Serialize};
use store::{Event, Read, Tx, params};
use uuid::Uuid;

use super::Lane;
use crate::domain::{Error, Refusal};

/// What a system line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody opened the group and is in.
    Joined,
    /// Staff pulled somebody in.
    Invited,
    /// Somebody went.
    Left,
    /// Staff removed somebody.
    Removed,
    /// The group has another name: `value`.
    Renamed,
    /// Staff closed the group.
    Closed,
    /// Somebody opened it again.
    Reopened,
    /// The group is another person's to look after.
    HandedOver,
    /// The ticket has another status: `value`.
    Ticket,
    /// The customer's link was renewed.
    LinkRenewed,
    /// Guests see what was said before they came.
    HistoryAllowed,
    /// Guests see only what was said since they came.
    HistoryDenied,
    /// The customer said how good the help was: `value`, 1 to 5.
    Satisfaction,
    /// The customer left where the reply may go: `value` is phone, email or address, never the address itself.
    Contact,
    /// Nobody had the group open: its owner was told.
    OwnerTold,
    /// The customer waited too long: all staff of the group were told.
    Escalated,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Joined,
        Self::Invited,
        Self::Left,
        Self::Removed,
        Self::Renamed,
        Self::Closed,
        Self::Reopened,
        Self::HandedOver,
        Self::Ticket,
        Self::LinkRenewed,
        Self::HistoryAllowed,
        Self::HistoryDenied,
        Self::Satisfaction,
        Self::Contact,
        Self::OwnerTold,
        Self::Escalated,
    ];

    /// The lane that such a line belongs to. It follows from what is told and is nobody's choice: what only staff may know
    /// cannot be put before the customer by mistake.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Joined
            | Self::Invited
            | Self::Left
            | Self::Removed
            | Self::Renamed
            | Self::Closed
            | Self::Reopened
            | Self::HandedOver
            | Self::Ticket => Lane::Customer,
            Self::LinkRenewed
            | Self::HistoryAllowed
            | Self::HistoryDenied
            | Self::Satisfaction
            | Self::Contact
            | Self::OwnerTold
            | Self::Escalated => Lane::Internal,
        }
    }
}

/// Somebody whom a system line names, as named when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Someone {
    /// The member's `person_id`.
    pub id: Uuid,
    /// The name as others see it; empty where none is known.
    pub name: String,
    /// `staff`, `customer` or `guest`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
}

impl Someone {
    /// A person by id, name and kind (`staff`, `customer`, `guest`).
    pub fn new(id: Uuid, name: impl Into<String>, kind: &str) -> Self {
        Self { id, name: name.into(), kind: Some(kind.to_owned()) }
    }
}

impl From<&super::Seat> for Someone {
    fn from(seat: &super::Seat) -> Self {
        Self::new(seat.person, &*seat.name, seat.kind.word())
    }
}

/// A system line; in the table it is the message's `detail`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemLine {
    /// What it tells.
    pub what: What,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<Someone>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Someone>,
    /// The new name, status or score.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

impl SystemLine {
    /// A line that names nobody yet.
    pub const fn new(what: What) -> Self {
        Self { what, person: None, by: None, value: None }
    }

    /// About this person.
    #[must_use]
    pub fn about(mut self, person: Someone) -> Self {
        self.person = Some(person);
        self
    }

    /// Done by this person.
    #[must_use]
    pub fn by(mut self, person: Someone) -> Self {
        self.by = Some(person);
        self
    }

    /// With the new name, status or score.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }
}

store::record! {
    struct Taken {
        seq: i64,
    }
}

/// Takes the next number of the lane that the line belongs to and writes it there, with the event `message.created`;
/// returns the number. Works in every state of the group, and changes none.
pub fn say(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    now_ms: i64,
    line: &SystemLine,
) -> Result<i64, Error> {
    const CUSTOMER: &str =
        "UPDATE chat_group SET customer_seq = customer_seq + 1 WHERE tenant_id = $1 AND id = $2
         RETURNING customer_seq AS seq";
    const INTERNAL: &str =
        "UPDATE chat_group SET internal_seq = internal_seq + 1 WHERE tenant_id = $1 AND id = $2
         RETURNING internal_seq AS seq";
    let to = line.what.lane();
    let sql = match to {
        Lane::Customer => CUSTOMER,
        Lane::Internal => INTERNAL,
    };
    let taken: Option<Taken> = tx.one(sql, params![tenant_id, group])?;
    let Taken { seq } = taken.ok_or(Refusal::GroupNotExist)?;
    let detail = serde_json::json!(line).to_string();
    tx.put(
        "INSERT INTO message (tenant_id, group_id, lane, seq, kind, author, author_kind, client_id, body, detail, quote,
                              file, recalled_at, at)
         VALUES ($1, $2, $3, $4, 'system', NULL, 'system', NULL, '', $5, NULL, NULL, NULL, $6)",
        params![tenant_id, group, to.word(), seq, &detail, now_ms],
    )?;
    tell(tx, tenant_id, group, now_ms, "message.created", to, seq)?;
    Ok(seq)
}

/// The event of an entry: whose group, which lane and number; never what was said.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    now_ms: i64,
    kind: &str,
    lane: Lane,
    seq: i64,
) -> Result<(), Error> {
    let body = format!(r#"{{"lane":"{}","seq":{seq}}}"#, lane.word());
    Ok(tx.emit(Event { tenant_id, kind, subject: &group.to_string(), body: &body, at_ms: now_ms })?)
}
