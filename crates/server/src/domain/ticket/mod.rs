//! Tickets 工单; on the wire a `case`.

mod change;
pub mod form;

use store::{Read, Tx, params};
use uuid::Uuid;

pub use self::change::{TicketChange, remove, set};
use super::{Error, Refusal, Tenant, audit, audit::Actor, customer, group::member, id, staff};

/// The four stages of a ticket, in order: 已受理, 处理中, 待确认, 完成.
pub const STATUSES: [&str; 4] = ["accepted", "in_progress", "pending_confirmation", "done"];
/// How urgent a ticket is.
pub const PRIORITIES: [&str; 4] = ["low", "medium", "high", "urgent"];
/// The most characters of a title.
pub const TITLE_MAX: usize = 200;
/// The most characters of a description.
pub const DESCRIPTION_MAX: usize = 20_000;

/// A ticket to be.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The ticket system's own id.
    pub case_id: String,
    /// One line that says what it is about.
    pub title: String,
    /// More of it.
    pub description: String,
    /// One of [`STATUSES`].
    pub status: String,
    /// One of [`PRIORITIES`].
    pub priority: String,
    /// The assignee's `staff_id`.
    pub assignee: Option<String>,
    /// The customer's `customer_id`.
    pub customer: Option<String>,
}

/// Adds the ticket. A stub that a call made before takes the new values and stops being one.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &NewTicket) -> Result<(), Error> {
    check(new)?;
    let People { assignee, customer } = people(tx, tenant, new.assignee.as_deref(), new.customer.as_deref())?;
    let made = tx.exec(
        "INSERT INTO ticket (tenant_id, case_id, title, description, status, priority, assignee, customer, stub,
                             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9)
         ON CONFLICT (tenant_id, case_id) DO UPDATE
         SET title = excluded.title, description = excluded.description, status = excluded.status,
             priority = excluded.priority, assignee = excluded.assignee, customer = excluded.customer, stub = 0,
             updated_at = excluded.updated_at
         WHERE ticket.stub = 1",
        params![
            tenant.id(),
            &new.case_id,
            &new.title,
            &new.description,
            &new.status,
            &new.priority,
            assignee,
            customer,
            actor.now_ms
        ],
    )?;
    if made == 0 {
        return Err(Refusal::Exists(format!("ticket {}", new.case_id)).into());
    }
    // A call may have made the group before the ticket was known.
    member::follow_ticket(tx, actor, tenant, &new.case_id, &member::of_ticket(None, assignee, customer))?;
    audit::record(tx, actor, tenant.id(), "ticket.add", &new.case_id)
}

/// The row id of a person, if any.
type Person = Option<Uuid>;

/// The rows of the people whom a ticket names.
struct People {
    assignee: Person,
    customer: Person,
}

/// Looks them up: only who is there can be named.
fn people(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    assignee: Option<&str>,
    customer: Option<&str>,
) -> Result<People, Error> {
    let assignee = match assignee {
        Some(staff_id) => {
            let person = staff::find(tx, tenant, staff_id)?.filter(|person| person.active);
            Some(person.ok_or(Refusal::StaffNotExist)?.id)
        }
        None => None,
    };
    let customer = match customer {
        Some(customer_id) => {
            let person = customer::find(tx, tenant, customer_id)?;
            Some(person.ok_or_else(customer::no_customer)?.id)
        }
        None => None,
    };
    Ok(People { assignee, customer })
}

fn check(new: &NewTicket) -> Result<(), Refusal> {
    if new.case_id.trim().is_empty() {
        return Err(Refusal::Missing { member: "case_id", zh: "请给出 case_id", en: "give a case_id" });
    }
    id::check("case_id", &new.case_id, id::CASE_ID_MAX)?;
    check_texts(&new.title, &new.description, &new.status, &new.priority)
}

fn check_texts(title: &str, description: &str, status: &str, priority: &str) -> Result<(), Refusal> {
    id::check("title", title, TITLE_MAX)?;
    id::check_text("description", description, DESCRIPTION_MAX)?;
    id::one_of("status", status, &STATUSES)?;
    id::one_of("priority", priority, &PRIORITIES)
}

store::record! {
    /// A ticket.
    pub struct Ticket {
        /// The ticket system's own id.
        pub case_id: String,
        /// One line that says what it is about; empty for a stub.
        pub title: String,
        /// More of it.
        pub description: String,
        /// One of [`STATUSES`].
        pub status: String,
        /// One of [`PRIORITIES`].
        pub priority: String,
        /// The assignee's `staff_id`.
        pub assignee: Option<String>,
        /// The assignee's name.
        pub assignee_name: Option<String>,
        /// The customer's `customer_id`.
        pub customer: Option<String>,
        /// The customer's name.
        pub customer_name: Option<String>,
        /// Made by a call that named it, and not known otherwise.
        pub stub: bool,
        /// When it was made, milliseconds since 1970.
        pub created_at: i64,
        /// When it was last changed, milliseconds since 1970.
        pub updated_at: i64,
    }
}

/// The columns of [`Ticket`] with the names of its people.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT k.case_id, k.title, k.description, k.status, k.priority, s.staff_id AS assignee,
                    s.name AS assignee_name, c.customer_id AS customer, c.name AS customer_name, k.stub, k.created_at,
                    k.updated_at
             FROM ticket k
             LEFT JOIN staff s ON s.tenant_id = k.tenant_id AND s.id = k.assignee
             LEFT JOIN customer c ON c.tenant_id = k.tenant_id AND c.id = k.customer ",
            $which
        )
    };
}

/// The ticket with that `case_id`.
pub fn find(reader: &mut impl Read, tenant: &Tenant, case_id: &str) -> Result<Option<Ticket>, Error> {
    Ok(reader.one(select!("WHERE k.tenant_id = $1 AND k.case_id = $2"), params![tenant.id(), case_id])?)
}

/// One page of the tenant's tickets by `case_id`, beginning after `after`.
pub fn list(reader: &mut impl Read, tenant: &Tenant, after: &str, limit: i64) -> Result<Vec<Ticket>, Error> {
    Ok(reader.all(
        select!("WHERE k.tenant_id = $1 AND k.case_id > $2 ORDER BY k.case_id LIMIT $3"),
        params![tenant.id(), after, limit],
    )?)
}
