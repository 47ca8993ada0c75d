//! Changing a tenant, and taking away one that was added by mistake.

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{TenantRow, list, notify};
use crate::domain::{
    Error, Refusal,
    audit::{self, Actor},
    change::{Change, Changed},
    directory, id,
};

/// The most days that groups can be kept: a hundred years.
pub const RETENTION_MOST: u32 = 36_525;

/// What is to change of a tenant; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// The company's name as people read it.
    pub name: Option<String>,
    /// `default` or `refuse`.
    pub unknown_outer_type: Option<String>,
    /// `stub` or `refuse`.
    pub unknown_case: Option<String>,
    /// `stub` or `refuse`.
    pub unknown_staff: Option<String>,
    /// Name of the channel that takes calls without `outer_type`.
    pub default_channel: Option<String>,
    /// `DingTalk`'s id of the company.
    pub corp_id: Change<String>,
    /// How long groups are kept, days; cleared = for ever.
    pub retention_days: Change<u32>,
    /// What the company does with personal data: shown beside a visitor's consent.
    pub privacy_url: Change<String>,
    /// Who is told when nobody attends to a customer; cleared = nobody, and the secret goes too.
    pub notify_url: Change<String>,
    /// The secret that signs what is sent there, sealed: a new one, in place of one that is there.
    pub notify_secret: Option<Vec<u8>>,
}

store::record! {
    struct ChannelId {
        id: Uuid,
    }
}

/// Changes the tenant.
pub fn set(tx: &mut Tx<'_>, actor: &Actor, tenant_id: i64, change: TenantChange) -> Result<(), Error> {
    let before = take(tx, tenant_id)?;
    let mut after = before.clone();
    let TenantChange { name, unknown_outer_type, unknown_case, unknown_staff, default_channel, .. } = change;
    after.name = name.unwrap_or(after.name);
    after.unknown_outer_type = unknown_outer_type.unwrap_or(after.unknown_outer_type);
    after.unknown_case = unknown_case.unwrap_or(after.unknown_case);
    after.unknown_staff = unknown_staff.unwrap_or(after.unknown_staff);
    after.corp_id = change.corp_id.apply(after.corp_id);
    after.retention_days = match change.retention_days {
        Change::Keep => after.retention_days,
        Change::Clear => None,
        Change::To(days) => Some(check_retention(days)?),
    };
    after.privacy_url = change.privacy_url.apply(after.privacy_url);
    after.notify_url = change.notify_url.apply(after.notify_url);
    check(&after)?;
    if change.notify_secret.is_some() || after.notify_url.is_none() {
        let sealed = change.notify_secret.filter(|_| after.notify_url.is_some());
        tx.put(
            "UPDATE tenant SET notify_secret = $2 WHERE tenant_id = $1",
            params![tenant_id, sealed.as_deref()],
        )?;
    }
    if let Some(name) = default_channel {
        let channel: Option<ChannelId> = tx.one(
            "SELECT id FROM channel WHERE tenant_id = $1 AND name = $2 AND removed_at IS NULL",
            params![tenant_id, &name],
        )?;
        let ChannelId { id } = channel.ok_or(Refusal::ChannelNotExist)?;
        tx.put("UPDATE tenant SET default_channel = $2 WHERE tenant_id = $1", params![tenant_id, id])?;
        after.default_channel = Some(name);
    }
    tx.put(
        "UPDATE tenant SET name = $2, unknown_outer_type = $3, unknown_case = $4, unknown_staff = $5, corp_id = $6,
                           retention_days = $7, privacy_url = $8, notify_url = $9 WHERE tenant_id = $1",
        params![
            tenant_id,
            &after.name,
            &after.unknown_outer_type,
            &after.unknown_case,
            &after.unknown_staff,
            after.corp_id.as_deref(),
            after.retention_days,
            after.privacy_url.as_deref(),
            after.notify_url.as_deref()
        ],
    )?;
    let mut changed = Changed::default();
    changed.note("name", before.name, after.name);
    changed.note("unknown_outer_type", before.unknown_outer_type, after.unknown_outer_type);
    changed.note("unknown_case", before.unknown_case, after.unknown_case);
    changed.note("unknown_staff", before.unknown_staff, after.unknown_staff);
    changed.note("default_channel", before.default_channel, after.default_channel);
    changed.note("corp_id", before.corp_id, after.corp_id);
    changed.note("retention_days", before.retention_days, after.retention_days);
    changed.note("privacy_url", before.privacy_url, after.privacy_url);
    changed.note("notify_url", before.notify_url, after.notify_url);
    audit::record_detail(tx, actor, tenant_id, "tenant.set", &tenant_id.to_string(), &changed.detail())?;
    directory::touch(tx)
}

