//! A group's timeline: what happened, who did it, and what proves it.

use serde_json::{Value, json};
use store::{Read, Tx, params};
use uuid::Uuid;

use crate::domain::Error;

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A call asked for the group and its row was made.
    Reserved,
    /// The group exists on its platform.
    Created,
    /// People were pulled in.
    MembersAdded,
    /// Somebody clicked on a closed group, or reopened it.
    Reopened,
    /// Staff closed it.
    Closed,
    /// The transcript was fixed.
    Sealed,
    /// It is over.
    Dissolved,
    /// The platform refused for good.
    Failed,
    /// The platform is tried again.
    Retried,
    /// The call named an outer type that nobody knows; the default channel was taken.
    UnknownOuterType,
    /// A visitor opened the link and is in.
    Joined,
    /// A member of staff pulled a colleague in.
    Invited,
    /// A member of staff removed somebody.
    Removed,
    /// The group has another name.
    Renamed,
    /// The group is another person's to look after.
    HandedOver,
    /// The customer's link was replaced by a new one.
    LinkRenewed,
    /// Guests see what was said before they came.
    HistoryAllowed,
    /// Guests do not see that any more.
    HistoryDenied,
    /// The ticket was changed on the group's page.
    TicketSaved,
    /// The customer said how good the help was.
    Satisfaction,
    /// The customer left an address for the reply.
    Contact,
    /// A customer waited and nobody of the staff had the group open: the owner was told.
    OwnerTold,
    /// A customer waited too long: all staff were told.
    Escalated,
    /// A customer waits, and there is no way of telling anybody.
    NobodyToTell,
    /// Somebody was to be told and could not be reached.
    NoticeFailed,
}

impl Kind {
    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Created => "created",
            Self::MembersAdded => "members_added",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Sealed => "sealed",
            Self::Dissolved => "dissolved",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::UnknownOuterType => "unknown_outer_type",
            Self::OwnerTold => "owner_told",
            Self::Escalated => "escalated",
            Self::NobodyToTell => "nobody_to_tell",
            Self::NoticeFailed => "notice_failed",
            Self::Joined => "joined",
            Self::Invited => "invited",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::HandedOver => "handed_over",
            Self::LinkRenewed => "link_renewed",
            Self::HistoryAllowed => "history_allowed",
            Self::HistoryDenied => "history_denied",
            Self::TicketSaved => "ticket_saved",
            Self::Satisfaction => "satisfaction",
            Self::Contact => "contact",
        }
    }
}

/// A line to be written.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it tells.
    pub kind: Kind,
    /// Who did it: `app:…`, `staff:…`, `cli`, `laqun`.
    pub actor: String,
    /// More of it, a JSON object.
    pub detail: Value,
    /// The external id or HTTP status that proves it; never empty (promise 7).
    pub evidence: String,
}

impl Line {
    /// A line without further detail.
    pub fn new(kind: Kind, actor: &str, evidence: impl Into<String>) -> Self {
        Self { kind, actor: actor.to_owned(), detail: json!({}), evidence: evidence.into() }
    }

    /// The same with detail.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

store::record! {
    struct Seq {
        timeline_seq: i64,
    }
}

/// Writes lines of a group that exists, numbered by the group's row lock: gapless, in the order of commits.
pub fn append(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    now_ms: i64,
    lines: &[Line],
) -> Result<(), Error> {
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let last: Option<Seq> = tx.one(
        "UPDATE chat_group SET timeline_seq = timeline_seq + $3 WHERE tenant_id = $1 AND id = $2
         RETURNING timeline_seq",
        params![tenant_id, group, count],
    )?;
    let first = last.map_or(1, |row| row.timeline_seq - count + 1);
    write(tx, tenant_id, group, now_ms, first, lines)
}

/// Writes lines whose numbers are known, because the group's row is made in the same unit.
pub(super) fn write(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    now_ms: i64,
    first: i64,
    lines: &[Line],
) -> Result<(), Error> {
    for (seq, line) in (first..).zip(lines) {
        debug_assert!(!line.evidence.is_empty(), "promise 7: {:?} names no evidence", line.kind);
        tx.put(
            "INSERT INTO timeline (tenant_id, group_id, seq, at, kind, actor, detail, evidence)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                tenant_id,
                group,
                seq,
                now_ms,
                line.kind.word(),
                &line.actor,
                &line.detail.to_string(),
                &line.evidence
            ],
        )?;
    }
    Ok(())
}

store::record! {
    /// A line as it stands.
    pub struct Row {
        /// Its number in the group, from 1.
        pub seq: i64,
        /// When, milliseconds since 1970.
        pub at: i64,
        /// What it tells.
        pub kind: String,
        /// Who did it.
        pub actor: String,
        /// More of it, JSON.
        pub detail: String,
        /// What proves it.
        pub evidence: String,
    }
}

/// One page of the group's lines, oldest first, beginning after the line `after`.
pub fn page(
    reader: &mut impl Read,
    tenant_id: i64,
    group: Uuid,
    after: i64,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    Ok(reader.all(
        "SELECT seq, at, kind, actor, detail, evidence FROM timeline
         WHERE tenant_id = $1 AND group_id = $2 AND seq > $3 ORDER BY seq LIMIT $4",
        params![tenant_id, group, after, limit],
    )?)
}

/// The group's lines, oldest first.
pub fn list(reader: &mut impl Read, tenant_id: i64, group: Uuid) -> Result<Vec<Row>, Error> {
    Ok(reader.all(
        "SELECT seq, at, kind, actor, detail, evidence FROM timeline
         WHERE tenant_id = $1 AND group_id = $2 ORDER BY seq",
        params![tenant_id, group],
    )?)
}
