//! Apps, tenants and channels, kept in memory and never trusted beyond the rows' version.
//!
//! They are few, change seldom and are needed by every call. A copy in memory saves each call several reads; the version
//! row, read in the same statement as the call's own data (or alone, before a refusal leaves), says whether the copy is
//! still true. So an answer is never given from memory that another process could have made stale.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use parking_lot::RwLock;
use store::{MasterKey, Read, Store, Tx, params};
use uuid::Uuid;

use super::{
    Error, Tenant,
    channel::{Hours, Pending, VisitorCheck},
    tenant::Unknown,
};

/// An app: an `AppKey` with its live secrets.
#[derive(Debug)]
pub struct App {
    /// The `AppKey`.
    pub key: String,
    /// Switched on.
    pub enabled: bool,
    /// The documented sample app, which works on loopback only.
    pub demo: bool,
    /// Its secrets, the newest first; which of them count, the time tells.
    secrets: Vec<Secret>,
    /// Tenants that it was granted.
    pub grants: Vec<i64>,
    /// Networks it may call from; empty = any.
    pub allow_ip: Vec<IpNet>,
    /// Calls a second, if limited.
    pub calls_per_second: Option<u32>,
}

impl App {
    /// The secrets that calls may be signed with at that time: two while one replaces the other.
    pub fn secrets(&self, now_ms: i64) -> Vec<&Secret> {
        self.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| end > now_ms)).collect()
    }

    /// Whether a call may come from `address`.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allow_ip.is_empty() || self.allow_ip.iter().any(|net| net.contains(&address))
    }
}

/// A secret in memory. Never printed.
pub struct Secret {
    text: String,
    /// When it stops signing, milliseconds since 1970; none = when it is removed.
    expires_at: Option<i64>,
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What the directory knows of a tenant.
#[derive(Debug)]
pub struct TenantEntry {
    /// Its number.
    pub id: i64,
    /// The company's name.
    pub name: String,
    /// DingTalk's id of the company, else `laqun` + its number.
    pub corp_id: String,
    /// What an unknown `outer_type` does.
    pub unknown_outer_type: Unknown,
    /// What an unknown `case_id` does.
    pub unknown_case: Unknown,
    /// What an unknown `staff_id` does.
    pub unknown_staff: Unknown,
    /// Where a call without `outer_type` goes.
    pub default_channel: Option<Uuid>,
    /// What the company does with personal data: shown beside a visitor's consent.
    pub privacy_url: Option<String>,
    /// Who is told when nobody attends to a customer.
    pub notify_url: Option<String>,
    /// Its channels.
    pub channels: HashMap<Uuid, Arc<Channel>>,
    /// Which `outer_type` means which channel.
    pub outer_types: HashMap<String, Uuid>,
}

/// Which platform, which rules.
#[derive(Debug)]
pub struct Channel {
    /// Row id.
    pub id: Uuid,
    /// Its name in the tenant.
    pub name: String,
    /// The platform's name.
    pub platform: String,
    /// How long a call waits for the platform; none = the configured default.
    pub patience_ms: Option<u64>,
    /// How a call answers while the group is being made; none = the configured default.
    pub pending: Option<Pending>,
    /// Who is called when a call names nobody and the ticket has no assignee.
    pub default_owner: Option<Uuid>,
    /// The platform's settings, JSON.
    pub settings: String,
    /// When somebody is there; none = always.
    pub hours: Option<Hours>,
    /// The time zone of the hours.
    pub timezone: TimeZone,
    /// What a visitor is asked.
    pub visitor_check: VisitorCheck,
    /// How long a customer waits for an answer before all staff of the group are told, seconds.
    pub answer_within_s: Option<i64>,
}

impl Channel {
    /// Whether somebody is there at that time, milliseconds since 1970.
    pub fn open_at(&self, now_ms: i64) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.open_at(&self.timezone, now_ms))
    }

    /// When somebody is there next, milliseconds since 1970; none while it is open, or if it never is.
    pub fn opens_next(&self, now_ms: i64) -> Option<i64> {
        if self.open_at(now_ms) { None } else { self.hours.as_ref()?.opens_next(&self.timezone, now_ms) }
    }
}

/// One consistent copy of the directory.
#[derive(Debug, Default)]
pub struct Directory {
    /// The version it was read at; 0 = never read.
    pub version: i64,
    apps: HashMap<String, Arc<App>>,
    tenants: HashMap<i64, Arc<TenantEntry>>,
}

