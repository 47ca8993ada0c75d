//! A conversation from its beginning to its end, in the order of time, a page at a time.

use std::collections::VecDeque;

use store::{Store, params};
use uuid::Uuid;

use super::{Entry, View, page};
use crate::domain::{Error, Refusal, Tenant};

store::record! {
    /// The group that it is of.
    pub struct Of {
        /// Its name.
        pub title: String,
        /// Its ticket.
        pub case_id: String,
        /// Its channel: whose clock counts.
        pub channel_id: Uuid,
    }
}

/// The group that a transcript is of.
pub async fn of(store: &Store, tenant: &Tenant, group: Uuid) -> Result<Of, Error> {
    let sql = "SELECT title, case_id, channel_id FROM chat_group WHERE tenant_id = $1 AND id = $2";
    let found = store.query_opt(sql, params![tenant.id(), group]).await?;
    Ok(found.ok_or(Refusal::GroupNotExist)?)
}

/// Reads the lanes of a group side by side. It holds one page of each.
#[derive(Debug)]
pub struct Transcript {
    tenant_id: i64,
    group: Uuid,
    lanes: Vec<LaneReader>,
}

#[derive(Debug)]
struct LaneReader {
    view: View,
    after: i64,
    read: VecDeque<Entry>,
    more: bool,
}

impl Transcript {
    /// Of what these views let through.
    pub fn new(tenant: &Tenant, group: Uuid, views: impl IntoIterator<Item = View>) -> Self {
        let lane = |view: View| LaneReader { view, after: view.from(), read: VecDeque::new(), more: true };
        Self { tenant_id: tenant.id(), group, lanes: views.into_iter().map(lane).collect() }
    }

    /// The next entries; none at the end. Of two lanes the earlier entry comes first; within a lane their numbers decide.
    pub async fn next(&mut self, store: &Store) -> Result<Vec<Entry>, Error> {
        let mut out = Vec::new();
        loop {
            for lane in &mut self.lanes {
                if lane.read.is_empty() && lane.more {
                    if !out.is_empty() {
                        return Ok(out);
                    }
                    let page =
                        page::after(store, self.tenant_id, self.group, lane.view, lane.after, page::PAGE_MAX)
                            .await?;
                    lane.more = page.more;
                    lane.after = page.entries.last().map_or(lane.after, |entry| entry.seq);
                    lane.read = page.entries.into();
                }
            }
            let first = self.lanes.iter_mut().filter(|lane| !lane.read.is_empty());
            let Some(lane) = first.min_by_key(|lane| lane.read.front().map(|entry| entry.at)) else {
                return Ok(out);
            };
            out.extend(lane.read.pop_front());
        }
    }
}
