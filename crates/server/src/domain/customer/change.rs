//! Changing a customer, and setting one aside.

use store::{Read, Tx, params};

use super::{Customer, no_customer};
use crate::domain::{
    Error, Tenant,
    audit::{self, Actor},
    change::Changed,
    id,
};

/// Gives the customer another name.
pub fn set(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    customer_id: &str,
    name: &str,
) -> Result<(), Error> {
    id::check("name", name, id::CASE_ID_MAX)?;
    let before = take(tx, tenant, customer_id)?;
    tx.put(
        "UPDATE customer SET name = $3 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), before.id, name],
    )?;
    let mut changed = Changed::default();
    changed.note("name", before.name, name);
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
         RETURNING id, customer_id, name, user_identify, created_at",
        params![tenant.id(), customer_id],
    )?;
    Ok(row.ok_or_else(no_customer)?)
}