impl Directory {
    /// The app of an `AppKey`.
    pub fn app(&self, key: &str) -> Option<&Arc<App>> {
        self.apps.get(key)
    }

    /// The tenant, if the app was granted it.
    pub fn granted(&self, app: &App, tenant_id: i64) -> Option<Tenant> {
        app.grants.contains(&tenant_id).then(|| self.tenant(tenant_id)).flatten()
    }

    /// All tenants, for figures over all of them.
    pub fn tenants(&self) -> Vec<Tenant> {
        self.tenants.values().cloned().map(Tenant::of).collect()
    }

    /// The tenant, for the operator or for a row found by a secret.
    pub fn tenant(&self, tenant_id: i64) -> Option<Tenant> {
        self.tenants.get(&tenant_id).cloned().map(Tenant::of)
    }
}

/// The directory of this process.
#[derive(Debug, Default)]
pub struct DirectoryCache(RwLock<Arc<Directory>>);

impl DirectoryCache {
    /// The copy at hand.
    pub fn current(&self) -> Arc<Directory> {
        Arc::clone(&self.0.read())
    }

    /// The copy at hand if the rows still have its version, else what they say now. For what is not a call: a call asks
    /// for the version in the statement that reads its data.
    pub async fn fresh(&self, store: &Store, key: &Arc<MasterKey>) -> Result<Arc<Directory>, Error> {
        let current = self.current();
        if version(store).await? == current.version { Ok(current) } else { self.reload(store, key).await }
    }

    /// Reads it again; a copy newer than the one just read stays.
    pub async fn reload(&self, store: &Store, key: &Arc<MasterKey>) -> Result<Arc<Directory>, Error> {
        let key = Arc::clone(key);
        let fresh = Arc::new(store.read("directory.load", move |r| load(r, &key)).await?);
        let mut slot = self.0.write();
        if slot.version < fresh.version {
            *slot = fresh;
        }
        Ok(Arc::clone(&slot))
    }
}

store::record! {
    struct Version {
        version: i64,
    }
}

/// The version of the rows now.
pub async fn version(store: &Store) -> Result<i64, Error> {
    let row: Option<Version> =
        store.query_opt("SELECT version FROM directory_version WHERE one = 1", params![]).await?;
    Ok(row.map_or(0, |r| r.version))
}

/// Counts the version up: every change of these tables does so in its own unit.
pub fn touch(tx: &mut Tx<'_>) -> Result<(), Error> {
    Ok(tx.put("UPDATE directory_version SET version = version + 1 WHERE one = 1", params![])?)
}

store::record! {
    struct AppRow {
        app_key: String,
        enabled: bool,
        demo: bool,
        allow_ip: String,
        calls_per_second: Option<i64>,
    }
}

store::record! {
    struct SecretRow {
        app_key: String,
        sealed: Vec<u8>,
        expires_at: Option<i64>,
    }
}

store::record! {
    struct GrantRow {
        app_key: String,
        tenant_id: i64,
    }
}

store::record! {
    struct TenantRow {
        tenant_id: i64,
        name: String,
        corp_id: Option<String>,
        unknown_outer_type: String,
        unknown_case: String,
        unknown_staff: String,
        default_channel: Option<Uuid>,
        privacy_url: Option<String>,
        notify_url: Option<String>,
    }
}

store::record! {
    struct ChannelRow {
        tenant_id: i64,
        id: Uuid,
        name: String,
        platform: String,
        patience_ms: Option<i64>,
        pending: Option<String>,
        default_owner: Option<Uuid>,
        settings: String,
        hours: Option<String>,
        timezone: String,
        visitor_check: String,
        answer_within_s: Option<i64>,
    }
}

store::record! {
    struct OuterTypeRow {
        tenant_id: i64,
        outer_type: String,
        channel_id: Uuid,
    }
}

/// What an app's secret is sealed for.
pub fn secret_purpose(app_key: &str) -> String {
    format!("app_secret|{app_key}")
}

fn load(r: &mut impl Read, key: &MasterKey) -> Result<Directory, Error> {
    // Secrets and tokens of this snapshot may be sealed with a key that is new.
    key.refresh(r)?;
    let version: Option<Version> = r.one("SELECT version FROM directory_version WHERE one = 1", params![])?;
    Ok(Directory {
        version: version.map_or(0, |v| v.version),
        apps: load_apps(r, key)?,
        tenants: load_tenants(r)?,
    })
}

