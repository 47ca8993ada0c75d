//! Channels: where a group lives and by which rules, for one or many outer types.

use store::{Read, Tx, params};
use uuid::Uuid;

use super::{Error, Refusal, Tenant, audit, audit::Actor, directory, id, staff};
use crate::app::platform;

/// How a call answers when patience ran out before the group was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// `result.code` 200: link and QR code work already.
    Ok,
    /// `result.code` 202, otherwise the same.
    Accepted,
    /// TOP error 50 with `isp.remote-service-timeout`, which automatic clients retry.
    Error,
}

impl Pending {
    /// From the word in the table or the configuration.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "200" => Some(Self::Ok),
            "202" => Some(Self::Accepted),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// A channel to be.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Row id.
    pub id: Uuid,
    /// Its name in the tenant.
    pub name: String,
    /// One of [`platform::NAMES`].
    pub platform: String,
    /// The outer types that mean it.
    pub outer_types: Vec<String>,
    /// How long a call waits for the platform, milliseconds.
    pub patience_ms: Option<i64>,
    /// `200`, `202` or `error`.
    pub pending: Option<String>,
    /// `staff_id` of the default owner.
    pub default_owner: Option<String>,
    /// The platform's settings, a JSON object.
    pub settings: String,
    /// Make it the tenant's default channel.
    pub default: bool,
}

/// Makes the channel. An outer type that meant another channel moves to this one.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &NewChannel) -> Result<(), Error> {
    check(new)?;
    let owner = match &new.default_owner {
        Some(staff_id) => Some(staff::find(tx, tenant, staff_id)?.ok_or(Refusal::StaffNotExist)?.id),
        None => None,
    };
    let made = tx.exec(
        "INSERT INTO channel (tenant_id, id, name, platform, patience_ms, pending, default_owner, settings, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, name) DO NOTHING",
        params![
            tenant.id(),
            new.id,
            &new.name,
            &new.platform,
            new.patience_ms,
            new.pending.as_deref(),
            owner,
            &new.settings,
            actor.now_ms
        ],
    )?;
    if made == 0 {
        return Err(Refusal::Exists(format!("channel {}", new.name)).into());
    }
    for outer_type in &new.outer_types {
        id::check("outer_type", outer_type, id::NAME_ID_MAX)?;
        tx.put(
            "INSERT INTO outer_type (tenant_id, outer_type, channel_id) VALUES ($1, $2, $3)
             ON CONFLICT (tenant_id, outer_type) DO UPDATE SET channel_id = excluded.channel_id",
            params![tenant.id(), outer_type, new.id],
        )?;
    }
    if new.default {
        tx.put("UPDATE tenant SET default_channel = $2 WHERE tenant_id = $1", params![tenant.id(), new.id])?;
    }
    audit::record(tx, actor, tenant.id(), "channel.add", &new.name)?;
    directory::touch(tx)
}

fn check(new: &NewChannel) -> Result<(), Refusal> {
    id::check("name", &new.name, id::NAME_ID_MAX)?;
    if !platform::NAMES.contains(&new.platform.as_str()) {
        return Err(Refusal::Invalid {
            member: "platform",
            zh: format!("platform 只能是 {}", platform::NAMES.join("、")),
            en: format!("a platform is one of {}", platform::NAMES.join(", ")),
        });
    }
    if new.pending.as_deref().is_some_and(|word| Pending::from_word(word).is_none()) {
        return Err(Refusal::Invalid {
            member: "pending",
            zh: "pending 只能是 200、202 或 error".into(),
            en: "pending is 200, 202 or error".into(),
        });
    }
    let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&new.settings);
    if let Err(error) = object {
        return Err(Refusal::Invalid {
            member: "settings",
            zh: format!("settings 须为 JSON 对象：{error}"),
            en: format!("settings must be a JSON object: {error}"),
        });
    }
    platform::make(&new.platform, &new.settings).map(drop).map_err(|error| Refusal::Invalid {
        member: "settings",
        zh: format!("{} 平台不接受这个 settings：{error}", new.platform),
        en: format!("the platform {} does not take these settings: {error}", new.platform),
    })
}

store::record! {
    /// A row of `laqun channel list`.
    pub struct ChannelRow {
        /// Row id.
        pub id: Uuid,
        /// Its name.
        pub name: String,
        /// The platform's name.
        pub platform: String,
        /// How long a call waits, milliseconds.
        pub patience_ms: Option<i64>,
        /// `200`, `202` or `error`.
        pub pending: Option<String>,
        /// The default owner's `staff_id`.
        pub default_owner: Option<String>,
        /// Whether it is the tenant's default.
        pub is_default: bool,
        /// The platform's settings, JSON.
        pub settings: String,
    }
}

/// The tenant's channels, or the one of that name.
pub fn list(reader: &mut impl Read, tenant: &Tenant, name: Option<&str>) -> Result<Vec<ChannelRow>, Error> {
    Ok(reader.all(
        "SELECT c.id, c.name, c.platform, c.patience_ms, c.pending, s.staff_id AS default_owner,
                CAST(CASE WHEN t.default_channel = c.id THEN 1 ELSE 0 END AS BIGINT) AS is_default, c.settings
         FROM channel c JOIN tenant t ON t.tenant_id = c.tenant_id
         LEFT JOIN staff s ON s.tenant_id = c.tenant_id AND s.id = c.default_owner
         WHERE c.tenant_id = $1 AND (CAST($2 AS TEXT) IS NULL OR c.name = $2) ORDER BY c.name",
        params![tenant.id(), name],
    )?)
}

store::record! {
    struct OuterType {
        outer_type: String,
    }
}

/// The outer types that mean a channel.
pub fn outer_types(reader: &mut impl Read, tenant: &Tenant, channel: Uuid) -> Result<Vec<String>, Error> {
    let rows: Vec<OuterType> = reader.all(
        "SELECT outer_type FROM outer_type WHERE tenant_id = $1 AND channel_id = $2 ORDER BY outer_type",
        params![tenant.id(), channel],
    )?;
    Ok(rows.into_iter().map(|row| row.outer_type).collect())
}
