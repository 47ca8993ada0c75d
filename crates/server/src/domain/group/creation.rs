//! What the job that makes a group on its platform reads and writes.

use platforms::{Failure, Made, NewGroup, NewMember};
use serde_json::json;
use store::{Event, Read, Tx, params};
use uuid::Uuid;

use super::{
    State, member,
    timeline::{self, Kind, Line},
};
use crate::domain::{Error, id};

/// Who writes the job's lines.
const ACTOR: &str = "laqun";

store::record! {
    struct Late {
        state: State,
        platform_chat_id: Option<String>,
    }
}

store::record! {
    struct ToMake {
        state: State,
        title: String,
        channel_id: Uuid,
        platform_chat_id: Option<String>,
    }
}

/// What is to be done about a group on its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// The platform has to make it.
    Make,
    /// It was dissolved before the platform had said how an attempt ended: what that may have made must not stay unseen.
    Look,
}

/// A group that its platform has to make, or may have made.
#[derive(Debug)]
pub struct Task {
    /// Which of the two.
    pub aim: Aim,
    /// On which channel.
    pub channel: Uuid,
    /// What to ask the platform for.
    pub group: NewGroup,
}

/// Marks the group as being created and tells what to ask for; none if there is nothing left to ask.
pub fn begin(tx: &mut Tx<'_>, tenant_id: i64, group: Uuid, now_ms: i64) -> Result<Option<Task>, Error> {
    let row: Option<ToMake> = tx.one(
        "SELECT state, title, channel_id, platform_chat_id FROM chat_group WHERE tenant_id = $1 AND id = $2",
        params![tenant_id, group],
    )?;
    let Some(row) = row else {
        return Ok(None);
    };
    let aim = match row.state {
        state if state.is_being_made() => Aim::Make,
        State::Dissolved if row.platform_chat_id.is_none() => Aim::Look,
        _ => return Ok(None),
    };
    tx.put(
        "UPDATE chat_group SET state = 'creating', updated_at = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'reserved'",
        params![tenant_id, group, now_ms],
    )?;
    let members = member::list(tx, tenant_id, group)?
        .into_iter()
        .filter(|m| m.state != "left")
        .map(|m| NewMember {
            name: m.name.unwrap_or_default(),
            external_id: m.external_id.unwrap_or_default(),
            customer: m.kind == "customer",
        })
        .collect();
    let group = NewGroup { key: id::platform_key(group), title: row.title, members };
    Ok(Some(Task { aim, channel: row.channel_id, group }))
}

/// The platform made it: ids and evidence go onto the row, people can talk. If the group was given up meanwhile they are
/// written all the same, and nothing else changes: somebody has to know what there is on the platform.
pub fn made(tx: &mut Tx<'_>, tenant_id: i64, group: Uuid, made: &Made, now_ms: i64) -> Result<(), Error> {
    let changed = tx.exec(
        "UPDATE chat_group SET state = 'active', platform_chat_id = $3, platform_conversation_id = $4, failure = NULL,
                               updated_at = $5
         WHERE tenant_id = $1 AND id = $2 AND state IN ('reserved', 'creating')",
        params![tenant_id, group, &made.chat_id, &made.conversation_id, now_ms],
    )?;
    if changed == 0 {
        return made_too_late(tx, tenant_id, group, made, now_ms);
    }
    let line =
        Line::new(Kind::Created, ACTOR, &*made.evidence).with(json!({"platform_chat_id": made.chat_id}));
    timeline::append(tx, tenant_id, group, now_ms, &[line])?;
    tell(tx, "group.ready", tenant_id, group, now_ms)
}

fn made_too_late(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    made: &Made,
    now_ms: i64,
) -> Result<(), Error> {
    let row: Option<Late> = tx.one(
        "SELECT state, platform_chat_id FROM chat_group WHERE tenant_id = $1 AND id = $2",
        params![tenant_id, group],
    )?;
    let Some(row) = row.filter(|row| row.platform_chat_id.as_ref() != Some(&made.chat_id)) else {
        return Ok(());
    };
    // A group that works keeps its ids; the second one is on the timeline.
    tx.put(
        "UPDATE chat_group SET platform_chat_id = $3, platform_conversation_id = $4, updated_at = $5
         WHERE tenant_id = $1 AND id = $2 AND platform_chat_id IS NULL",
        params![tenant_id, group, &made.chat_id, &made.conversation_id, now_ms],
    )?;
    let detail = json!({
        "platform_chat_id": made.chat_id,
        "platform_conversation_id": made.conversation_id,
        "late": format!("the group was {} before its platform had made it; close it there", row.state.word()),
    });
    let line = Line::new(Kind::Created, ACTOR, &*made.evidence).with(detail);
    timeline::append(tx, tenant_id, group, now_ms, &[line])
}

/// The platform refused for good: cause and remedy go onto the row and the timeline.
pub fn failed(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    failure: &Failure,
    now_ms: i64,
) -> Result<(), Error> {
    let (cause, remedy) = match failure {
        Failure::Fail { cause, remedy } => (cause.as_str(), remedy.as_str()),
        Failure::Retry { cause, .. } | Failure::Unsure { cause } => {
            (cause.as_str(), "click 一键拉群 again, or ask an administrator to look at the platform")
        }
    };
    let detail = json!({"cause": cause, "remedy": remedy});
    let changed = tx.exec(
        "UPDATE chat_group SET state = 'failed', failure = $3, updated_at = $4
         WHERE tenant_id = $1 AND id = $2 AND state IN ('reserved', 'creating')",
        params![tenant_id, group, &detail.to_string(), now_ms],
    )?;
    if changed == 0 {
        return Ok(());
    }
    let line = Line::new(Kind::Failed, ACTOR, cause).with(detail);
    timeline::append(tx, tenant_id, group, now_ms, &[line])?;
    tell(tx, "group.failed", tenant_id, group, now_ms)
}

fn tell(tx: &mut Tx<'_>, kind: &str, tenant_id: i64, group: Uuid, now_ms: i64) -> Result<(), Error> {
    Ok(tx.emit(Event {
        tenant_id,
        kind,
        subject: &group.to_string(),
        body: &json!({"open_conversation_id": id::open_conversation_id(group)}).to_string(),
        at_ms: now_ms,
    })?)
}