fn check(row: &TenantRow) -> Result<(), Refusal> {
    id::check("name", &row.name, id::CASE_ID_MAX)?;
    if let Some(url) = &row.privacy_url {
        notify::check_url("privacy_url", url)?;
    }
    if let Some(url) = &row.notify_url {
        notify::check_url("notify_url", url)?;
    }
    id::check("corp_id", row.corp_id.as_deref().unwrap_or_default(), id::CASE_ID_MAX)?;
    id::one_of("unknown_outer_type", &row.unknown_outer_type, &["default", "refuse"])?;
    id::one_of("unknown_case", &row.unknown_case, &["stub", "refuse"])?;
    id::one_of("unknown_staff", &row.unknown_staff, &["stub", "refuse"])
}

/// Days of retention as the table keeps them.
pub(super) fn check_retention(days: u32) -> Result<i64, Refusal> {
    if (1..=RETENTION_MOST).contains(&days) {
        return Ok(i64::from(days));
    }
    Err(Refusal::Invalid {
        member: "retention_days",
        zh: format!("retention_days 须为 1 到 {RETENTION_MOST} 天"),
        en: format!("retention_days is 1 to {RETENTION_MOST} days"),
    })
}

/// Takes the tenant's row: another change of it waits for this one.
fn take(tx: &mut Tx<'_>, tenant_id: i64) -> Result<TenantRow, Error> {
    let taken =
        tx.exec("UPDATE tenant SET created_at = created_at WHERE tenant_id = $1", params![tenant_id])?;
    let row = if taken == 1 { list(tx, Some(tenant_id))?.pop() } else { None };
    Ok(row.ok_or(Refusal::TenantNotExist)?)
}

store::record! {
    struct Holds {
        apps: bool,
        staff: bool,
        customers: bool,
        tickets: bool,
        chats: bool,
    }
}

/// Takes away a tenant that has nothing yet but channels. One that worked has a history, which is not thrown away.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, tenant_id: i64) -> Result<(), Error> {
    let row = take(tx, tenant_id)?;
    let holds: Option<Holds> = tx.one(
        "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM app_grant WHERE tenant_id = $1) THEN 1 ELSE 0 END AS BIGINT) AS apps,
                CAST(CASE WHEN EXISTS (SELECT 1 FROM staff WHERE tenant_id = $1) THEN 1 ELSE 0 END AS BIGINT) AS staff,
                CAST(CASE WHEN EXISTS (SELECT 1 FROM customer WHERE tenant_id = $1) THEN 1 ELSE 0 END AS BIGINT) AS customers,
                CAST(CASE WHEN EXISTS (SELECT 1 FROM ticket WHERE tenant_id = $1) THEN 1 ELSE 0 END AS BIGINT) AS tickets,
                CAST(CASE WHEN EXISTS (SELECT 1 FROM chat_group WHERE tenant_id = $1) THEN 1 ELSE 0 END AS BIGINT) AS chats",
        params![tenant_id],
    )?;
    if let Some(holds) = holds {
        refuse_what_holds(tenant_id, &holds)?;
    }
    tx.put("UPDATE tenant SET default_channel = NULL WHERE tenant_id = $1", params![tenant_id])?;
    tx.put("DELETE FROM outer_type WHERE tenant_id = $1", params![tenant_id])?;
    tx.put("DELETE FROM channel WHERE tenant_id = $1", params![tenant_id])?;
    tx.put("DELETE FROM tenant WHERE tenant_id = $1", params![tenant_id])?;
    let detail = serde_json::json!({"name": row.name});
    audit::record_detail(tx, actor, tenant_id, "tenant.remove", &tenant_id.to_string(), &detail)?;
    directory::touch(tx)
}

fn refuse_what_holds(tenant_id: i64, holds: &Holds) -> Result<(), Refusal> {
    let there: Vec<&str> = [
        (holds.apps, "apps that were granted it"),
        (holds.staff, "staff"),
        (holds.customers, "customers"),
        (holds.tickets, "tickets"),
        (holds.chats, "groups"),
    ]
    .into_iter()
    .filter_map(|(there, what)| there.then_some(what))
    .collect();
    if there.is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid {
        member: "tenant_id",
        zh: format!(
            "租户 {tenant_id} 已有数据（{}），不会删除；用 laqun app revoke 收回授权即停止服务",
            there.join(", ")
        ),
        en: format!(
            "tenant {tenant_id} has {} and is kept: only one without them is removed; `laqun app revoke` stops its calls",
            there.join(", ")
        ),
    })
}
