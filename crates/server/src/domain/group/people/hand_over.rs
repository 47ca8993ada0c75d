//! Handing the group over to another member of staff who is in it.

use serde_json::json;
use store::{Tx, params};
use uuid::Uuid;

use super::{Hand, Person, Told};
use crate::domain::{
    Error, Refusal,
    conversation::{Someone, SystemLine, What},
    group::timeline::Kind,
};

/// Makes the member its owner; who is so already stays so.
pub fn hand_over(tx: &mut Tx<'_>, hand: &Hand, person: Uuid) -> Result<(), Error> {
    let group = hand.take(tx)?;
    let (tenant, id) = (hand.tenant(), hand.seat.group);
    if group.owner == person {
        return Ok(());
    }
    let to = Person::find(tx, tenant, id, person)?;
    let to = to.filter(|to| to.kind == "staff" && to.state == "joined" && to.active);
    let to = to.ok_or(Refusal::StaffNotExist)?;
    tx.put(
        "UPDATE chat_group SET owner = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), id, person, hand.actor.now_ms],
    )?;
    tx.put(
        "UPDATE group_member SET role = CASE WHEN person_id = $3 THEN 'owner' ELSE 'member' END
         WHERE tenant_id = $1 AND group_id = $2 AND (person_id = $3 OR role = 'owner')",
        params![tenant.id(), id, person],
    )?;
    let line = SystemLine::new(What::HandedOver).about(Someone::new(person, &*to.name, "staff"));
    let detail = json!({
        "person": person.to_string(), "kind": "staff", "name": to.name, "from": group.owner.to_string(),
    });
    let evidence = to.evidence(person);
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::HandedOver,
            evidence: &evidence,
            detail,
            event: "group.changed",
            staff_only: false,
            line: Some(line),
        },
    )
}
