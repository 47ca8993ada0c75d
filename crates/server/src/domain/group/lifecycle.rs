//! Closing, reopening, trying again and dissolving a group by hand.

use serde_json::json;
use store::{Event, Read as _, Tx, params};
use uuid::Uuid;

use super::{
    State, ask, seal,
    timeline::{self, Kind, Line},
    wrong_state,
};
use crate::domain::{
    Error, Refusal, Tenant, audit,
    audit::Actor,
    conversation::{Someone, SystemLine, What, system},
    id,
};

/// What staff or the operator do to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The conversation is over; a click opens it again.
    Close,
    /// Talk again.
    Reopen,
    /// The platform is asked once more for a group that it refused.
    Retry,
    /// Over for good; the next click makes the next generation.
    Dissolve,
}

store::record! {
    struct StateOf {
        state: State,
        platform: String,
        platform_chat_id: Option<String>,
    }
}

/// Does it. A group is sealed before it is dissolved, so that what was said cannot be changed afterwards. The conversation
/// names `by`, where somebody in it did it.
pub fn act(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: &Tenant,
    group: Uuid,
    act: Act,
    by: Option<Someone>,
) -> Result<State, Error> {
    let row: Option<StateOf> = tx.one(
        "SELECT state, platform, platform_chat_id FROM chat_group WHERE tenant_id = $1 AND id = $2",
        params![tenant.id(), group],
    )?;
    let row = row.ok_or(Refusal::GroupNotExist)?;
    let from = row.state;
    let to = next(from, act)?;
    // The state changes first: from here on the row is ours, and what is sealed below is the whole of it. Nobody waits for an
    // answer in a closed group; the next word after it is a silence of its own.
    let changed = tx.exec(
        "UPDATE chat_group SET state = $3, unanswered_since = NULL, updated_at = $4
         WHERE tenant_id = $1 AND id = $2 AND state = $5",
        params![tenant.id(), group, to.word(), actor.now_ms, from.word()],
    )?;
    if changed == 0 {
        return Err(Error::Stale);
    }
    let evidence = id::team_group_id(group);
    let mut lines = Vec::new();
    if act == Act::Retry {
        tx.put(
            "UPDATE chat_group SET failure = NULL WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), group],
        )?;
        ask::enqueue_create(tx, tenant.id(), group, actor.now_ms)?;
    }
    if to == State::Dissolved {
        let seal = seal::seal(tx, tenant.id(), group)?;
        tx.put(
            "UPDATE chat_group SET seal = $3 WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), group, &seal.head],
        )?;
        let detail = seal.detail();
        lines.push(Line::new(Kind::Sealed, &actor.name, seal.head).with(detail));
        if row.platform != "web" && row.platform_chat_id.is_none() {
            // An attempt whose answer was lost may have made it there: the job looks, and writes down what it finds.
            ask::enqueue_create(tx, tenant.id(), group, actor.now_ms)?;
        }
    }
    let kind = match act {
        Act::Close => Kind::Closed,
        Act::Reopen => Kind::Reopened,
        Act::Retry => Kind::Retried,
        Act::Dissolve => Kind::Dissolved,
    };
    lines.push(Line::new(kind, &actor.name, &*evidence).with(json!({"from": from.word(), "to": to.word()})));
    timeline::append(tx, tenant.id(), group, actor.now_ms, &lines)?;
    let what = match act {
        Act::Close => Some(What::Closed),
        Act::Reopen => Some(What::Reopened),
        Act::Retry | Act::Dissolve => None,
    };
    if let Some(what) = what {
        let line = SystemLine { by, ..SystemLine::new(what) };
        system::say(tx, tenant.id(), group, actor.now_ms, &line)?;
    }
    let told = format!("group.{}", kind.word());
    tx.emit(Event {
        tenant_id: tenant.id(),
        kind: &told,
        subject: &group.to_string(),
        body: &json!({"open_conversation_id": id::open_conversation_id(group), "actor": actor.name})
            .to_string(),
        at_ms: actor.now_ms,
    })?;
    audit::record(tx, actor, tenant.id(), &told, &evidence)?;
    Ok(to)
}

fn next(from: State, act: Act) -> Result<State, Refusal> {
    match (act, from) {
        (_, State::Dissolved) => Err(wrong_state(from, "it is over; 一键拉群 makes the next one")),
        (Act::Dissolve, _) => Ok(State::Dissolved),
        (Act::Close, State::Active | State::WaitingCustomer) => Ok(State::Closing),
        (Act::Close, _) => Err(wrong_state(from, "only an open group can be closed")),
        (Act::Reopen, State::Closing | State::Sealed | State::Archived) => Ok(State::Active),
        (Act::Retry, State::Failed) => Ok(State::Reserved),
        (Act::Retry, _) => {
            Err(wrong_state(from, "only a group that its platform refused can be tried again"))
        }
        (Act::Reopen, State::Failed) => {
            Err(wrong_state(from, "its platform refused it: `laqun group retry`"))
        }
        (Act::Reopen, _) => Err(wrong_state(from, "only a closed group can be reopened")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dissolved_is_final_and_every_other_state_can_be_dissolved() {
        for state in State::ALL {
            for act in [Act::Close, Act::Reopen, Act::Retry, Act::Dissolve] {
                let to = next(state, act);
                if state == State::Dissolved {
                    assert!(to.is_err());
                } else if act == Act::Dissolve {
                    assert_eq!(to, Ok(State::Dissolved));
                }
            }
        }
    }
}
