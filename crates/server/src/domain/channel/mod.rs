//! Channels: where a group lives and by which rules, for one or many outer types.

mod change;
mod hours;

use serde_json::{Map, Value, json};
use store::{Read, Tx, params};
use uuid::Uuid;

pub use self::{
    change::{ChannelChange, live_groups, remove, set},
    hours::Hours,
};
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

/// What a visitor is asked before the conversation so far is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VisitorCheck {
    /// Nothing: the link is enough.
    #[default]
    None,
    /// The last four digits of the customer's phone number.
    PhoneTail,
}

impl VisitorCheck {
    /// The words in the table and at the command line.
    pub const WORDS: [&str; 2] = ["none", "phone_tail"];

    /// From the word in the table. An unknown one asks: a newer program may have set it.
    pub fn from_word(word: &str) -> Self {
        if word == "none" { Self::None } else { Self::PhoneTail }
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
    /// When it is open, as [`Hours`] reads it; none = always.
    pub hours: Option<String>,
    /// The time zone of the hours, an IANA name.
    pub timezone: String,
}

/// The time zone of a channel that names none.
pub const TIMEZONE: &str = "Asia/Shanghai";

/// Makes the channel. One of that name that was removed is back, with the new values. An outer type that meant another
/// channel moves to this one.
pub fn add(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, new: &NewChannel) -> Result<(), Error> {
    if new.name.trim().is_empty() {
        return Err(Refusal::Missing { member: "name", zh: "请给渠道起名", en: "name the channel" }.into());
    }
    id::check("name", &new.name, id::NAME_ID_MAX)?;
    check_platform(&new.platform, &new.settings)?;
    check_pending(new.pending.as_deref())?;
    let hours = spell_hours(new.hours.as_deref())?;
    let timezone = spell_timezone(&new.timezone)?;
    let owner = owner(tx, tenant, new.default_owner.as_deref())?;
    let made: Option<Made> = tx.one(
        "INSERT INTO channel (tenant_id, id, name, platform, patience_ms, pending, default_owner, settings, hours,
                              timezone, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (tenant_id, name) DO UPDATE
         SET platform = excluded.platform, patience_ms = excluded.patience_ms, pending = excluded.pending,
             default_owner = excluded.default_owner, settings = excluded.settings, hours = excluded.hours,
             timezone = excluded.timezone, removed_at = NULL
         WHERE channel.removed_at IS NOT NULL
         RETURNING id",
        params![
            tenant.id(),
            new.id,
            &new.name,
            &new.platform,
            new.patience_ms,
            new.pending.as_deref(),
            owner,
            &new.settings,
            hours.as_deref(),
            &timezone,
            actor.now_ms
        ],
    )?;
    let Made { id } = made.ok_or_else(|| Refusal::Exists(format!("channel {}", new.name)))?;
    put_outer_types(tx, tenant, id, &new.outer_types)?;
    if new.default {
        tx.put("UPDATE tenant SET default_channel = $2 WHERE tenant_id = $1", params![tenant.id(), id])?;
    }
    let detail = json!({"platform": new.platform, "outer_types": new.outer_types, "default": new.default});
    audit::record_detail(tx, actor, tenant.id(), "channel.add", &new.name, &detail)?;
    directory::touch(tx)
}

store::record! {
    struct Made {
        id: Uuid,
    }
}

/// Points the outer types at the channel, wherever they pointed before.
fn put_outer_types(tx: &mut Tx<'_>, tenant: &Tenant, channel: Uuid, names: &[String]) -> Result<(), Error> {
    for outer_type in names {
        if outer_type.trim().is_empty() {
            return Err(Refusal::Invalid {
                member: "outer_type",
                zh: "outer_type 不能为空；空的 outer_type 等于没有，走默认渠道".into(),
                en: "an outer_type is not blank: a call with a blank one goes to the default channel".into(),
            }
            .into());
        }
        id::check("outer_type", outer_type, id::NAME_ID_MAX)?;
        tx.put(
            "INSERT INTO outer_type (tenant_id, outer_type, channel_id) VALUES ($1, $2, $3)
             ON CONFLICT (tenant_id, outer_type) DO UPDATE SET channel_id = excluded.channel_id",
            params![tenant.id(), outer_type, channel],
        )?;
    }
    Ok(())
}

/// The row of who owns what nobody else does: somebody who is there.
fn owner(tx: &mut Tx<'_>, tenant: &Tenant, staff_id: Option<&str>) -> Result<Option<Uuid>, Error> {
    let Some(staff_id) = staff_id else { return Ok(None) };
    let person = staff::find(tx, tenant, staff_id)?.filter(|person| person.active);
    Ok(Some(person.ok_or(Refusal::StaffNotExist)?.id))
}

fn check_pending(pending: Option<&str>) -> Result<(), Refusal> {
    if pending.is_none_or(|word| Pending::from_word(word).is_some()) {
        return Ok(());
    }
    Err(Refusal::Invalid {
        member: "pending",
        zh: "pending 只能是 200、202 或 error".into(),
        en: "pending is 200, 202 or error".into(),
    })
}

/// Hours in their one spelling; none = always open.
fn spell_hours(hours: Option<&str>) -> Result<Option<String>, Refusal> {
    Ok(hours.map(Hours::parse).transpose()?.flatten().map(|hours| hours.to_string()))
}

/// The time zone's name as the database of time zones spells it.
fn spell_timezone(name: &str) -> Result<String, Refusal> {
    let zone = jiff::tz::TimeZone::get(name).ok();
    zone.and_then(|zone| zone.iana_name().map(ToOwned::to_owned)).ok_or_else(|| Refusal::Invalid {
        member: "timezone",
        zh: format!("没有时区 {name}；请用 IANA 名称，如 Asia/Shanghai、Europe/Berlin、UTC"),
        en: format!(
            "there is no time zone {name}: use an IANA name such as Asia/Shanghai, Europe/Berlin or UTC"
        ),
    })
}

fn check_platform(platform: &str, settings: &str) -> Result<(), Refusal> {
    id::one_of("platform", platform, &platform::NAMES)?;
    if let Err(error) = serde_json::from_str::<Map<String, Value>>(settings) {
        return Err(Refusal::Invalid {
            member: "settings",
            zh: format!("settings 须为 JSON 对象：{error}"),
            en: format!("settings must be a JSON object: {error}"),
        });
    }
    platform::make(platform, settings).map(drop).map_err(|error| Refusal::Invalid {
        member: "settings",
        zh: format!("{platform} 平台不接受这个 settings：{error}"),
        en: format!("the platform {platform} does not take these settings: {error}"),
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
        /// When it is open; none = always.
        pub hours: Option<String>,
        /// The time zone of the hours.
        pub timezone: String,
        /// What a visitor is asked: one of [`VisitorCheck::WORDS`].
        pub visitor_check: String,
        /// How long a customer waits for an answer before all staff of the group are told, seconds.
        pub answer_within_s: Option<i64>,
    }
}

/// The tenant's channels, or the one of that name.
pub fn list(reader: &mut impl Read, tenant: &Tenant, name: Option<&str>) -> Result<Vec<ChannelRow>, Error> {
    Ok(reader.all(
        "SELECT c.id, c.name, c.platform, c.patience_ms, c.pending, s.staff_id AS default_owner,
                CAST(CASE WHEN t.default_channel = c.id THEN 1 ELSE 0 END AS BIGINT) AS is_default, c.settings,
                c.hours, c.timezone, c.visitor_check, c.answer_within_s
         FROM channel c JOIN tenant t ON t.tenant_id = c.tenant_id
         LEFT JOIN staff s ON s.tenant_id = c.tenant_id AND s.id = c.default_owner
         WHERE c.tenant_id = $1 AND c.removed_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR c.name = $2) ORDER BY c.name",
        params![tenant.id(), name],
    )?)
}

/// The row of the channel of that name, removed or not: its past groups still name it.
pub fn id_of(reader: &mut impl Read, tenant: &Tenant, name: &str) -> Result<Option<Uuid>, Error> {
    let row: Option<Made> = reader
        .one("SELECT id FROM channel WHERE tenant_id = $1 AND name = $2", params![tenant.id(), name])?;
    Ok(row.map(|row| row.id))
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
