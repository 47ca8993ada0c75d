//! Changing an app, and taking it away.

use store::{Tx, params};

use super::{AppRow, take};
use crate::domain::{
    Error, Refusal,
    audit::{self, Actor},
    change::{Change, Changed},
    directory, id,
};

/// What is to change of an app; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct AppChange {
    /// A name for people.
    pub name: Option<String>,
    /// Switched on; an app that is off is refused as if it did not exist.
    pub enabled: Option<bool>,
    /// Networks it may call from; cleared = any.
    pub allow_ip: Change<Vec<ipnet::IpNet>>,
    /// Calls a second; cleared = any number.
    pub calls_per_second: Change<u32>,
}

/// Changes the app and gives what it is now.
pub fn set(tx: &mut Tx<'_>, actor: &Actor, app_key: &str, change: AppChange) -> Result<AppRow, Error> {
    let before = take(tx, app_key)?;
    let mut after = before.clone();
    after.name = change.name.unwrap_or(after.name);
    after.enabled = change.enabled.unwrap_or(after.enabled);
    after.allow_ip = match change.allow_ip {
        Change::Keep => after.allow_ip,
        Change::Clear => String::new(),
        Change::To(networks) => spell(&networks),
    };
    after.calls_per_second = match change.calls_per_second {
        Change::Keep => after.calls_per_second,
        Change::Clear => None,
        Change::To(calls) => Some(i64::from(check_rate(calls)?)),
    };
    id::check("name", &after.name, id::CASE_ID_MAX)?;
    tx.put(
        "UPDATE app SET name = $2, enabled = $3, allow_ip = $4, calls_per_second = $5 WHERE app_key = $1",
        params![app_key, &after.name, after.enabled, &after.allow_ip, after.calls_per_second],
    )?;
    let mut changed = Changed::default();
    changed.note("name", before.name, after.name.as_str());
    changed.note("enabled", before.enabled, after.enabled);
    changed.note("allow_ip", before.allow_ip, after.allow_ip.as_str());
    changed.note("calls_per_second", before.calls_per_second, after.calls_per_second);
    audit::record_detail(tx, actor, 0, "app.set", app_key, &changed.detail())?;
    directory::touch(tx)?;
    Ok(after)
}

/// Networks as the table keeps them.
pub(super) fn spell(networks: &[ipnet::IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// No call a second is no limit but a switch, and there is one for that.
pub(super) fn check_rate(calls: u32) -> Result<u32, Refusal> {
    if calls > 0 {
        return Ok(calls);
    }
    Err(Refusal::Invalid {
        member: "calls_per_second",
        zh: "calls_per_second 至少为 1；要停用应用请用 laqun app off".into(),
        en: "calls_per_second is at least 1: `laqun app off` switches an app off".into(),
    })
}

/// Takes a grant back: from the next call on the tenant is unknown to the app.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, app_key: &str, tenant_id: i64) -> Result<(), Error> {
    take(tx, app_key)?;
    let revoked =
        tx.exec("DELETE FROM app_grant WHERE app_key = $1 AND tenant_id = $2", params![app_key, tenant_id])?;
    if revoked == 0 {
        return Err(Refusal::Invalid {
            member: "tenant_id",
            zh: format!("应用 {app_key} 未获租户 {tenant_id} 授权，见 laqun app show"),
            en: format!("app {app_key} may not act for tenant {tenant_id}: see `laqun app show {app_key}`"),
        }
        .into());
    }
    audit::record(tx, actor, tenant_id, "app.revoke", app_key)?;
    directory::touch(tx)
}

/// Takes the app away with its secrets and grants. What it asked for stays, and names it.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, app_key: &str) -> Result<(), Error> {
    take(tx, app_key)?;
    tx.put("DELETE FROM app_secret WHERE app_key = $1", params![app_key])?;
    let tenants = super::grants(tx, app_key)?;
    for tenant_id in &tenants {
        tx.put("DELETE FROM app_grant WHERE app_key = $1 AND tenant_id = $2", params![app_key, *tenant_id])?;
    }
    tx.put("DELETE FROM app WHERE app_key = $1", params![app_key])?;
    audit::record_detail(tx, actor, 0, "app.remove", app_key, &serde_json::json!({"tenants": tenants}))?;
    directory::touch(tx)
}
