//! Changing a customer, and setting one aside.

use store::{Read, Tx, params};

use super::{Customer, no_customer};
use crate::domain::{
    Error, Tenant,
    audit::{self, Actor},
    change::{Change, Changed},
    id,
};

/// What is to change of a customer; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct CustomerChange {
    /// The name people read.
    pub name: Option<String>,
    /// The phone number, sealed.
    pub phone: Change<Vec<u8>>,
}

/// Changes the customer.
pub fn set(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    customer_id: &str,
    change: CustomerChange,
) -> Result<(), Error> {
    let before = take(tx, tenant, customer_id)?;
    let name = change.name.unwrap_or_else(|| before.name.clone());
    id::check("name", &name, id::CASE_ID_MAX)?;
    let phone_changed = change.phone != Change::Keep;
    let phone = change.phone.apply(before.phone);
    tx.put(
        "UPDATE customer SET name = $3, phone = $4 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), before.id, &name, phone.as_deref()],
    )?;
    let mut changed = Changed::default();
    changed.note("name", before.name, name);
    // Which number it is, only the row knows.
    changed.note("phone_changed", false, phone_changed);
    audit::record_detail(tx, actor, tenant.id(), "customer.set", customer_id, &changed.detail())
}

/// Sets the customer aside: no list and no new ticket or group has the person any more. Tickets and groups that are there
/// keep their history; [`super::add`] with the same `customer_id` brings the person back.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, customer_id: &str) -> Result<(), Error> {
    let person = take(tx, tenant, customer_id)?;
    tx.put(
        "UPDATE customer SET active = 0 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), person.id],
    )?;
    audit::record(tx, actor, tenant.id(), "customer.remove", customer_id)
}

/// Takes the row of a customer who is there: another change of it waits for this one.
fn take(tx: &mut Tx<'_>, tenant: &Tenant, customer_id: &str) -> Result<Customer, Error> {
    let row: Option<Customer> = tx.one(
        "UPDATE customer SET active = active WHERE tenant_id = $1 AND customer_id = $2 AND active = 1
         RETURNING id, customer_id, name, user_identify, phone, created_at",
        params![tenant.id(), customer_id],
    )?;
    Ok(row.ok_or_else(no_customer)?)
}
