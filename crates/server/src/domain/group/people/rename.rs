//! Another name for the group. Whoever holds the link reads it before joining.

use serde_json::json;
use store::{Tx, params};

use super::{Hand, Told};
use crate::domain::{
    Error, Refusal,
    conversation::{SystemLine, What},
    group::timeline::Kind,
    id,
};

/// The most characters of a group's name.
pub const NAME_MAX: usize = 60;

/// Renames it; the same name again changes nothing. `name` has no marks that hide or reorder text.
pub fn rename(tx: &mut Tx<'_>, hand: &Hand, name: &str) -> Result<(), Error> {
    let group = hand.take(tx)?;
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Refusal::Invalid {
            member: "name",
            zh: format!("群名须为 1 到 {NAME_MAX} 个字"),
            en: format!("a group's name has 1 to {NAME_MAX} characters"),
        }
        .into());
    }
    if group.title == name {
        return Ok(());
    }
    tx.put(
        "UPDATE chat_group SET title = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        params![hand.tenant().id(), hand.seat.group, name, hand.actor.now_ms],
    )?;
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::Renamed,
            evidence: &id::team_group_id(hand.seat.group),
            detail: json!({"from": group.title, "to": name}),
            event: "group.changed",
            staff_only: false,
            line: Some(SystemLine::new(What::Renamed).value(name)),
        },
    )
}
