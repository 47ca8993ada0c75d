//! Whether guests see what was said before they came.

use serde_json::json;
use store::{Tx, params};

use super::{Hand, Told};
use crate::domain::{
    Error,
    conversation::{SystemLine, What},
    group::timeline::Kind,
    id,
};

/// Allows or denies it, for guests who are there and for those to come; the same again changes nothing.
pub fn history(tx: &mut Tx<'_>, hand: &Hand, guests_see: bool) -> Result<(), Error> {
    let group = hand.take(tx)?;
    if group.guests_see_history == guests_see {
        return Ok(());
    }
    tx.put(
        "UPDATE chat_group SET guests_see_history = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        params![hand.tenant().id(), hand.seat.group, guests_see, hand.actor.now_ms],
    )?;
    let (kind, what) = if guests_see {
        (Kind::HistoryAllowed, What::HistoryAllowed)
    } else {
        (Kind::HistoryDenied, What::HistoryDenied)
    };
    hand.tell(
        tx,
        &group,
        Told {
            kind,
            evidence: &id::team_group_id(hand.seat.group),
            detail: json!({}),
            event: "group.changed",
            staff_only: false,
            line: Some(SystemLine::new(what)),
        },
    )
}
