//! Inviting a colleague: in at once, as by a click.

use serde_json::json;
use store::Tx;
use uuid::Uuid;

use super::{Hand, Told};
use crate::domain::{
    Error, Refusal,
    conversation::{Someone, SystemLine, What},
    group::{
        member::{self, NewMember, Reason},
        timeline::Kind,
    },
    staff,
    visitor::join,
};

/// Pulls the colleague in; who is in already stays as he is. Gives the person's row id and name.
pub fn invite(tx: &mut Tx<'_>, hand: &Hand, staff_id: &str) -> Result<(Uuid, String), Error> {
    let group = hand.take(tx)?;
    let person = staff::find(tx, hand.tenant(), staff_id)?.filter(|person| person.active);
    let person = person.ok_or(Refusal::StaffNotExist)?;
    if join::is_full(tx, hand.tenant(), hand.seat.group)? {
        return Err(Refusal::Full.into());
    }
    let new = NewMember { person: person.id, reason: Reason::Invited, owner: false };
    let added = member::add(tx, hand.tenant().id(), hand.seat.group, hand.actor.now_ms, &[new])?;
    if !added.is_empty() {
        let detail = json!({
            "person": person.id.to_string(), "kind": "staff", "staff_id": person.staff_id, "name": person.name,
        });
        let line = SystemLine::new(What::Invited).about(Someone::new(person.id, &*person.name, "staff"));
        hand.tell(
            tx,
            &group,
            Told {
                kind: Kind::Invited,
                evidence: &person.staff_id,
                detail,
                event: "member.invited",
                staff_only: false,
                line: Some(line),
            },
        )?;
    }
    Ok((person.id, person.name))
}
