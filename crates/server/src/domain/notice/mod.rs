//! Who is told that a customer waits: first the owner, when nobody of the staff has the group open, and when it lasts too
//! long, all staff of the group.
//!
//! A silence begins with the customer's first word that nobody has answered (`chat_group.unanswered_since`) and ends with a
//! word of staff to the customer. A silence is watched by jobs, which are rows: they are asked for by the unit that
//! begins it, and each looks at the rows before it does anything, so that an answer cancels what was to come.
//!
//! Invariant: nothing here reads the internal lane; a notice names the ticket, the group, the customer's own words and no more.
//! Invariant: each step of a silence is taken once: its event, its deliveries and the end of its job are one unit.

mod due;
mod letter;
mod told;

use std::sync::Arc;

use store::{Job, Read as _, Store, Tx, params};
use uuid::Uuid;

pub use due::{Due, Look, look};
pub use letter::{Letter, letter};
pub use told::{Proof, failed, told};

use super::{Error, Tenant, directory::Channel};

/// The job that looks whether the owner is to be told.
pub const UNATTENDED_JOB: &str = "notice.unattended";
/// The job that looks whether all staff are to be told.
pub const UNANSWERED_JOB: &str = "notice.unanswered";
/// The job that tells the tenant's address.
pub const WEBHOOK_JOB: &str = "notice.webhook";
/// The job that writes an e-mail to one person.
pub const MAIL_JOB: &str = "notice.mail";

/// How long somebody of the staff has to open the group before its owner is told, milliseconds.
pub const ATTEND_WITHIN_MS: i64 = 10_000;

/// What a silence has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nobody has the group open: the owner is told.
    Unattended,
    /// The channel's time for an answer is over: all staff of the group are told.
    Unanswered,
}

impl Step {
    /// The event's and the webhook's type.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Unattended => "group.unattended",
            Self::Unanswered => "group.unanswered",
        }
    }

    /// The job that looks whether it has come to this.
    pub const fn job(self) -> &'static str {
        match self {
            Self::Unattended => UNATTENDED_JOB,
            Self::Unanswered => UNANSWERED_JOB,
        }
    }

    /// From the name of its job or of its event.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Unattended, Self::Unanswered].into_iter().find(|s| s.job() == word || s.event() == word)
    }
}

/// A group whose customer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Whose.
    pub tenant_id: i64,
    /// Row id of the group.
    pub group: Uuid,
    /// When the first word was said that nobody answered, milliseconds since 1970.
    pub since_ms: i64,
}

impl Silence {
    /// What the silence's jobs carry.
    pub fn payload(&self) -> serde_json::Value {
        serde_json::json!({"group": self.group.to_string(), "since": self.since_ms})
    }

    /// From a job's payload.
    pub fn from_payload(tenant_id: i64, payload: &serde_json::Value) -> Option<Self> {
        let group = Uuid::parse_str(payload["group"].as_str()?).ok()?;
        Some(Self { tenant_id, group, since_ms: payload["since"].as_i64()? })
    }

    /// What makes its jobs one each.
    fn key(&self) -> String {
        format!("{}:{}", self.group, self.since_ms)
    }

    /// Asks for a look at it at that time.
    fn watch(&self, tx: &mut Tx<'_>, step: Step, due_ms: i64, now_ms: i64) -> Result<(), Error> {
        let (key, payload) = (self.key(), self.payload().to_string());
        let (kind, tenant_id) = (step.job(), self.tenant_id);
        Ok(tx.enqueue(Job { kind, key: &key, tenant_id, payload: &payload, due_ms, now_ms })?)
    }
}

/// A customer begins to wait: to be called by the unit that writes the word, when `unanswered_since` goes from null to
/// `now_ms`. Calling it again with the same values changes nothing.
///
/// Both looks are asked for here: a look that is broken off, or put off, loses none that were to follow.
pub fn arm(tx: &mut Tx<'_>, tenant_id: i64, group: Uuid, now_ms: i64) -> Result<(), Error> {
    let silence = Silence { tenant_id, group, since_ms: now_ms };
    silence.watch(tx, Step::Unattended, now_ms.saturating_add(ATTEND_WITHIN_MS), now_ms)?;
    let limit: Option<Limit> = tx.one(
        "SELECT h.answer_within_s FROM chat_group g JOIN channel h ON h.tenant_id = g.tenant_id AND h.id = g.channel_id
         WHERE g.tenant_id = $1 AND g.id = $2",
        params![tenant_id, group],
    )?;
    let Some(within_s) = limit.and_then(|limit| limit.answer_within_s) else { return Ok(()) };
    // The look itself knows when the channel is open, and waits for that.
    let due_ms = now_ms.saturating_add(within_s.saturating_mul(1000));
    silence.watch(tx, Step::Unanswered, due_ms, now_ms)
}

store::record! {
    struct Limit {
        answer_within_s: Option<i64>,
    }
}

store::record! {
    struct OfGroup {
        channel_id: Uuid,
    }
}

/// The channel of a group, if it is still there.
pub async fn channel(store: &Store, tenant: &Tenant, group: Uuid) -> Result<Option<Arc<Channel>>, Error> {
    let sql = "SELECT channel_id FROM chat_group WHERE tenant_id = $1 AND id = $2";
    let row: Option<OfGroup> = store.query_opt(sql, params![tenant.id(), group]).await?;
    Ok(row.and_then(|row| tenant.entry().channels.get(&row.channel_id).cloned()))
}
