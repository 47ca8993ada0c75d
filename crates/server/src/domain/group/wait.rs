//! Waiting for a group that its platform is still making.

use std::time::Duration;

use store::{Store, params};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::State;
use crate::domain::{Error, Refusal, Tenant};

/// At most this often is the row looked at, however often the feed moves.
const PAUSE: Duration = Duration::from_millis(20);

store::record! {
    struct StateOf {
        state: State,
    }
}

async fn state(store: &Store, tenant: &Tenant, group: Uuid) -> Result<State, Error> {
    let row: Option<StateOf> = store
        .query_opt(
            "SELECT state FROM chat_group WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), group],
        )
        .await?;
    Ok(row.ok_or(Refusal::GroupNotExist)?.state)
}

/// The group's state once it is made or failed, or the state it is in when patience is out. Whichever process makes the
/// group, its change moves the feed, and that wakes us.
pub async fn until_made(
    store: &Store,
    tenant: &Tenant,
    group: Uuid,
    patience: Duration,
) -> Result<State, Error> {
    let deadline = Instant::now() + patience;
    let mut feed = store.feed_signal();
    loop {
        feed.mark_unchanged();
        let state = state(store, tenant, group).await?;
        if !state.is_being_made() || Instant::now() >= deadline {
            return Ok(state);
        }
        // Out of time and a closed feed both mean: one last look.
        let _ = timeout_at(deadline, feed.changed()).await;
        tokio::time::sleep_until(deadline.min(Instant::now() + PAUSE)).await;
    }
}
