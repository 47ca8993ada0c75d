//! Joining: one unit, which takes the group's row first, so that of a thousand devices exactly one is the first.

use serde_json::json;
use store::{Event, Read, Tx, params};
use uuid::Uuid;

use super::NAME_MAX;
use crate::domain::{
    Error, Refusal, Tenant,
    audit::Actor,
    conversation::{Someone, SystemLine, What, system},
    group::{
        State,
        lifecycle::{self, Act},
        timeline::{self, Kind, Line},
        wrong_state,
    },
    id,
};

/// The most people of a group.
pub const MEMBERS_MAX: i64 = 500;
/// So many of them are not guests: whoever passes the link on does not keep the customer and colleagues out.
const NOT_FOR_GUESTS: i64 = 20;
/// How many wrong answers a group's visitors have together …
const TRIES: i64 = 5;
/// … in this time, milliseconds.
const TRIES_IN_MS: i64 = 60 * 60 * 1000;

/// What came of the channel's check, before the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The channel asks nothing, or there is no number to compare with.
    NotAsked,
    /// The visitor does not know the answer: a guest.
    Unknown,
    /// The right answer for this customer.
    Passed(Uuid),
    /// A wrong one.
    Wrong,
}

/// A device that joins.
#[derive(Debug, Clone)]
pub struct Join {
    /// Whose group.
    pub tenant: Tenant,
    /// Row id of the group.
    pub group: Uuid,
    /// Row id of the visitor to be.
    pub id: Uuid,
    /// What the device is found by.
    pub device_hash: [u8; 32],
    /// The name that the visitor gave; empty for none.
    pub name: String,
    /// Names for who gives none.
    pub words: Words,
    /// What came of the check.
    pub checked: Checked,
    /// Open the group again if it is closed.
    pub reopen: bool,
    /// Id of the audit row, if the group is opened again.
    pub act: Uuid,
    /// When, milliseconds since 1970.
    pub now_ms: i64,
}

/// Names for who gives none, in the visitor's language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// 客户.
    pub customer: &'static str,
    /// 访客; a number follows.
    pub guest: &'static str,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// The device is in: now, or since an earlier call.
    In,
    /// Staff removed this device.
    Removed,
    /// The group has its 500 members.
    Full,
    /// The answer was wrong; so many tries are left in this hour.
    Wrong {
        /// How many.
        left: i64,
    },
    /// Too many wrong answers.
    Exhausted {
        /// When the next try is possible, seconds from now.
        retry_after: i64,
    },
}

store::record! {
    struct Group {
        state: State,
        case_id: String,
        customer_seq: i64,
        check_failures: i64,
        check_began: Option<i64>,
    }
}

store::record! {
    struct Device {
        removed_at: Option<i64>,
    }
}

store::record! {
    struct Customer {
        id: Uuid,
        name: String,
    }
}

store::record! {
    struct There {
        members: i64,
    }
}

store::record! {
    struct Visitors {
        guests: i64,
        firsts: i64,
        removed_firsts: i64,
    }
}

/// Which seat is a device's.
struct Place {
    /// The ticket's customer, if the device is taken for that person.
    customer: Option<Customer>,
    /// Guests who came before.
    guests: i64,
    first: bool,
    passed: bool,
    /// Also what was said before.
    sees_all: bool,
}

/// Whether a group has as many members as it can.
pub fn is_full(reader: &mut impl Read, tenant: &Tenant, group: Uuid) -> Result<bool, Error> {
    Ok(members(reader, tenant, group)? >= MEMBERS_MAX)
}

fn members(reader: &mut impl Read, tenant: &Tenant, group: Uuid) -> Result<i64, Error> {
    let there: Option<There> = reader.one(
        "SELECT COUNT(*) AS members FROM group_member
         WHERE tenant_id = $1 AND group_id = $2 AND state = 'joined'",
        params![tenant.id(), group],
    )?;
    Ok(there.map_or(0, |there| there.members))
}

impl Join {
    /// The unit of work.
    pub fn run(&self, tx: &mut Tx<'_>) -> Result<Joined, Error> {
        let group: Option<Group> = tx.one(
            "UPDATE chat_group SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2
             RETURNING state, case_id, customer_seq, check_failures, check_began",
            params![self.tenant.id(), self.group],
        )?;
        let group = group.ok_or(Refusal::GroupNotExist)?;
        let device: Option<Device> = tx.one(
            "SELECT removed_at FROM visitor WHERE tenant_id = $1 AND group_id = $2 AND device_hash = $3",
            params![self.tenant.id(), self.group, &self.device_hash],
        )?;
        match device {
            Some(Device { removed_at: None }) => return Ok(Joined::In),
            Some(Device { removed_at: Some(_) }) => return Ok(Joined::Removed),
            None => {}
        }
        if !(group.state.is_open() || self.reopen && group.state.is_closed()) {
            return Err(wrong_state(group.state, "it is not open").into());
        }
        if let Some(refused) = self.check(tx, &group)? {
            return Ok(refused);
        }
        let place = self.place(tx, &group)?;
        let most = if place.first { MEMBERS_MAX } else { MEMBERS_MAX - NOT_FOR_GUESTS };
        if members(tx, &self.tenant, self.group)? >= most {
            return Ok(Joined::Full);
        }
        if group.state.is_closed() {
            let actor = Actor { name: actor(self.id), now_ms: self.now_ms, act: self.act };
            lifecycle::act(tx, &actor, &self.tenant, self.group, Act::Reopen, None)?;
        }
        self.sit(tx, &group, place)?;
        Ok(Joined::In)
    }

