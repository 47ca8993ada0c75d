//! Changing a ticket, and taking away one that was added by mistake.

use serde_json::json;
use store::{Event, Read, Tx, params};
use uuid::Uuid;

use super::{Person, Ticket, check_texts, find, people};
use crate::domain::{
    Error, Refusal, Tenant,
    audit::{self, Actor},
    change::{Change, Changed},
    conversation::{Lane, SystemLine, What, system},
    group::member,
    id,
};

/// What is to change of a ticket; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct TicketChange {
    /// One line that says what it is about.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// One of [`super::STATUSES`].
    pub status: Option<String>,
    /// One of [`super::PRIORITIES`].
    pub priority: Option<String>,
    /// The assignee's `staff_id`.
    pub assignee: Change<String>,
    /// The customer's `customer_id`.
    pub customer: Change<String>,
}

store::record! {
    struct Taken {
        assignee: Option<Uuid>,
        customer: Option<Uuid>,
    }
}

/// Changes the ticket. People whom it names anew are pulled into the groups that it has; who was in stays in. Groups are told
/// of what their pages show.
pub fn set(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    case_id: &str,
    change: TicketChange,
) -> Result<(), Error> {
    let (before, after) = write(tx, actor, tenant, case_id, change)?;
    tell_groups(tx, actor, tenant, (&before, &after), None)
}

/// Tells the ticket's groups, but for one that is told otherwise. Of what only staff see, visitors' pages are not even told
/// that it changed.
pub(super) fn tell_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    (before, after): (&Ticket, &Ticket),
    except: Option<Uuid>,
) -> Result<(), Error> {
    let whole = |ticket: &Ticket| {
        let Ticket { title, description, status, priority, assignee, customer, .. } = ticket.clone();
        (title, description, status, priority, assignee, customer)
    };
    if whole(before) == whole(after) {
        return Ok(());
    }
    let shown = |ticket: &Ticket| (ticket.title.clone(), ticket.status.clone(), ticket.customer.clone());
    let staff_only = shown(before) == shown(after);
    let groups: Vec<Any> = tx.all(
        "SELECT id FROM chat_group WHERE tenant_id = $1 AND case_id = $2 AND state <> 'dissolved'",
        params![tenant.id(), &after.case_id],
    )?;
    for Any { id: group } in groups.into_iter().filter(|group| Some(group.id) != except) {
        if before.status != after.status {
            let line = SystemLine::new(What::Ticket).value(after.status.as_str());
            system::say(tx, tenant.id(), group, actor.now_ms, &line)?;
        }
        let mut body = json!({
            "open_conversation_id": id::open_conversation_id(group),
            "case_id": after.case_id,
            "actor": actor.name,
        });
        if staff_only {
            body["lane"] = json!(Lane::Internal.word());
        }
        tx.emit(Event {
            tenant_id: tenant.id(),
            kind: "group.changed",
            subject: &group.to_string(),
            body: &body.to_string(),
            at_ms: actor.now_ms,
        })?;
    }
    Ok(())
}

