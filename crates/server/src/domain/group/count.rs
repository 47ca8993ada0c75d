//! How many groups there are, by state, at a cost that does not grow with their number.
//!
//! Rows in other states than an open group's have an index of their own and are counted there. All rows together are counted
//! on from where the last count ended: ids are in the order of time, and what is a minute old stays counted.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use store::{Read, Store, params};
use uuid::Uuid;

use super::State;
use crate::domain::{Error, Tenant};

/// Rows that are counted at a time, so that the first count of many does not hold a reader for long.
const SLICE: i64 = 20_000;
/// Pause between two slices: counting is never in a hurry.
const PAUSE: Duration = Duration::from_millis(20);
/// After that time no id comes that is older: a click is committed, or given up, within it.
const SETTLED_MS: i64 = 60_000;
/// After that time all is counted afresh: what retention removed is not counted for ever.
const AFRESH: Duration = Duration::from_hours(6);

/// What was counted, and how far.
#[derive(Debug, Default)]
pub struct Count {
    tenants: HashMap<i64, Counted>,
}

#[derive(Debug)]
struct Counted {
    /// Up to this id, itself included.
    upto: Uuid,
    groups: i64,
    began: Instant,
}

/// Groups by state. What is open is one: people can talk in it, whoever has to answer next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByState {
    /// Active, or waiting for the customer.
    pub open: i64,
    /// The others.
    pub others: Vec<(State, i64)>,
}

impl Count {
    /// Counts the groups of these tenants.
    pub async fn by_state(
        &mut self,
        store: &Store,
        tenants: &[Tenant],
        now_ms: i64,
    ) -> Result<ByState, Error> {
        let mut others: Vec<(State, i64)> =
            State::ALL.into_iter().filter(|state| !state.is_open()).map(|state| (state, 0)).collect();
        let mut all = 0;
        for tenant in tenants {
            all += self.all(store, tenant, now_ms).await?;
            for (state, count) in in_other_states(store, tenant).await? {
                others.iter_mut().filter(|(known, _)| *known == state).for_each(|(_, total)| *total += count);
            }
        }
        let closed: i64 = others.iter().map(|(_, count)| count).sum();
        // Two statements, two moments: one that closed between them must not make this negative.
        Ok(ByState { open: (all - closed).max(0), others })
    }

    /// All groups of a tenant.
    async fn all(&mut self, store: &Store, tenant: &Tenant, now_ms: i64) -> Result<i64, Error> {
        const BOUND: &str =
            "SELECT id FROM chat_group WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT 1 OFFSET $3";
        const REST: &str = "SELECT COUNT(*) FROM chat_group WHERE tenant_id = $1 AND id > $2";
        let fresh = || Counted { upto: Uuid::nil(), groups: 0, began: Instant::now() };
        let counted = self.tenants.entry(tenant.id()).or_insert_with(fresh);
        if counted.began.elapsed() > AFRESH {
            *counted = fresh();
        }
        let tenant_id = tenant.id();
        loop {
            let upto = counted.upto;
            let bound = move |read: &mut store::Reader<'_>| {
                read.one::<(Uuid,)>(BOUND, params![tenant_id, upto, SLICE - 1])
            };
            match store.read("group.count_slice", bound).await? {
                Some((bound,)) if made_ms(bound) < now_ms - SETTLED_MS => {
                    counted.upto = bound;
                    counted.groups += SLICE;
                    tokio::time::sleep(PAUSE).await;
                }
                _ => break,
            }
        }
        let upto = counted.upto;
        let rest = move |read: &mut store::Reader<'_>| read.one::<(i64,)>(REST, params![tenant_id, upto]);
        let rest = store.read("group.count_rest", rest).await?.map_or(0, |(rest,)| rest);
        Ok(counted.groups + rest)
    }
}

/// Through the index on state, which open groups are not in.
async fn in_other_states(store: &Store, tenant: &Tenant) -> Result<Vec<(State, i64)>, Error> {
    const OTHERS: &str = "SELECT state, COUNT(*) AS groups FROM chat_group \
        WHERE tenant_id = $1 AND state <> 'active' AND state <> 'waiting_customer' GROUP BY state";
    let tenant_id = tenant.id();
    let count = move |read: &mut store::Reader<'_>| read.all::<(State, i64)>(OTHERS, params![tenant_id]);
    Ok(store.read("group.count_others", count).await?)
}

/// When a UUIDv7 was made, milliseconds since 1970.
fn made_ms(id: Uuid) -> i64 {
    i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX)
}