    /// Counts a wrong answer, and refuses any while there were too many: whoever guesses learns nothing from a right one.
    fn check(&self, tx: &mut Tx<'_>, group: &Group) -> Result<Option<Joined>, Error> {
        if !matches!(self.checked, Checked::Passed(_) | Checked::Wrong) {
            return Ok(None);
        }
        let began = group.check_began.filter(|began| (0..TRIES_IN_MS).contains(&(self.now_ms - began)));
        let failures = began.map_or(0, |_| group.check_failures);
        let began = began.unwrap_or(self.now_ms);
        if failures >= TRIES {
            let retry_after = (began + TRIES_IN_MS - self.now_ms + 999) / 1000;
            return Ok(Some(Joined::Exhausted { retry_after }));
        }
        if self.checked != Checked::Wrong {
            return Ok(None);
        }
        tx.put(
            "UPDATE chat_group SET check_failures = $3, check_began = $4 WHERE tenant_id = $1 AND id = $2",
            params![self.tenant.id(), self.group, failures + 1, began],
        )?;
        Ok(Some(Joined::Wrong { left: TRIES - failures - 1 }))
    }

    /// Looks which seat is the device's.
    fn place(&self, tx: &mut Tx<'_>, group: &Group) -> Result<Place, Error> {
        let customer: Option<Customer> = tx.one(
            "SELECT c.id, c.name FROM ticket k
             JOIN customer c ON c.tenant_id = k.tenant_id AND c.id = k.customer AND c.active = 1
             WHERE k.tenant_id = $1 AND k.case_id = $2",
            params![self.tenant.id(), &group.case_id],
        )?;
        let passed = match (&customer, self.checked) {
            (Some(customer), Checked::Passed(of)) => customer.id == of,
            _ => false,
        };
        let visitors: Option<Visitors> = tx.one(
            "SELECT CAST(COALESCE(SUM(1 - first), 0) AS BIGINT) AS guests,
                    CAST(COALESCE(SUM(CASE WHEN first = 1 AND removed_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS firsts,
                    CAST(COALESCE(SUM(CASE WHEN first = 1 AND removed_at IS NULL THEN 0 ELSE first END), 0) AS BIGINT)
                      AS removed_firsts
             FROM visitor WHERE tenant_id = $1 AND group_id = $2",
            params![self.tenant.id(), self.group],
        )?;
        let none = Visitors { guests: 0, firsts: 0, removed_firsts: 0 };
        let Visitors { guests, firsts, removed_firsts } = visitors.unwrap_or(none);
        let first = firsts == 0 && (passed || self.checked == Checked::NotAsked);
        // Whoever comes in the place of a device that staff removed may be the same person with another cookie.
        let sees_all = passed || (first && removed_firsts == 0);
        Ok(Place { customer: customer.filter(|_| first), guests, first, passed, sees_all })
    }

    /// Writes the visitor and the member, and tells of them.
    fn sit(&self, tx: &mut Tx<'_>, group: &Group, place: Place) -> Result<(), Error> {
        let Place { customer, guests, first, passed, sees_all } = place;
        let person = customer.as_ref().map_or(self.id, |customer| customer.id);
        let recorded = customer.map(|customer| customer.name).unwrap_or_default();
        let name = if !self.name.is_empty() {
            self.name.chars().take(NAME_MAX).collect()
        } else if !first {
            format!("{} {}", self.words.guest, guests + 1)
        } else if recorded.is_empty() {
            self.words.customer.to_owned()
        } else {
            String::new()
        };
        let shown = if name.is_empty() { recorded } else { name.clone() };
        tx.put(
            "INSERT INTO visitor (tenant_id, group_id, id, person, device_hash, first, name, history_from, checked, contact,
                                  consented_at, created_at, removed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10, $10, NULL)",
            params![
                self.tenant.id(),
                self.group,
                self.id,
                person,
                &self.device_hash[..],
                first,
                &name,
                if sees_all { 0 } else { group.customer_seq },
                passed,
                self.now_ms
            ],
        )?;
        self.tell(tx, group, person, if first { "customer" } else { "guest" }, &shown, passed)
    }

    fn tell(
        &self,
        tx: &mut Tx<'_>,
        group: &Group,
        person: Uuid,
        kind: &str,
        name: &str,
        passed: bool,
    ) -> Result<(), Error> {
        tx.put(
            "INSERT INTO group_member (tenant_id, group_id, person_id, kind, role, reason, state, joined_at)
             VALUES ($1, $2, $3, $4, 'member', $4, 'joined', $5)
             ON CONFLICT (tenant_id, group_id, person_id) DO UPDATE
             SET state = excluded.state, joined_at = excluded.joined_at",
            params![self.tenant.id(), self.group, person, kind, self.now_ms],
        )?;
        let line = Line::new(Kind::Joined, &actor(person), self.id.to_string())
            .with(json!({"person": person.to_string(), "kind": kind, "name": name, "checked": passed}));
        timeline::append(tx, self.tenant.id(), self.group, self.now_ms, &[line])?;
        let said = SystemLine::new(What::Joined).about(Someone::new(person, name, kind));
        system::say(tx, self.tenant.id(), self.group, self.now_ms, &said)?;
        let body = json!({
            "open_conversation_id": id::open_conversation_id(self.group),
            "case_id": group.case_id,
            "actor": actor(person),
            "members": [{"person": person.to_string(), "kind": kind, "reason": kind}],
        });
        Ok(tx.emit(Event {
            tenant_id: self.tenant.id(),
            kind: "member.joined",
            subject: &self.group.to_string(),
            body: &body.to_string(),
            at_ms: self.now_ms,
        })?)
    }
}

/// How timeline, events and audit log name a visitor: by the person's row id.
fn actor(person: Uuid) -> String {
    format!("visitor:{person}")
}
