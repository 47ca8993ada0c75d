//! Changing a channel, and taking one away that no live group uses.

use serde_json::json;
use store::{Read, Tx, params};
use uuid::Uuid;

use super::{
    ChannelRow, VisitorCheck, check_pending, check_platform, list, outer_types, owner, put_outer_types,
    spell_hours, spell_timezone,
};
use crate::domain::{
    Error, Refusal, Tenant,
    audit::{self, Actor},
    change::{Change, Changed},
    directory, id,
};

/// The longest time that a customer may wait before others are told, seconds: a week.
const ANSWER_WITHIN_MAX_S: i64 = 7 * 24 * 60 * 60;

/// What is to change of a channel; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// Its name in the tenant.
    pub name: Option<String>,
    /// Where its groups live.
    pub platform: Option<String>,
    /// The platform's settings, a JSON object.
    pub settings: Option<String>,
    /// How long a call waits for the platform, milliseconds; cleared = the configured default.
    pub patience_ms: Change<i64>,
    /// `200`, `202` or `error`; cleared = the configured default.
    pub pending: Change<String>,
    /// `staff_id` of the default owner.
    pub default_owner: Change<String>,
    /// When it is open; cleared = always.
    pub hours: Change<String>,
    /// The time zone of the hours, an IANA name.
    pub timezone: Option<String>,
    /// What a visitor is asked: one of [`VisitorCheck::WORDS`].
    pub visitor_check: Option<String>,
    /// How long a customer waits for an answer before all staff of the group are told, seconds; cleared = nobody is.
    pub answer_within_s: Change<i64>,
    /// Outer types that mean it from now on.
    pub add_outer_types: Vec<String>,
    /// Outer types that do not mean it any more.
    pub remove_outer_types: Vec<String>,
    /// Make it the tenant's default channel.
    pub default: bool,
}

/// Changes the channel. `live` is how many live groups it has, as [`live_groups`] counted: with some it stays on its
/// platform, where they are.
pub fn set(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    name: &str,
    change: ChannelChange,
    live: i64,
) -> Result<(), Error> {
    let before = take(tx, tenant, name)?;
    let mut after = before.clone();
    after.name = change.name.unwrap_or(after.name);
    after.platform = change.platform.unwrap_or(after.platform);
    after.settings = change.settings.unwrap_or(after.settings);
    after.patience_ms = change.patience_ms.apply(after.patience_ms);
    after.pending = change.pending.apply(after.pending);
    after.default_owner = change.default_owner.apply(after.default_owner);
    after.hours = spell_hours(change.hours.apply(after.hours).as_deref())?;
    after.timezone = change.timezone.as_deref().map_or(Ok(after.timezone), spell_timezone)?;
    after.visitor_check = change.visitor_check.unwrap_or(after.visitor_check);
    id::one_of("visitor_check", &after.visitor_check, &VisitorCheck::WORDS)?;
    after.answer_within_s = change.answer_within_s.apply(after.answer_within_s);
    if after.answer_within_s.is_some_and(|seconds| !(1..=ANSWER_WITHIN_MAX_S).contains(&seconds)) {
        return Err(Refusal::Invalid {
            member: "answer_within",
            zh: "answer_within 须为 1 秒到 7 天".into(),
            en: "answer_within is one second to seven days".into(),
        }
        .into());
    }
    if after.platform != before.platform && live > 0 {
        return Err(in_use(name, live, "platform").into());
    }
    check_platform(&after.platform, &after.settings)?;
    check_pending(after.pending.as_deref())?;
    if after.name != before.name {
        check_name(tx, tenant, &after.name)?;
    }
    if after.default_owner != before.default_owner {
        let owner = owner(tx, tenant, after.default_owner.as_deref())?;
        tx.put(
            "UPDATE channel SET default_owner = $3 WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), before.id, owner],
        )?;
    }
    tx.put(
        "UPDATE channel SET name = $3, platform = $4, settings = $5, patience_ms = $6, pending = $7, hours = $8,
                            timezone = $9, visitor_check = $10, answer_within_s = $11 WHERE tenant_id = $1 AND id = $2",
        params![
            tenant.id(),
            before.id,
            &after.name,
            &after.platform,
            &after.settings,
            after.patience_ms,
            after.pending.as_deref(),
            after.hours.as_deref(),
            &after.timezone,
            &after.visitor_check,
            after.answer_within_s
        ],
    )?;
    let types_before = outer_types(tx, tenant, before.id)?;
    drop_outer_types(tx, tenant, before.id, &change.remove_outer_types)?;
    put_outer_types(tx, tenant, before.id, &change.add_outer_types)?;
    let types_after = outer_types(tx, tenant, before.id)?;
    if change.default {
        tx.put(
            "UPDATE tenant SET default_channel = $2 WHERE tenant_id = $1",
            params![tenant.id(), before.id],
        )?;
        after.is_default = true;
    }
    let mut changed = told(before, after);
    changed.note("outer_types", types_before, types_after);
    audit::record_detail(tx, actor, tenant.id(), "channel.set", name, &changed.detail())?;
    directory::touch(tx)
}

