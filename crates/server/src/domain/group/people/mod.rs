//! What the people of a group do to it: one unit each, with a line on the timeline, a line in the conversation, an event, and
//! an entry of the audit log.

mod hand_over;
mod history;
mod invite;
mod remove;
mod rename;
mod renew;
mod reopen;

use serde_json::{Value, json};
use store::{Event, Read, Tx, params};
use uuid::Uuid;

pub use self::{
    hand_over::hand_over,
    history::history,
    invite::invite,
    remove::remove,
    rename::{NAME_MAX, rename},
    renew::{Fresh, renew},
    reopen::{close, reopen},
};
use super::{
    State,
    timeline::{self, Kind, Line},
    wrong_state,
};
use crate::domain::{
    Error, Refusal, Tenant,
    audit::{self, Actor},
    conversation::{Lane, Seat, Someone, SystemLine, system},
    id,
};

/// Somebody who sits in a group and acts.
#[derive(Debug, Clone)]
pub struct Hand {
    /// The seat.
    pub seat: Seat,
    /// Who and when, for timeline, events and audit log.
    pub actor: Actor,
}

/// The group's row, as whoever holds it finds it.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Taken {
    pub(in crate::domain) title: String,
    pub(in crate::domain) owner: Uuid,
    pub(in crate::domain) case_id: String,
    pub(in crate::domain) guests_see_history: bool,
}

/// What an act came to: how it is told.
#[derive(Debug)]
pub(in crate::domain) struct Told<'a> {
    /// The timeline's word; with `group.` before it the audit log's.
    pub(in crate::domain) kind: Kind,
    /// What proves it: an id of ours or of the tenant's.
    pub(in crate::domain) evidence: &'a str,
    /// More of it, for timeline and audit log. Never a secret.
    pub(in crate::domain) detail: Value,
    /// The feed's word.
    pub(in crate::domain) event: &'a str,
    /// Visitors' pages show nothing of it: they are not even told that something changed.
    pub(in crate::domain) staff_only: bool,
    /// What the conversation says, without who did it.
    pub(in crate::domain) line: Option<SystemLine>,
}

store::record! {
    struct Row {
        state: State,
        title: String,
        owner: Uuid,
        case_id: String,
        guests_see_history: bool,
    }
}

store::record! {
    struct Standing {
        state: String,
        active: bool,
    }
}

impl Hand {
    pub(in crate::domain) fn tenant(&self) -> &Tenant {
        &self.seat.tenant
    }

    /// Takes the group's row, and looks whether the person still is in the group: who was removed a moment ago does nothing
    /// any more. A group that was dissolved is changed by nobody.
    pub(in crate::domain) fn take(&self, tx: &mut Tx<'_>) -> Result<Taken, Error> {
        let keys = [self.tenant().id().into(), self.seat.group.into()];
        let row: Option<Row> = tx.one(
            "UPDATE chat_group SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2
             RETURNING state, title, owner, case_id, guests_see_history",
            &keys,
        )?;
        let row = row.ok_or(Refusal::GroupNotExist)?;
        let standing: Option<Standing> = tx.one(
            "SELECT m.state, COALESCE(s.active, 1) AS active FROM group_member m
             LEFT JOIN staff s ON s.tenant_id = m.tenant_id AND s.id = m.person_id
             WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.person_id = $3",
            params![self.tenant().id(), self.seat.group, self.seat.person],
        )?;
        if !standing.is_some_and(|standing| standing.active && standing.state == "joined") {
            return Err(Refusal::Removed.into());
        }
        if row.state == State::Dissolved {
            return Err(wrong_state(row.state, "it is over").into());
        }
        Ok(Taken {
            title: row.title,
            owner: row.owner,
            case_id: row.case_id,
            guests_see_history: row.guests_see_history,
        })
    }

    /// Writes what was done, everywhere it is told.
    pub(in crate::domain) fn tell(
        &self,
        tx: &mut Tx<'_>,
        group: &Taken,
        told: Told<'_>,
    ) -> Result<(), Error> {
        let (tenant_id, id, now_ms) = (self.tenant().id(), self.seat.group, self.actor.now_ms);
        let Told { kind, evidence, detail, event, staff_only, line } = told;
        let on_timeline = Line::new(kind, &self.actor.name, evidence).with(detail.clone());
        timeline::append(tx, tenant_id, id, now_ms, &[on_timeline])?;
        if let Some(line) = line {
            system::say(tx, tenant_id, id, now_ms, &line.by(Someone::from(&self.seat)))?;
        }
        let conversation = id::open_conversation_id(id);
        let mut body = json!({
            "open_conversation_id": conversation,
            "case_id": group.case_id,
            "actor": self.actor.name,
        });
        if staff_only {
            body["lane"] = json!(Lane::Internal.word());
        }
        if let Some(person) = detail.get("person") {
            body["members"] = json!([{"person": person, "kind": detail["kind"], "reason": kind.word()}]);
        }
        tx.emit(Event {
            tenant_id,
            kind: event,
            subject: &id.to_string(),
            body: &body.to_string(),
            at_ms: now_ms,
        })?;
        let action = format!("group.{}", kind.word());
        audit::record_detail(tx, &self.actor, tenant_id, &action, &conversation, &detail)
    }
}

store::record! {
    /// A member whom an act is about.
    pub(in crate::domain) struct Person {
        pub(in crate::domain) kind: String,
        pub(in crate::domain) state: String,
        pub(in crate::domain) name: String,
        pub(in crate::domain) external_id: Option<String>,
        pub(in crate::domain) active: bool,
    }
}

impl Person {
    /// The member of that `person_id`, removed or not.
    pub(in crate::domain) fn find(
        tx: &mut Tx<'_>,
        tenant: &Tenant,
        group: Uuid,
        person: Uuid,
    ) -> Result<Option<Self>, Error> {
        Ok(tx.one(
            "SELECT m.kind, m.state, COALESCE(s.name, NULLIF(v.name, ''), c.name, '') AS name,
                    COALESCE(s.staff_id, c.customer_id) AS external_id, COALESCE(s.active, 1) AS active
             FROM group_member m
             LEFT JOIN staff s ON s.tenant_id = m.tenant_id AND s.id = m.person_id
             LEFT JOIN customer c ON c.tenant_id = m.tenant_id AND c.id = m.person_id
             LEFT JOIN visitor v ON v.tenant_id = m.tenant_id AND v.group_id = m.group_id AND v.person = m.person_id
                                AND v.removed_at IS NULL
             WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.person_id = $3",
            params![tenant.id(), group, person],
        )?)
    }

    /// What proves who it was: the tenant's own id, else ours.
    pub(in crate::domain) fn evidence(&self, person: Uuid) -> String {
        self.external_id.clone().unwrap_or_else(|| person.to_string())
    }
}
