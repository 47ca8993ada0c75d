//! Staff 员工.

pub mod account;
mod change;

use store::{Read, Tx, params};
use uuid::Uuid;

pub use self::{
    account::Account,
    change::{StaffChange, remove, set},
};
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
    /// `DingTalk`'s unionId, if known.
    pub union_id: Option<String>,
    /// Who the person is on platforms.
    pub accounts: Vec<Account>,
}

/// Adds the person. Who had left is back, as the same person with the new values.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &NewStaff) -> Result<(), Error> {
    let staff = if insert(tx, tenant, new, actor.now_ms)? {
        new.id
    } else {
        let there = find(tx, tenant, &new.staff_id)?.filter(|person| !person.active);
        let Some(there) = there else {
            return Err(Refusal::Exists(format!("staff {}", new.staff_id)).into());
        };
        tx.put(
            "UPDATE staff SET name = $3, account_type = $4, active = 1 WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), there.id, &new.name, new.account_type],
        )?;
        there.id
    };
    if let Some(union_id) = &new.union_id {
        put_union_id(tx, tenant, staff, Some(union_id))?;
    }
    for account in &new.accounts {
        account::put(tx, tenant, staff, account)?;
    }
    audit::record(tx, actor, tenant.id(), "staff.add", &new.staff_id)
}

/// Writes the rows of a new person, without accounts; false if the `staff_id` is taken.
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
    struct Holder {
        staff_id: String,
    }
}

/// Gives the person the unionId, or takes it away. Somebody else's is refused.
fn put_union_id(tx: &mut Tx<'_>, tenant: &Tenant, staff: Uuid, union_id: Option<&str>) -> Result<(), Error> {
    if union_id.is_some_and(|id| id.trim().is_empty()) {
        return Err(
            Refusal::Missing { member: "union_id", zh: "请给出 unionId", en: "give the unionId" }.into()
        );
    }
    id::check("union_id", union_id.unwrap_or_default(), id::NAME_ID_MAX)?;
    let holder: Option<Holder> = tx.one(
        "SELECT staff_id FROM staff WHERE tenant_id = $1 AND union_id = $2 AND union_id IS NOT NULL AND id <> $3",
        params![tenant.id(), union_id, staff],
    )?;
    if let (Some(Holder { staff_id }), Some(union_id)) = (holder, union_id) {
        return Err(Refusal::Invalid {
            member: "union_id",
            zh: format!("unionId {union_id} 已属于员工 {staff_id}"),
            en: format!("the unionId {union_id} is staff member {staff_id}'s: remove it there first"),
        }
        .into());
    }
    Ok(tx.put(
        "UPDATE staff SET union_id = $3 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), staff, union_id],
    )?)
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
        /// `DingTalk`'s unionId.
        pub union_id: Option<String>,
        /// Where mail reaches the person.
        pub email: Option<String>,
        /// False once the person has left.
        pub active: bool,
        /// When the person was added, milliseconds since 1970.
        pub created_at: i64,
    }
}

/// The person with that `staff_id`, active or not.
pub fn find(reader: &mut impl Read, tenant: &Tenant, staff_id: &str) -> Result<Option<Staff>, Error> {
    Ok(reader.one(
        "SELECT id, staff_id, name, account_type, user_identify, union_id, email, active, created_at
         FROM staff WHERE tenant_id = $1 AND staff_id = $2",
        params![tenant.id(), staff_id],
    )?)
}

/// The person with that row id, if still active.
pub fn active_by_id(reader: &mut impl Read, tenant: &Tenant, staff: Uuid) -> Result<Option<Staff>, Error> {
    Ok(reader.one(
        "SELECT id, staff_id, name, account_type, user_identify, union_id, email, active, created_at
         FROM staff WHERE tenant_id = $1 AND id = $2 AND active = 1",
        params![tenant.id(), staff],
    )?)
}

/// One page of the tenant's staff by `staff_id`, beginning after `after`.
pub fn list(reader: &mut impl Read, tenant: &Tenant, after: &str, limit: i64) -> Result<Vec<Staff>, Error> {
    Ok(reader.all(
        "SELECT id, staff_id, name, account_type, user_identify, union_id, email, active, created_at
         FROM staff WHERE tenant_id = $1 AND staff_id > $2 ORDER BY staff_id LIMIT $3",
        params![tenant.id(), after, limit],
    )?)
}

store::record! {
    /// A colleague, and whether the person is in the group already.
    pub struct Colleague {
        /// The tenant's own id of the person.
        pub staff_id: String,
        /// The name people read.
        pub name: String,
        /// In the group.
        pub member: bool,
    }
}

/// The most colleagues that a search gives.
const FOUND_MAX: i64 = 20;

/// Active staff whose name or `staff_id` contains `wanted`, whatever the case of its letters; who is not in the group comes
/// first.
pub fn search(
    reader: &mut impl Read,
    tenant: &Tenant,
    group: Uuid,
    wanted: &str,
) -> Result<Vec<Colleague>, Error> {
    let mut pattern = String::from("%");
    for c in wanted.chars().take(id::NAME_ID_MAX).flat_map(char::to_lowercase) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Ok(reader.all(
        "SELECT s.staff_id, s.name, CASE WHEN m.person_id IS NULL THEN 0 ELSE 1 END AS member
         FROM staff s
         LEFT JOIN group_member m ON m.tenant_id = s.tenant_id AND m.group_id = $2 AND m.person_id = s.id
                                 AND m.state <> 'removed'
         WHERE s.tenant_id = $1 AND s.active = 1
           AND (LOWER(s.name) LIKE $3 ESCAPE '!' OR LOWER(s.staff_id) LIKE $3 ESCAPE '!')
         ORDER BY member, s.name, s.staff_id LIMIT $4",
        params![tenant.id(), group, &pattern, FOUND_MAX],
    )?)
}