fn told(before: ChannelRow, after: ChannelRow) -> Changed {
    let mut changed = Changed::default();
    // What the settings say may be a credential: that they changed is enough.
    changed.note("settings_changed", false, before.settings != after.settings);
    changed.note("name", before.name, after.name);
    changed.note("platform", before.platform, after.platform);
    changed.note("patience_ms", before.patience_ms, after.patience_ms);
    changed.note("pending", before.pending, after.pending);
    changed.note("default_owner", before.default_owner, after.default_owner);
    changed.note("hours", before.hours, after.hours);
    changed.note("timezone", before.timezone, after.timezone);
    changed.note("visitor_check", before.visitor_check, after.visitor_check);
    changed.note("answer_within_s", before.answer_within_s, after.answer_within_s);
    changed.note("default", before.is_default, after.is_default);
    changed
}

fn check_name(tx: &mut Tx<'_>, tenant: &Tenant, name: &str) -> Result<(), Error> {
    id::check("name", name, id::NAME_ID_MAX)?;
    let taken: Option<Any> =
        tx.one("SELECT id FROM channel WHERE tenant_id = $1 AND name = $2", params![tenant.id(), name])?;
    if name.trim().is_empty() || taken.is_some() {
        return Err(Refusal::Invalid {
            member: "name",
            zh: format!("渠道名 {name} 为空或已被（曾）使用，请换一个"),
            en: format!("the name `{name}` is blank, or a channel has or had it: take another"),
        }
        .into());
    }
    Ok(())
}

fn drop_outer_types(tx: &mut Tx<'_>, tenant: &Tenant, channel: Uuid, names: &[String]) -> Result<(), Error> {
    for name in names {
        let dropped = tx.exec(
            "DELETE FROM outer_type WHERE tenant_id = $1 AND outer_type = $2 AND channel_id = $3",
            params![tenant.id(), name, channel],
        )?;
        if dropped == 0 {
            return Err(Refusal::Invalid {
                member: "outer_type",
                zh: format!("outer_type {name} 不属于该渠道，见 laqun channel show"),
                en: format!("the outer_type {name} is not this channel's: see `laqun channel show`"),
            }
            .into());
        }
    }
    Ok(())
}

store::record! {
    struct Any {
        id: Uuid,
    }
}

/// Takes the channel's row: another change of it waits for this one.
fn take(tx: &mut Tx<'_>, tenant: &Tenant, name: &str) -> Result<ChannelRow, Error> {
    tx.put(
        "UPDATE channel SET created_at = created_at WHERE tenant_id = $1 AND name = $2",
        params![tenant.id(), name],
    )?;
    Ok(list(tx, tenant, Some(name))?.pop().ok_or(Refusal::ChannelNotExist)?)
}

store::record! {
    struct Count {
        live: i64,
    }
}

/// How many live groups the channel has. With a million groups this looks at each, so it is asked outside of the unit
/// that acts on it: a click in between may make one more, which goes on working on a channel that takes no new ones.
pub fn live_groups(reader: &mut impl Read, tenant: &Tenant, name: &str) -> Result<i64, Error> {
    let counted: Option<Count> = reader.one(
        "SELECT COUNT(*) AS live FROM chat_group g
         JOIN channel c ON c.tenant_id = g.tenant_id AND c.id = g.channel_id
         WHERE g.tenant_id = $1 AND c.name = $2 AND g.state <> 'dissolved'",
        params![tenant.id(), name],
    )?;
    Ok(counted.map_or(0, |row| row.live))
}

fn in_use(name: &str, live: i64, member: &'static str) -> Refusal {
    Refusal::Invalid {
        member,
        zh: format!(
            "渠道 {name} 还有 {live} 个未解散的群。可先用 laqun channel set NAME --add-outer-type 把 outer_type 移到另一渠道，\
             再用 laqun group list --channel {name} 找出并 laqun group dissolve 这些群"
        ),
        en: format!(
            "channel {name} has {live} live group{}: move its outer types to another channel with `laqun channel set \
             OTHER --add-outer-type`, then dissolve what `laqun group list --channel {name}` shows",
            if live == 1 { "" } else { "s" }
        ),
    }
}

/// Takes the channel away; its past groups still name it. `live` is how many live groups it has, as [`live_groups`]
/// counted. The tenant's default channel stays.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, tenant: &Tenant, name: &str, live: i64) -> Result<(), Error> {
    let row = take(tx, tenant, name)?;
    if live > 0 {
        return Err(in_use(name, live, "channel").into());
    }
    if row.is_default {
        return Err(Refusal::Invalid {
            member: "channel",
            zh: format!("{name} 是默认渠道；先用 laqun channel set NAME --default 另设默认渠道"),
            en: format!("{name} is the default channel: make another one that with `laqun channel set OTHER --default`"),
        }
        .into());
    }
    let types = outer_types(tx, tenant, row.id)?;
    tx.put("DELETE FROM outer_type WHERE tenant_id = $1 AND channel_id = $2", params![tenant.id(), row.id])?;
    tx.put(
        "UPDATE channel SET removed_at = $3, default_owner = NULL WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), row.id, actor.now_ms],
    )?;
    let detail = json!({"outer_types": types});
    audit::record_detail(tx, actor, tenant.id(), "channel.remove", name, &detail)?;
    directory::touch(tx)
}
