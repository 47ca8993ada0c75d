//! Staff 员工.

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{Error, Refusal, Tenant, audit, audit::Actor, id};

/// A staff member to be.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Row id.
    pub id: Uuid,
    /// The tenant's own id of the person.
    pub staff_id: String,
    /// The name people read.
    pub name: String,
    /// 1 own, 2 outsourced or another organisation's.
    pub account_type: i64,
    /// The person's `userIdentify`.
    pub user_identify: String,
}

/// Adds the person.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &NewStaff) -> Result<(), Error> {
    if !insert(tx, tenant, new, actor.now_ms)? {
        return Err(Refusal::Exists(format!("staff {}", new.staff_id)).into());
    }
    audit::record(tx, actor, tenant.id(), "staff.add", &new.staff_id)
}

/// Writes the rows of a new person; false if the `staff_id` is taken.
pub(in crate::domain) fn insert(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    new: &NewStaff,
    now_ms: i64,
) -> Result<bool, Error> {
    if new.staff_id.trim().is_empty() {
        return Err(
            Refusal::Missing { member: "staff_id", zh: "请给出 staff_id", en: "give a staff_id" }.into()
        );
    }
    id::check("staff_id", &new.staff_id, id::NAME_ID_MAX)?;
    id::check("name", &new.name, id::CASE_ID_MAX)?;
    let made = tx.exec(
        "INSERT INTO staff (tenant_id, staff_id, id, name, account_type, user_identify, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7) ON CONFLICT (tenant_id, staff_id) DO NOTHING",
        params![tenant.id(), &new.staff_id, new.id, &new.name, new.account_type, &new.user_identify, now_ms],
    )?;
    if made == 0 {
        return Ok(false);
    }
    tx.put(
        "INSERT INTO person (tenant_id, user_identify, kind, person_id) VALUES ($1, $2, 'staff', $3)",
        params![tenant.id(), &new.user_identify, new.id],
    )?;
    Ok(true)
}

store::record! {
    /// A staff member.
    pub struct Staff {
        /// Row id.
        pub id: Uuid,
        /// The tenant's own id of the person.
        pub staff_id: String,
        /// The name people read.
        pub name: String,
        /// 1 own, 2 outsourced or another organisation's.
        pub account_type: i64,
        /// The person's `userIdentify`.
        pub user_identify: String,
        /// False once the person has left.
        pub active: bool,
        /// When the person was added, milliseconds since 1970.
        pub created_at: i64,
    }
}

/// The person with that `staff_id`, active or not.
pub fn find(reader: &mut impl Read, tenant: &Tenant, staff_id: &str) -> Result<Option<Staff>, Error> {
    Ok(reader.one(
        "SELECT id, staff_id, name, account_type, user_identify, active, created_at
         FROM staff WHERE tenant_id = $1 AND staff_id = $2",
        params![tenant.id(), staff_id],
    )?)
}

/// The person with that row id, if still active.
pub fn active_by_id(reader: &mut impl Read, tenant: &Tenant, staff: Uuid) -> Result<Option<Staff>, Error> {
    Ok(reader.one(
        "SELECT id, staff_id, name, account_type, user_identify, active, created_at
         FROM staff WHERE tenant_id = $1 AND id = $2 AND active = 1",
        params![tenant.id(), staff],
    )?)
}

/// One page of the tenant's staff by `staff_id`, beginning after `after`.
pub fn list(reader: &mut impl Read, tenant: &Tenant, after: &str, limit: i64) -> Result<Vec<Staff>, Error> {
    Ok(reader.all(
        "SELECT id, staff_id, name, account_type, user_identify, active, created_at
         FROM staff WHERE tenant_id = $1 AND staff_id > $2 ORDER BY staff_id LIMIT $3",
        params![tenant.id(), after, limit],
    )?)
}