fn load_apps(r: &mut impl Read, key: &MasterKey) -> Result<HashMap<String, Arc<App>>, Error> {
    let rows: Vec<AppRow> =
        r.all("SELECT app_key, enabled, demo, allow_ip, calls_per_second FROM app", params![])?;
    let mut apps: HashMap<String, App> = rows
        .into_iter()
        .map(|row| {
            let app = App {
                key: row.app_key.clone(),
                enabled: row.enabled,
                demo: row.demo,
                secrets: Vec::new(),
                grants: Vec::new(),
                allow_ip: row.allow_ip.split_whitespace().filter_map(|net| net.parse().ok()).collect(),
                calls_per_second: row.calls_per_second.and_then(|n| u32::try_from(n).ok()),
            };
            (row.app_key, app)
        })
        .collect();
    let secrets: Vec<SecretRow> = r.all(
        "SELECT app_key, sealed, expires_at FROM app_secret ORDER BY app_key, created_at DESC",
        params![],
    )?;
    for row in secrets {
        let opened = key
            .open(secret_purpose(&row.app_key).as_bytes(), &row.sealed)
            .map_err(|e| Error::Secret(format!("app {}: {e}", row.app_key)))?;
        let text = String::from_utf8(opened.to_vec()).map_err(|e| Error::Secret(e.to_string()))?;
        if let Some(app) = apps.get_mut(&row.app_key) {
            app.secrets.push(Secret { text, expires_at: row.expires_at });
        }
    }
    let grants: Vec<GrantRow> =
        r.all("SELECT app_key, tenant_id FROM app_grant ORDER BY tenant_id", params![])?;
    for row in grants {
        if let Some(app) = apps.get_mut(&row.app_key) {
            app.grants.push(row.tenant_id);
        }
    }
    Ok(apps.into_iter().map(|(k, v)| (k, Arc::new(v))).collect())
}

fn load_tenants(r: &mut impl Read) -> Result<HashMap<i64, Arc<TenantEntry>>, Error> {
    let rows: Vec<TenantRow> = r.all(
        "SELECT tenant_id, name, corp_id, unknown_outer_type, unknown_case, unknown_staff, default_channel,
                privacy_url, notify_url FROM tenant",
        params![],
    )?;
    let mut tenants: HashMap<i64, TenantEntry> = rows
        .into_iter()
        .map(|row| {
            let entry = TenantEntry {
                id: row.tenant_id,
                name: row.name,
                corp_id: row.corp_id.unwrap_or_else(|| format!("laqun{}", row.tenant_id)),
                unknown_outer_type: Unknown::from_word(&row.unknown_outer_type),
                unknown_case: Unknown::from_word(&row.unknown_case),
                unknown_staff: Unknown::from_word(&row.unknown_staff),
                default_channel: row.default_channel,
                privacy_url: row.privacy_url,
                notify_url: row.notify_url,
                channels: HashMap::new(),
                outer_types: HashMap::new(),
            };
            (row.tenant_id, entry)
        })
        .collect();
    let channels: Vec<ChannelRow> = r.all(
        "SELECT tenant_id, id, name, platform, patience_ms, pending, default_owner, settings, hours, timezone,
                visitor_check, answer_within_s FROM channel
         WHERE removed_at IS NULL",
        params![],
    )?;
    for row in channels {
        let Some(tenant) = tenants.get_mut(&row.tenant_id) else { continue };
        let channel = Channel {
            id: row.id,
            name: row.name,
            platform: row.platform,
            patience_ms: row.patience_ms.and_then(|ms| u64::try_from(ms).ok()),
            pending: row.pending.as_deref().and_then(Pending::from_word),
            default_owner: row.default_owner,
            settings: row.settings,
            hours: row.hours.as_deref().and_then(|hours| Hours::parse(hours).ok().flatten()),
            timezone: TimeZone::get(&row.timezone).unwrap_or(TimeZone::UTC),
            visitor_check: VisitorCheck::from_word(&row.visitor_check),
            answer_within_s: row.answer_within_s,
        };
        tenant.channels.insert(row.id, Arc::new(channel));
    }
    let outer_types: Vec<OuterTypeRow> =
        r.all("SELECT tenant_id, outer_type, channel_id FROM outer_type", params![])?;
    for row in outer_types {
        if let Some(tenant) = tenants.get_mut(&row.tenant_id) {
            tenant.outer_types.insert(row.outer_type, row.channel_id);
        }
    }
    Ok(tenants.into_iter().map(|(k, v)| (k, Arc::new(v))).collect())
}