/// Changes the ticket, and tells no group; how it was before and is now.
pub(super) fn write(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    case_id: &str,
    change: TicketChange,
) -> Result<(Ticket, Ticket), Error> {
    let (rows, before) = take(tx, tenant, case_id)?;
    let mut after = before.clone();
    after.title = change.title.unwrap_or(after.title);
    after.description = change.description.unwrap_or(after.description);
    after.status = change.status.unwrap_or(after.status);
    after.priority = change.priority.unwrap_or(after.priority);
    // A stub is a ticket that nobody has told of: with a title somebody has.
    after.stub = before.stub && after.title.is_empty();
    check_texts(&after.title, &after.description, &after.status, &after.priority)?;
    let named = people(tx, tenant, wanted(&change.assignee), wanted(&change.customer))?;
    let assignee = keep_or(&change.assignee, rows.assignee, named.assignee);
    let customer = keep_or(&change.customer, rows.customer, named.customer);
    after.assignee = change.assignee.apply(after.assignee);
    after.customer = change.customer.apply(after.customer);
    tx.put(
        "UPDATE ticket SET title = $3, description = $4, status = $5, priority = $6, assignee = $7, customer = $8,
                           stub = $9, updated_at = $10 WHERE tenant_id = $1 AND case_id = $2",
        params![
            tenant.id(),
            case_id,
            &after.title,
            &after.description,
            &after.status,
            &after.priority,
            assignee,
            customer,
            after.stub,
            actor.now_ms
        ],
    )?;
    let new = member::of_ticket(None, named.assignee, named.customer);
    member::follow_ticket(tx, actor, tenant, case_id, &new)?;
    audit::record_detail(
        tx,
        actor,
        tenant.id(),
        "ticket.set",
        case_id,
        &told(before.clone(), after.clone()),
    )?;
    Ok((before, after))
}

pub(super) fn told(before: Ticket, after: Ticket) -> serde_json::Value {
    let mut changed = Changed::default();
    changed.note("title", before.title, after.title);
    // Descriptions are long, and what customers write: that one changed is enough.
    changed.note(
        "description_characters",
        before.description.chars().count(),
        after.description.chars().count(),
    );
    changed.note("status", before.status, after.status);
    changed.note("priority", before.priority, after.priority);
    changed.note("assignee", before.assignee, after.assignee);
    changed.note("customer", before.customer, after.customer);
    changed.detail()
}

fn wanted(change: &Change<String>) -> Option<&str> {
    match change {
        Change::To(id) => Some(id),
        Change::Keep | Change::Clear => None,
    }
}

fn keep_or(change: &Change<String>, before: Person, named: Person) -> Person {
    if *change == Change::Keep { before } else { named }
}

/// Takes the ticket's row, as a click does that makes a group of it: they wait for each other.
fn take(tx: &mut Tx<'_>, tenant: &Tenant, case_id: &str) -> Result<(Taken, Ticket), Error> {
    let taken: Option<Taken> = tx.one(
        "UPDATE ticket SET updated_at = updated_at WHERE tenant_id = $1 AND case_id = $2
         RETURNING assignee, customer",
        params![tenant.id(), case_id],
    )?;
    let row = find(tx, tenant, case_id)?;
    Ok(taken.zip(row).ok_or(Refusal::CaseNotExist)?)
}

store::record! {
    struct Any {
        id: Uuid,
    }
}

/// Takes away a ticket that never had a group. One that had keeps its history.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, case_id: &str) -> Result<(), Error> {
    take(tx, tenant, case_id)?;
    // Two statements, because live and past groups each have an index by ticket.
    let live: Option<Any> = tx.one(
        "SELECT id FROM chat_group WHERE tenant_id = $1 AND case_id = $2 AND state <> 'dissolved' LIMIT 1",
        params![tenant.id(), case_id],
    )?;
    let past: Option<Any> = tx.one(
        "SELECT id FROM chat_group WHERE tenant_id = $1 AND case_id = $2 AND state = 'dissolved' LIMIT 1",
        params![tenant.id(), case_id],
    )?;
    if let Some(Any { id }) = live.or(past) {
        let group = crate::domain::id::open_conversation_id(id);
        return Err(Refusal::Invalid {
            member: "case_id",
            zh: format!("工单 {case_id} 有群（{group}），不会删除；用 laqun ticket set --status done 结束工单"),
            en: format!(
                "ticket {case_id} has a group ({group}) and is kept with it: `laqun ticket set --status done` ends a ticket"
            ),
        }
        .into());
    }
    tx.put("DELETE FROM ticket WHERE tenant_id = $1 AND case_id = $2", params![tenant.id(), case_id])?;
    audit::record(tx, actor, tenant.id(), "ticket.remove", case_id)
}
