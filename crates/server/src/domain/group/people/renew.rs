//! A new token for the customer's link: the old QR code says so from then on, devices that joined go on.

use serde_json::json;
use store::{Tx, params};

use super::{Hand, Told};
use crate::domain::{
    Error,
    conversation::{SystemLine, What},
    group::timeline::Kind,
    id,
};

/// A token made before the unit, so that running it again makes the same.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// What it is found by.
    pub hash: [u8; 32],
    /// The token, sealed.
    pub sealed: Vec<u8>,
}

/// Replaces the group's token. The old one's row stays: it finds the group for the devices that joined with it.
pub fn renew(tx: &mut Tx<'_>, hand: &Hand, fresh: &Fresh) -> Result<(), Error> {
    let group = hand.take(tx)?;
    let (tenant_id, now_ms) = (hand.tenant().id(), hand.actor.now_ms);
    tx.put(
        "UPDATE group_token SET revoked_at = $3 WHERE tenant_id = $1 AND group_id = $2 AND revoked_at IS NULL",
        params![tenant_id, hand.seat.group, now_ms],
    )?;
    tx.put(
        "INSERT INTO group_token (token_hash, tenant_id, group_id, revoked_at, created_at)
         VALUES ($1, $2, $3, NULL, $4)",
        params![&fresh.hash[..], tenant_id, hand.seat.group, now_ms],
    )?;
    tx.put(
        "UPDATE chat_group SET token_sealed = $3, token_renewed_at = $4, updated_at = $4
         WHERE tenant_id = $1 AND id = $2",
        params![tenant_id, hand.seat.group, &fresh.sealed[..], now_ms],
    )?;
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::LinkRenewed,
            evidence: &id::team_group_id(hand.seat.group),
            detail: json!({}),
            event: "group.changed",
            staff_only: true,
            line: Some(SystemLine::new(What::LinkRenewed)),
        },
    )
}
