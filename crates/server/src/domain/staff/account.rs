//! Who a staff member is on other people's platforms.

use store::{Read, Tx, params};
use uuid::Uuid;

use crate::domain::{Error, Refusal, Tenant, id};

/// The platforms that a person can have an account on.
pub const PLATFORMS: [&str; 5] = ["dingtalk", "matrix", "feishu", "wecom", "slack"];

store::record! {
    /// A person's account on a platform: one on each.
    pub struct Account {
        /// One of [`PLATFORMS`].
        pub platform: String,
        /// The platform's own id of the person, such as `manager4220`.
        pub account: String,
    }
}

/// The person's accounts by platform.
pub fn list(reader: &mut impl Read, tenant: &Tenant, staff: Uuid) -> Result<Vec<Account>, Error> {
    Ok(reader.all(
        "SELECT platform, account FROM staff_account WHERE tenant_id = $1 AND staff = $2 ORDER BY platform",
        params![tenant.id(), staff],
    )?)
}

store::record! {
    struct Holder {
        staff_id: String,
    }
}

/// Gives the person the account, in place of the one on that platform. Somebody else's is refused.
pub(in crate::domain) fn put(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    staff: Uuid,
    account: &Account,
) -> Result<(), Error> {
    let Account { platform, account } = account;
    check_platform(platform)?;
    if account.trim().is_empty() {
        return Err(Refusal::Missing {
            member: "account",
            zh: "请给出平台账号",
            en: "name the account: platform=account",
        }
        .into());
    }
    id::check("account", account, id::CASE_ID_MAX)?;
    let holder: Option<Holder> = tx.one(
        "SELECT s.staff_id FROM staff_account a JOIN staff s ON s.tenant_id = a.tenant_id AND s.id = a.staff
         WHERE a.tenant_id = $1 AND a.platform = $2 AND a.account = $3 AND a.staff <> $4",
        params![tenant.id(), platform, account, staff],
    )?;
    if let Some(Holder { staff_id }) = holder {
        return Err(Refusal::Invalid {
            member: "account",
            zh: format!("{platform} 账号 {account} 已属于员工 {staff_id}，先从该员工移除"),
            en: format!(
                "the {platform} account {account} is staff member {staff_id}'s: remove it there first"
            ),
        }
        .into());
    }
    Ok(tx.put(
        "INSERT INTO staff_account (tenant_id, staff, platform, account) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, staff, platform) DO UPDATE SET account = excluded.account",
        params![tenant.id(), staff, platform, account],
    )?)
}

/// Takes the person's account on that platform away; none there is none.
pub(in crate::domain) fn remove(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    staff: Uuid,
    platform: &str,
) -> Result<(), Error> {
    check_platform(platform)?;
    Ok(tx.put(
        "DELETE FROM staff_account WHERE tenant_id = $1 AND staff = $2 AND platform = $3",
        params![tenant.id(), staff, platform],
    )?)
}

/// Takes all of them away.
pub(super) fn clear(tx: &mut Tx<'_>, tenant: &Tenant, staff: Uuid) -> Result<(), Error> {
    Ok(tx.put("DELETE FROM staff_account WHERE tenant_id = $1 AND staff = $2", params![tenant.id(), staff])?)
}

fn check_platform(platform: &str) -> Result<(), Refusal> {
    if PLATFORMS.contains(&platform) {
        return Ok(());
    }
    Err(Refusal::Invalid {
        member: "account",
        zh: format!("账号所属平台只能是 {}", PLATFORMS.join("、")),
        en: format!("an account is on one of {}", PLATFORMS.join(", ")),
    })
}
