//! From what a caller wrote to what is asked: which channel, who calls. Every surface comes this way.

use std::sync::Arc;

use store::{MasterKey, Store};
use uuid::Uuid;

use super::{
    ask::{Ask, Fresh},
    lookup,
    member::Reason,
    token::Token,
};
use crate::{
    domain::{Error, Refusal, Tenant, directory::Channel, id, tenant::Unknown},
    ids::Ids,
};

/// A caller's words, checked. Blank optional ones count as absent; nothing is trimmed.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The ticket.
    pub case_id: &'a str,
    /// Who calls.
    pub staff_id: Option<&'a str>,
    /// Where the call comes from.
    pub outer_type: Option<&'a str>,
}

/// Who asks, when, and knowing what.
#[derive(Debug, Clone)]
pub struct Asker {
    /// For timeline and events: `app:12345678`, `cli`.
    pub actor: String,
    /// The time of the call, milliseconds since 1970.
    pub now_ms: i64,
    /// The version of the directory that the tenant is from.
    pub directory_version: i64,
}

impl<'a> Words<'a> {
    /// Checks lengths and characters, before anything is looked up.
    pub fn parse(
        case_id: Option<&'a str>,
        staff_id: Option<&'a str>,
        outer_type: Option<&'a str>,
    ) -> Result<Self, Refusal> {
        let given = |text: &&str| !text.trim().is_empty();
        let case_id = case_id.filter(given).ok_or(Refusal::Missing {
            member: "case_id",
            zh: "请传入工单 id",
            en: "send the ticket's id",
        })?;
        let words = Self { case_id, staff_id: staff_id.filter(given), outer_type: outer_type.filter(given) };
        id::check("case_id", case_id, id::CASE_ID_MAX)?;
        id::check("staff_id", words.staff_id.unwrap_or_default(), id::NAME_ID_MAX)?;
        id::check("outer_type", words.outer_type.unwrap_or_default(), id::NAME_ID_MAX)?;
        Ok(words)
    }

    /// Finds the channel and who calls.
    pub async fn ask(&self, store: &Store, tenant: &Tenant, asker: Asker) -> Result<Ask, Error> {
        let by_default = match self.outer_type {
            Some(_) => None,
            None => lookup::made_by_default(store, tenant, self.case_id).await?,
        };
        let (channel, unknown_outer_type) = channel_of(tenant, self.outer_type, by_default)?;
        let (staff_id, reason) = match self.staff_id {
            Some(staff_id) => (staff_id.to_owned(), Reason::Caller),
            None => lookup::default_caller(store, tenant, &channel, self.case_id).await?.ok_or(
                Refusal::Missing {
                    member: "staff_id",
                    zh: "工单没有负责人，渠道也没有默认群主，请指明",
                    en: "neither ticket nor channel has an owner, say who",
                },
            )?,
        };
        let Asker { actor, now_ms, directory_version } = asker;
        Ok(Ask {
            tenant: tenant.clone(),
            channel,
            outer_type: self.outer_type.map(ToOwned::to_owned),
            unknown_outer_type,
            case_id: self.case_id.to_owned(),
            staff_id,
            reason,
            actor,
            now_ms,
            directory_version,
        })
    }
}

impl Fresh {
    /// Ids and a token for a group that may have to be made.
    pub fn new(ids: &Ids, key: &MasterKey, tenant: &Tenant, now_ms: i64) -> Self {
        let token = Token::random(ids);
        Self {
            group: ids.uuid(now_ms),
            staff: ids.uuid(now_ms),
            user_identify: ids.user_identify(),
            token_hash: token.hash(),
            token_sealed: token.seal(key, tenant.id()),
        }
    }
}

/// The channel that an outer type means, and whether nobody registered it.
fn channel_of(
    tenant: &Tenant,
    outer_type: Option<&str>,
    by_default: Option<Uuid>,
) -> Result<(Arc<Channel>, bool), Refusal> {
    let entry = tenant.entry();
    let (id, unknown) = match outer_type {
        None => (by_default.or(entry.default_channel), false),
        Some(name) => match entry.outer_types.get(name) {
            Some(id) => (Some(*id), false),
            None if entry.unknown_outer_type == Unknown::Accept => (entry.default_channel, true),
            None => {
                return Err(Refusal::Invalid {
                    member: "outer_type",
                    zh: "outer_type 未登记到任何渠道，用 laqun channel add --outer-type 登记".into(),
                    en: "outer_type belongs to no channel: register it with `laqun channel add --outer-type`"
                        .into(),
                });
            }
        },
    };
    let channel = id.and_then(|id| entry.channels.get(&id)).cloned().ok_or(Refusal::NoChannel)?;
    Ok((channel, unknown))
}
