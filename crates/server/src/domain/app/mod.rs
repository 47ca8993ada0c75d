//! Apps: an `AppKey`, its secrets, the tenants it may act for.

mod change;
pub mod secret;

use store::{MasterKey, Read, Tx, params};

pub use self::change::{AppChange, remove, revoke, set};
use self::secret::NewSecret;
use super::{Error, Refusal, audit, audit::Actor, directory, id};

/// An app to be.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// The `AppKey`: digits, as TOP's are.
    pub key: String,
    /// A name for people.
    pub name: String,
    /// The documented sample app: works on loopback only.
    pub demo: bool,
    /// Networks it may call from, `10.0.0.0/8` or a single address; empty = any.
    pub allow_ip: Vec<ipnet::IpNet>,
    /// Calls a second, if limited.
    pub calls_per_second: Option<u32>,
}

/// Makes the app with one secret.
pub fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: &MasterKey,
    new: &NewApp,
    secret: &NewSecret,
) -> Result<(), Error> {
    if new.key.is_empty() || new.key.len() > 32 || !new.key.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Invalid {
            member: "app_key",
            zh: "app_key 须为 1 到 32 位数字".into(),
            en: "an AppKey is 1 to 32 digits".into(),
        }
        .into());
    }
    id::check("name", &new.name, id::CASE_ID_MAX)?;
    let calls_per_second = new.calls_per_second.map(change::check_rate).transpose()?;
    let made = tx.exec(
        "INSERT INTO app (app_key, name, enabled, demo, sample, allow_ip, calls_per_second, created_at)
         VALUES ($1, $2, 1, $3, 0, $4, $5, $6) ON CONFLICT (app_key) DO NOTHING",
        params![
            &new.key,
            &new.name,
            new.demo,
            &change::spell(&new.allow_ip),
            calls_per_second.map(i64::from),
            actor.now_ms
        ],
    )?;
    if made == 0 {
        return Err(Refusal::Exists(format!("app {}", new.key)).into());
    }
    secret::insert(tx, actor, key, &new.key, secret)?;
    audit::record(tx, actor, 0, "app.add", &new.key)?;
    directory::touch(tx)
}

/// Lets the app act for the tenant. Granting twice is granting once.
pub fn grant(tx: &mut Tx<'_>, actor: &Actor, app_key: &str, tenant_id: i64) -> Result<(), Error> {
    take(tx, app_key)?;
    if super::tenant::list(tx, Some(tenant_id))?.is_empty() {
        return Err(Refusal::TenantNotExist.into());
    }
    tx.put(
        "INSERT INTO app_grant (app_key, tenant_id, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (app_key, tenant_id) DO NOTHING",
        params![app_key, tenant_id, actor.now_ms],
    )?;
    audit::record(tx, actor, tenant_id, "app.grant", app_key)?;
    directory::touch(tx)
}

store::record! {
    /// A row of `laqun app list`. The secret is not in it.
    pub struct AppRow {
        /// The `AppKey`.
        pub app_key: String,
        /// Its name.
        pub name: String,
        /// Switched on.
        pub enabled: bool,
        /// The documented sample app.
        pub demo: bool,
        /// Networks it may call from.
        pub allow_ip: String,
        /// Calls a second.
        pub calls_per_second: Option<i64>,
        /// When it was made, milliseconds since 1970.
        pub created_at: i64,
    }
}

/// Every app, or the one asked for.
pub fn list(reader: &mut impl Read, app_key: Option<&str>) -> Result<Vec<AppRow>, Error> {
    Ok(reader.all(
        "SELECT app_key, name, enabled, demo, allow_ip, calls_per_second, created_at
         FROM app WHERE CAST($1 AS TEXT) IS NULL OR app_key = $1 ORDER BY app_key",
        params![app_key],
    )?)
}

/// The app of that key.
pub fn find(reader: &mut impl Read, app_key: &str) -> Result<AppRow, Error> {
    Ok(list(reader, Some(app_key))?.pop().ok_or_else(|| no_app(app_key))?)
}

/// Takes the app's row: another change of it, its secrets and grants waits for this one.
fn take(tx: &mut Tx<'_>, app_key: &str) -> Result<AppRow, Error> {
    let row: Option<AppRow> = tx.one(
        "UPDATE app SET enabled = enabled WHERE app_key = $1
         RETURNING app_key, name, enabled, demo, allow_ip, calls_per_second, created_at",
        params![app_key],
    )?;
    Ok(row.ok_or_else(|| no_app(app_key))?)
}

fn no_app(app_key: &str) -> Refusal {
    Refusal::Invalid {
        member: "app_key",
        zh: format!("没有应用 {app_key}，见 laqun app list"),
        en: format!("no such app {app_key}: see `laqun app list`"),
    }
}

store::record! {
    struct Granted {
        tenant_id: i64,
    }
}

/// The tenants an app was granted.
pub fn grants(reader: &mut impl Read, app_key: &str) -> Result<Vec<i64>, Error> {
    let rows: Vec<Granted> = reader
        .all("SELECT tenant_id FROM app_grant WHERE app_key = $1 ORDER BY tenant_id", params![app_key])?;
    Ok(rows.into_iter().map(|row| row.tenant_id).collect())
}

/// Puts the documented sample app in place with exactly this secret, unless the key belongs to an app of somebody's own.
/// `demo` marks it as working on loopback only.
pub fn put_sample(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: &MasterKey,
    app_key: &str,
    secret: &NewSecret,
    demo: bool,
) -> Result<(), Error> {
    let put = tx.exec(
        "INSERT INTO app (app_key, name, enabled, demo, sample, allow_ip, calls_per_second, created_at)
         VALUES ($1, 'sample', 1, $2, 1, '', NULL, $3)
         ON CONFLICT (app_key) DO UPDATE SET demo = excluded.demo WHERE app.sample = 1",
        params![app_key, demo, actor.now_ms],
    )?;
    if put == 0 {
        return Err(Refusal::Invalid {
            member: "app_key",
            zh: format!("应用 {app_key} 不是 demo 建的，不会覆盖它的密钥；请用 --data 给 demo 另一个数据目录"),
            en: format!(
                "app {app_key} is there and no demo made it, so its secret is not replaced: give the demo data of its \
                 own, with --data DIR or without --data"
            ),
        }
        .into());
    }
    tx.put("DELETE FROM app_secret WHERE app_key = $1", params![app_key])?;
    secret::insert(tx, actor, key, app_key, secret)?;
    audit::record(tx, actor, 0, "app.put_sample", app_key)?;
    directory::touch(tx)
}
