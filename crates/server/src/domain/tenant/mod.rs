//! Tenants 租户.

mod change;
pub mod notify;

use std::sync::Arc;

use store::{Read, Tx, params};
use uuid::Uuid;

pub use self::change::{RETENTION_MOST, TenantChange, remove, set};
use super::{Error, Refusal, audit, audit::Actor, directory, directory::TenantEntry, id};

/// A tenant that whoever asks may act for.
///
/// Invariant: only the directory makes one: for an app that was granted it, for the operator at the command line, or for
/// a row (a group's token, a staff session) that was found by a secret. A function that takes a `Tenant` need not check.
#[derive(Debug, Clone)]
pub struct Tenant(Arc<TenantEntry>);

impl Tenant {
    pub(in crate::domain) fn of(entry: Arc<TenantEntry>) -> Self {
        Self(entry)
    }

    /// The tenant's number, as `tenant_id` on the wire.
    pub fn id(&self) -> i64 {
        self.0.id
    }

    /// What the directory knows of it.
    pub fn entry(&self) -> &TenantEntry {
        &self.0
    }
}

/// What to do about an id that nobody has told us of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Take the default (an outer type: the default channel; a ticket or staff member: a stub).
    Accept,
    /// Refuse the call.
    Refuse,
}

impl Unknown {
    /// From the word in the table; anything but `refuse` accepts.
    pub fn from_word(word: &str) -> Self {
        if word == "refuse" { Self::Refuse } else { Self::Accept }
    }
}

/// A tenant to be.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its number.
    pub id: i64,
    /// The company's name as people read it.
    pub name: String,
    /// What an unknown `outer_type` does.
    pub unknown_outer_type: Unknown,
    /// What an unknown `case_id` does.
    pub unknown_case: Unknown,
    /// What an unknown `staff_id` does.
    pub unknown_staff: Unknown,
    /// DingTalk's id of the company, if it has one.
    pub corp_id: Option<String>,
    /// How long groups are kept, days; none = for ever.
    pub retention_days: Option<u32>,
    /// Id of the web channel that it starts with.
    pub channel: Uuid,
}

/// Makes the tenant with one default web channel, so that the first call works.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, new: &NewTenant) -> Result<(), Error> {
    if new.id <= 0 {
        return Err(Refusal::Invalid {
            member: "tenant_id",
            zh: "tenant_id 须为正整数".into(),
            en: "tenant_id must be a positive number".into(),
        }
        .into());
    }
    id::check("name", &new.name, id::CASE_ID_MAX)?;
    id::check("corp_id", new.corp_id.as_deref().unwrap_or_default(), id::CASE_ID_MAX)?;
    let retention_days = new.retention_days.map(change::check_retention).transpose()?;
    let made = tx.exec(
        "INSERT INTO tenant (tenant_id, name, unknown_outer_type, unknown_case, unknown_staff, default_channel, corp_id,
                             retention_days, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id) DO NOTHING",
        params![
            new.id,
            &new.name,
            if new.unknown_outer_type == Unknown::Accept { "default" } else { "refuse" },
            if new.unknown_case == Unknown::Accept { "stub" } else { "refuse" },
            if new.unknown_staff == Unknown::Accept { "stub" } else { "refuse" },
            new.channel,
            new.corp_id.as_deref(),
            retention_days,
            actor.now_ms
        ],
    )?;
    if made == 0 {
        return Err(Refusal::Exists(format!("tenant {}", new.id)).into());
    }
    tx.put(
        "INSERT INTO channel (tenant_id, id, name, platform, patience_ms, pending, default_owner, settings, created_at)
         VALUES ($1, $2, 'web', 'web', NULL, NULL, NULL, '{}', $3)",
        params![new.id, new.channel, actor.now_ms],
    )?;
    audit::record(tx, actor, new.id, "tenant.add", &new.id.to_string())?;
    directory::touch(tx)
}

store::record! {
    /// A row of `laqun tenant list`.
    pub struct TenantRow {
        /// Its number.
        pub tenant_id: i64,
        /// The company's name.
        pub name: String,
        /// `default` or `refuse`.
        pub unknown_outer_type: String,
        /// `stub` or `refuse`.
        pub unknown_case: String,
        /// `stub` or `refuse`.
        pub unknown_staff: String,
        /// Name of the channel that takes calls without `outer_type`.
        pub default_channel: Option<String>,
        /// `DingTalk`'s id of the company.
        pub corp_id: Option<String>,
        /// How long groups are kept, days; none = for ever.
        pub retention_days: Option<i64>,
        /// What the company does with personal data: shown beside a visitor's consent.
        pub privacy_url: Option<String>,
        /// Who is told when nobody attends to a customer.
        pub notify_url: Option<String>,
        /// When it was made, milliseconds since 1970.
        pub created_at: i64,
    }
}

/// Every tenant, or the one asked for.
pub fn list(reader: &mut impl Read, id: Option<i64>) -> Result<Vec<TenantRow>, Error> {
    Ok(reader.all(
        "SELECT t.tenant_id, t.name, t.unknown_outer_type, t.unknown_case, t.unknown_staff, c.name AS default_channel,
                t.corp_id, t.retention_days, t.privacy_url, t.notify_url, t.created_at
         FROM tenant t LEFT JOIN channel c ON c.tenant_id = t.tenant_id AND c.id = t.default_channel
         WHERE CAST($1 AS BIGINT) IS NULL OR t.tenant_id = $1 ORDER BY t.tenant_id",
        params![id],
    )?)
}
