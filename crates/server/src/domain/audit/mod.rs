//! The append-only log of everything that changes something by hand.

pub mod list;

use serde_json::{Value, json};
use store::{Tx, params};
use uuid::Uuid;

use super::Error;

/// Who does something, and when.
#[derive(Debug, Clone)]
pub struct Actor {
    /// `cli`, `app:12345678`, `staff:123`, …
    pub name: String,
    /// The time of the act, milliseconds since 1970.
    pub now_ms: i64,
    /// Id of the audit row.
    pub act: Uuid,
}

impl Actor {
    /// The same actor for the next act of one unit, so that each has an audit row of its own.
    #[must_use]
    pub fn numbered(&self, act: usize) -> Self {
        let step = u128::try_from(act).unwrap_or_default() + 1;
        Self { act: Uuid::from_u128(self.act.as_u128().wrapping_add(step)), ..self.clone() }
    }
}

/// Writes one line, in the unit that does what it tells.
pub fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant_id: i64,
    action: &str,
    subject: &str,
) -> Result<(), Error> {
    record_detail(tx, actor, tenant_id, action, subject, &json!({}))
}

/// The same with what else there is to tell, a JSON object. Never a secret.
pub fn record_detail(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant_id: i64,
    action: &str,
    subject: &str,
    detail: &Value,
) -> Result<(), Error> {
    Ok(tx.put(
        "INSERT INTO audit (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![tenant_id, actor.act, actor.now_ms, &actor.name, action, subject, &detail.to_string()],
    )?)
}
