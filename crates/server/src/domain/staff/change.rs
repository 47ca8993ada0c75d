//! Changing a staff member, and what happens when one leaves.

use serde_json::json;
use store::{Read, Tx, params};

use super::{Account, Staff, account, put_union_id};
use crate::domain::{
    Error, Refusal, Tenant,
    audit::{self, Actor},
    change::{Change, Changed},
    id,
    visitor::contact,
};

/// What is to change of a person; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct StaffChange {
    /// The name people read.
    pub name: Option<String>,
    /// 1 own, 2 outsourced or another organisation's.
    pub account_type: Option<i64>,
    /// `DingTalk`'s unionId.
    pub union_id: Change<String>,
    /// Where mail reaches the person.
    pub email: Change<String>,
    /// Accounts to give, each in place of the one on its platform.
    pub accounts: Vec<Account>,
    /// Platforms whose account is taken away.
    pub no_accounts: Vec<String>,
}

/// Changes the person.
pub fn set(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    staff_id: &str,
    change: &StaffChange,
) -> Result<(), Error> {
    let before = take(tx, tenant, staff_id)?;
    let before = before.filter(|person| person.active).ok_or_else(|| left(staff_id))?;
    let name = change.name.as_ref().unwrap_or(&before.name);
    let account_type = change.account_type.unwrap_or(before.account_type);
    id::check("name", name, id::CASE_ID_MAX)?;
    let mut changed = Changed::default();
    changed.note("name", before.name.as_str(), name.as_str());
    changed.note("account_type", before.account_type, account_type);
    tx.put(
        "UPDATE staff SET name = $3, account_type = $4 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), before.id, name, account_type],
    )?;
    let union_id = change.union_id.clone().apply(before.union_id.clone());
    changed.note("union_id", before.union_id, union_id.clone());
    put_union_id(tx, tenant, before.id, union_id.as_deref())?;
    let email = change.email.clone().apply(before.email.clone());
    let email = email.as_deref().map(contact::email).transpose()?;
    changed.note("email", before.email, email.clone());
    tx.put(
        "UPDATE staff SET email = $3 WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), before.id, email.as_deref()],
    )?;
    let accounts = account::list(tx, tenant, before.id)?;
    let account_on = |platform: &str| accounts.iter().find(|a| a.platform == platform);
    for platform in &change.no_accounts {
        account::remove(tx, tenant, before.id, platform)?;
        changed.note(&format!("account {platform}"), account_on(platform).map(|a| a.account.as_str()), ());
    }
    for account in &change.accounts {
        account::put(tx, tenant, before.id, account)?;
        let before = account_on(&account.platform).map(|a| a.account.as_str());
        changed.note(&format!("account {}", account.platform), before, account.account.as_str());
    }
    audit::record_detail(tx, actor, tenant.id(), "staff.set", staff_id, &changed.detail())
}

/// The person leaves: clicks in that name are refused from the next one on, sessions end, accounts and unionId are free
/// for others. What the person did stays as it was; [`super::add`] with the same `staff_id` brings the person back.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, staff_id: &str) -> Result<(), Error> {
    let person = take(tx, tenant, staff_id)?.ok_or(Refusal::StaffNotExist)?;
    if !person.active {
        return Err(left(staff_id).into());
    }
    tx.put(
        "UPDATE staff SET active = 0, union_id = NULL WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), person.id],
    )?;
    let accounts = account::list(tx, tenant, person.id)?;
    account::clear(tx, tenant, person.id)?;
    let sessions = tx.exec(
        "DELETE FROM staff_session WHERE tenant_id = $1 AND staff = $2",
        params![tenant.id(), person.id],
    )?;
    let accounts: Vec<String> =
        accounts.into_iter().map(|a| format!("{}={}", a.platform, a.account)).collect();
    let detail = json!({"sessions_ended": sessions, "union_id": person.union_id, "accounts": accounts});
    audit::record_detail(tx, actor, tenant.id(), "staff.remove", staff_id, &detail)
}

/// Takes the person's row: another change of it waits for this one.
fn take(tx: &mut Tx<'_>, tenant: &Tenant, staff_id: &str) -> Result<Option<Staff>, Error> {
    Ok(tx.one(
        "UPDATE staff SET active = active WHERE tenant_id = $1 AND staff_id = $2
         RETURNING id, staff_id, name, account_type, user_identify, union_id, email, active, created_at",
        params![tenant.id(), staff_id],
    )?)
}

fn left(staff_id: &str) -> Refusal {
    Refusal::Invalid {
        member: "staff_id",
        zh: format!("员工 {staff_id} 不存在或已离职，用 laqun staff add 添加或恢复"),
        en: format!(
            "staff member {staff_id} is not there or has left: `laqun staff add` adds, or brings back"
        ),
    }
}
