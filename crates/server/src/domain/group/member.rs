//! Who is in a group, and why.

use serde_json::{Value, json};
use store::{Read, Tx, params};
use uuid::Uuid;

use super::{
    event::Told,
    timeline::{self, Kind, Line},
};
use crate::domain::{
    Error, Tenant,
    audit::Actor,
    conversation::{Someone, SystemLine, What, system},
    id,
};

/// Why somebody is pulled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The call named the person.
    Caller,
    /// The ticket is the person's.
    Assignee,
    /// The call named nobody, the ticket has no assignee: the channel's default owner stands in.
    DefaultOwner,
    /// The ticket is about the person.
    Customer,
    /// A colleague in the group asked for the person.
    Invited,
}

impl Reason {
    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Assignee => "assignee",
            Self::DefaultOwner => "default_owner",
            Self::Customer => "customer",
            Self::Invited => "invited",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Caller | Self::Assignee | Self::DefaultOwner | Self::Invited => "staff",
            Self::Customer => "customer",
        }
    }

    /// Staff are in at once; a customer is in after opening the page.
    const fn state(self) -> &'static str {
        match self {
            Self::Caller | Self::Assignee | Self::DefaultOwner | Self::Invited => "joined",
            Self::Customer => "invited",
        }
    }
}

/// Somebody to pull in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMember {
    /// Row id of the staff member or customer.
    pub person: Uuid,
    /// Why.
    pub reason: Reason,
    /// The group is this person's to look after.
    pub owner: bool,
}

/// The caller (or who stands in), the ticket's assignee, the ticket's customer; each once. The owner is the assignee, else
/// the caller.
pub fn of_ticket(
    caller: Option<(Uuid, Reason)>,
    assignee: Option<Uuid>,
    customer: Option<Uuid>,
) -> Vec<NewMember> {
    let mut people = Vec::with_capacity(3);
    if let Some((person, reason)) = caller {
        people.push(NewMember { person, reason, owner: assignee.is_none_or(|a| a == person) });
    }
    if let Some(person) = assignee.filter(|a| caller.is_none_or(|(caller, _)| caller != *a)) {
        people.push(NewMember { person, reason: Reason::Assignee, owner: true });
    }
    if let Some(person) = customer {
        people.push(NewMember { person, reason: Reason::Customer, owner: false });
    }
    people
}

store::record! {
    struct Here {
        assignee: Option<Uuid>,
        customer: Option<Uuid>,
    }
}

/// The assignee and the customer of a ticket, without who was removed since the ticket named them.
pub(super) fn still_here(
    reader: &mut impl Read,
    tenant: &Tenant,
    assignee: Option<Uuid>,
    customer: Option<Uuid>,
) -> Result<(Option<Uuid>, Option<Uuid>), Error> {
    if assignee.is_none() && customer.is_none() {
        return Ok((None, None));
    }
    let here: Option<Here> = reader.one(
        "SELECT (SELECT s.id FROM staff s WHERE s.tenant_id = $1 AND s.id = $2 AND s.active = 1) AS assignee,
                (SELECT c.id FROM customer c WHERE c.tenant_id = $1 AND c.id = $3 AND c.active = 1) AS customer",
        params![tenant.id(), assignee, customer],
    )?;
    Ok(here.map_or((None, None), |here| (here.assignee, here.customer)))
}

/// Pulls people into a group; those who are in stay as they are, those who were removed come back. Returns who is new.
/// The group has its owner since it was made: who comes later is a member.
pub fn add(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    now_ms: i64,
    members: &[NewMember],
) -> Result<Vec<NewMember>, Error> {
    let mut added = Vec::new();
    for member in members.iter().map(|m| NewMember { owner: false, ..*m }) {
        let written = tx.exec(
            "INSERT INTO group_member (tenant_id, group_id, person_id, kind, role, reason, state, joined_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (tenant_id, group_id, person_id) DO UPDATE
             SET state = excluded.state, reason = excluded.reason, joined_at = excluded.joined_at
             WHERE group_member.state = 'removed'",
            &row(tenant_id, group, now_ms, &member),
        )?;
        if written > 0 {
            added.push(member);
        }
    }
    Ok(added)
}

/// Pulls people into a group that is made in the same unit: nobody can be in it yet.
pub(super) fn first(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    now_ms: i64,
    members: &[NewMember],
) -> Result<(), Error> {
    for member in members {
        tx.put(
            "INSERT INTO group_member (tenant_id, group_id, person_id, kind, role, reason, state, joined_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &row(tenant_id, group, now_ms, member),
        )?;
    }
    Ok(())
}

fn row(tenant_id: i64, group: Uuid, now_ms: i64, member: &NewMember) -> [store::Param<'static>; 8] {
    [
        tenant_id.into(),
        group.into(),
        member.person.into(),
        member.reason.kind().into(),
        (if member.owner { "owner" } else { "member" }).into(),
        member.reason.word().into(),
        member.reason.state().into(),
        now_ms.into(),
    ]
}

store::record! {
    struct Live {
        id: Uuid,
    }
}

