//! Customers 访客.

mod change;

use store::{Read, Tx, params};
use uuid::Uuid;

pub use self::change::{CustomerChange, remove, set};
use super::{Error, Refusal, Tenant, audit, audit::Actor, id};

/// A customer to be.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// Row id.
    pub id: Uuid,
    /// The tenant's own id of the person.
    pub customer_id: String,
    /// The name people read.
    pub name: String,
    /// The person's `userIdentify`.
    pub user_identify: String,
    /// The phone number, sealed.
    pub phone: Option<Vec<u8>>,
}

/// Adds the person. Who was removed is back, as the same person with the new name.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &NewCustomer) -> Result<(), Error> {
    if new.customer_id.trim().is_empty() {
        return Err(Refusal::Missing {
            member: "customer_id",
            zh: "请给出 customer_id",
            en: "give a customer_id",
        }
        .into());
    }
    id::check("customer_id", &new.customer_id, id::NAME_ID_MAX)?;
    id::check("name", &new.name, id::CASE_ID_MAX)?;
    let made = tx.exec(
        "INSERT INTO customer (tenant_id, customer_id, id, name, user_identify, phone, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, customer_id) DO NOTHING",
        params![
            tenant.id(),
            &new.customer_id,
            new.id,
            &new.name,
            &new.user_identify,
            new.phone.as_deref(),
            actor.now_ms
        ],
    )?;
    if made == 1 {
        tx.put(
            "INSERT INTO person (tenant_id, user_identify, kind, person_id) VALUES ($1, $2, 'customer', $3)",
            params![tenant.id(), &new.user_identify, new.id],
        )?;
    } else {
        let back = tx.exec(
            "UPDATE customer SET name = $3, phone = $4, active = 1
             WHERE tenant_id = $1 AND customer_id = $2 AND active = 0",
            params![tenant.id(), &new.customer_id, &new.name, new.phone.as_deref()],
        )?;
        if back == 0 {
            return Err(Refusal::Exists(format!("customer {}", new.customer_id)).into());
        }
    }
    audit::record(tx, actor, tenant.id(), "customer.add", &new.customer_id)
}

store::record! {
    /// A customer.
    pub struct Customer {
        /// Row id.
        pub id: Uuid,
        /// The tenant's own id of the person.
        pub customer_id: String,
        /// The name people read.
        pub name: String,
        /// The person's `userIdentify`.
        pub user_identify: String,
        /// The phone number, sealed.
        pub phone: Option<Vec<u8>>,
        /// When the person was added, milliseconds since 1970.
        pub created_at: i64,
    }
}

/// The person with that `customer_id`, if not removed.
pub fn find(reader: &mut impl Read, tenant: &Tenant, customer_id: &str) -> Result<Option<Customer>, Error> {
    Ok(reader.one(
        "SELECT id, customer_id, name, user_identify, phone, created_at FROM customer
         WHERE tenant_id = $1 AND customer_id = $2 AND active = 1",
        params![tenant.id(), customer_id],
    )?)
}

/// One page of the tenant's customers by `customer_id`, beginning after `after`.
pub fn list(
    reader: &mut impl Read,
    tenant: &Tenant,
    after: &str,
    limit: i64,
) -> Result<Vec<Customer>, Error> {
    Ok(reader.all(
        "SELECT id, customer_id, name, user_identify, phone, created_at
         FROM customer WHERE tenant_id = $1 AND customer_id > $2 AND active = 1 ORDER BY customer_id LIMIT $3",
        params![tenant.id(), after, limit],
    )?)
}

/// No such customer, with what to do about it. It does not repeat the id: a foreign one reads like one that nobody has.
pub fn no_customer() -> Refusal {
    Refusal::Invalid {
        member: "customer",
        zh: "该租户没有这个访客，先用 laqun customer add 添加".into(),
        en: "no such customer in this tenant: add one with `laqun customer add`".into(),
    }
}
