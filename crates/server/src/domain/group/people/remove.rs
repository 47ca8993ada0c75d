//! Removing somebody: a colleague, the customer, a guest; or leaving.

use serde_json::json;
use store::{Tx, params};
use uuid::Uuid;

use super::{Fresh, Hand, Person, Told, renew};
use crate::domain::{
    Error, Refusal,
    conversation::{Someone, SystemLine, What},
    group::timeline::Kind,
};

/// Removes the member; who is removed already stays so. The owner hands the group over first. Of a visitor the device is
/// removed, and as a device is only a cookie, the link that it came by is renewed with it: nobody comes in by the old one any
/// more, and another device may become the customer by the new one. Returns whether the link was renewed.
pub fn remove(tx: &mut Tx<'_>, hand: &Hand, person: Uuid, fresh: &Fresh) -> Result<bool, Error> {
    let group = hand.take(tx)?;
    let (tenant, id) = (hand.tenant(), hand.seat.group);
    let member = Person::find(tx, tenant, id, person)?.ok_or(Refusal::GroupNotExist)?;
    if member.state == "removed" {
        return Ok(false);
    }
    if group.owner == person && member.active {
        return Err(Refusal::Owner.into());
    }
    tx.put(
        "UPDATE group_member SET state = 'removed' WHERE tenant_id = $1 AND group_id = $2 AND person_id = $3",
        params![tenant.id(), id, person],
    )?;
    tx.put(
        "UPDATE visitor SET removed_at = $4
         WHERE tenant_id = $1 AND group_id = $2 AND person = $3 AND removed_at IS NULL",
        params![tenant.id(), id, person, hand.actor.now_ms],
    )?;
    let what = if person == hand.seat.person { What::Left } else { What::Removed };
    let line = SystemLine::new(what).about(Someone::new(person, &*member.name, &member.kind));
    let detail = json!({"person": person.to_string(), "kind": member.kind, "name": member.name});
    let evidence = member.evidence(person);
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::Removed,
            evidence: &evidence,
            detail,
            event: "member.removed",
            staff_only: false,
            line: Some(line),
        },
    )?;
    let came_by_link = member.kind != "staff";
    if came_by_link {
        let hand = Hand { actor: hand.actor.numbered(0), ..hand.clone() };
        renew(tx, &hand, fresh)?;
    }
    Ok(came_by_link)
}