/// Pulls a ticket's people into the groups that it has already.
pub fn follow_ticket(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    case_id: &str,
    people: &[NewMember],
) -> Result<(), Error> {
    let groups: Vec<Live> = tx.all(
        "SELECT id FROM chat_group WHERE tenant_id = $1 AND case_id = $2 AND state <> 'dissolved'",
        params![tenant.id(), case_id],
    )?;
    for Live { id: group } in groups {
        let added = add(tx, tenant.id(), group, actor.now_ms, people)?;
        if !added.is_empty() {
            say_joined(tx, tenant, group, actor.now_ms, &added)?;
            let line =
                Line::new(Kind::MembersAdded, &actor.name, id::team_group_id(group)).with(told(&added));
            timeline::append(tx, tenant.id(), group, actor.now_ms, &[line])?;
            let (tenant_id, now_ms) = (tenant.id(), actor.now_ms);
            let told = Told { tenant_id, group, case_id, actor: &actor.name, now_ms };
            told.emit(tx, "group.member_added", &added)?;
        }
    }
    Ok(())
}

store::record! {
    struct Named {
        name: String,
    }
}

/// A member of staff as the conversation names one.
fn someone(reader: &mut impl Read, tenant: &Tenant, staff: Uuid) -> Result<Option<Someone>, Error> {
    let row: Option<Named> =
        reader.one("SELECT name FROM staff WHERE tenant_id = $1 AND id = $2", params![tenant.id(), staff])?;
    Ok(row.map(|row| Someone::new(staff, row.name, "staff")))
}

/// Says in the conversation which staff are in from now on. A customer who is only expected is not.
pub(super) fn say_joined(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    group: Uuid,
    now_ms: i64,
    added: &[NewMember],
) -> Result<(), Error> {
    for member in added.iter().filter(|member| member.reason.kind() == "staff") {
        if let Some(person) = someone(tx, tenant, member.person)? {
            system::say(tx, tenant.id(), group, now_ms, &SystemLine::new(What::Joined).about(person))?;
        }
    }
    Ok(())
}

/// Says in the conversation that a click of this person opened the group again.
pub(super) fn say_reopened(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    group: Uuid,
    now_ms: i64,
    by: Uuid,
) -> Result<(), Error> {
    let by = someone(tx, tenant, by)?;
    system::say(tx, tenant.id(), group, now_ms, &SystemLine { by, ..SystemLine::new(What::Reopened) })?;
    Ok(())
}

/// How a timeline line and an event tell of new members.
pub fn told(members: &[NewMember]) -> Value {
    members
        .iter()
        .map(|m| json!({"person": m.person.to_string(), "kind": m.reason.kind(), "reason": m.reason.word()}))
        .collect()
}

store::record! {
    /// A member as people see one.
    pub struct Member {
        /// Row id of the person.
        pub person_id: Uuid,
        /// `staff`, `customer` or `guest`.
        pub kind: String,
        /// `staff_id` or `customer_id`.
        pub external_id: Option<String>,
        /// The person's name.
        pub name: Option<String>,
        /// 1 own, 2 outsourced; none for customers.
        pub account_type: Option<i64>,
        /// `owner` or `member`.
        pub role: String,
        /// Why the person is in.
        pub reason: String,
        /// `joined`, `invited`, or `left` for a person whom the tenant does not have any more.
        pub state: String,
        /// Since when, milliseconds since 1970.
        pub joined_at: i64,
    }
}

/// The group's members, the owner first, then in the order they came.
pub fn list(reader: &mut impl Read, tenant_id: i64, group: Uuid) -> Result<Vec<Member>, Error> {
    Ok(reader.all(
        "SELECT m.person_id, m.kind, COALESCE(s.staff_id, c.customer_id) AS external_id,
                COALESCE(s.name, NULLIF(v.name, ''), NULLIF(f.name, ''), c.name) AS name, s.account_type, m.role, m.reason,
                CASE WHEN COALESCE(s.active, c.active, 1) = 1 THEN m.state ELSE 'left' END AS state, m.joined_at
         FROM group_member m
         LEFT JOIN staff s ON s.tenant_id = m.tenant_id AND s.id = m.person_id
         LEFT JOIN customer c ON c.tenant_id = m.tenant_id AND c.id = m.person_id
         LEFT JOIN visitor v ON v.tenant_id = m.tenant_id AND v.group_id = m.group_id AND v.id = m.person_id
         LEFT JOIN visitor f ON f.tenant_id = m.tenant_id AND f.group_id = m.group_id AND f.person = m.person_id
                            AND f.first = 1 AND f.removed_at IS NULL
         WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.state <> 'removed'
         ORDER BY CASE WHEN m.role = 'owner' THEN 0 ELSE 1 END, m.joined_at, m.person_id",
        params![tenant_id, group],
    )?)
}

store::record! {
    struct MemberState {
        state: String,
    }
}

/// Whether the person is in the group.
pub fn is_in(reader: &mut impl Read, tenant_id: i64, group: Uuid, person: Uuid) -> Result<bool, Error> {
    let row: Option<MemberState> = reader.one(
        "SELECT state FROM group_member WHERE tenant_id = $1 AND group_id = $2 AND person_id = $3",
        params![tenant_id, group, person],
    )?;
    Ok(row.is_some_and(|m| m.state != "removed"))
}
