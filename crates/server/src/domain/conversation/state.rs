//! The conversation's part of the snapshot that a page begins with.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{Read, params};
use uuid::Uuid;

use super::{Lane, RECALL_MS, Seat, TEXT_MAX, View, mark};

/// Unread messages are counted up to here.
pub const UNREAD_MAX: i64 = 999;

/// A lane as one person finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LaneState {
    /// The number of its last entry; 0 where there is none.
    pub head: i64,
    /// How far the person has read.
    pub read: i64,
    /// How many messages of others the person has not read: [`UNREAD_MAX`] stands for that many or more.
    pub unread: i64,
    /// The person sees what is behind this number.
    pub from: i64,
}

/// What may be sent, for the page to say beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Characters of a message.
    pub text: usize,
    /// For how long a message can be recalled, milliseconds.
    pub recall_ms: i64,
}

/// All of it, for one person: of lanes that the person may not see there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// By lane.
    pub lanes: BTreeMap<Lane, LaneState>,
    /// How far the members have read, by lane and person.
    pub reads: BTreeMap<Lane, BTreeMap<Uuid, i64>>,
    /// What may be sent.
    pub limits: Limits,
}

/// Looks at the lanes that the person may see.
pub fn summary(reader: &mut impl Read, seat: &Seat) -> Result<Summary, store::Error> {
    let (mut lanes, mut reads) = (BTreeMap::new(), BTreeMap::new());
    for view in seat.views() {
        lanes.insert(view.lane(), lane(reader, seat, view)?);
        let marks = mark::list(reader, seat.tenant.id(), seat.group, view)?;
        reads.insert(view.lane(), marks.into_iter().map(|mark| (mark.person, mark.seq)).collect());
    }
    Ok(Summary { lanes, reads, limits: Limits { text: TEXT_MAX, recall_ms: RECALL_MS } })
}

store::record! {
    struct Heads {
        head: i64,
        read: Option<i64>,
    }
}

store::record! {
    struct Count {
        unread: i64,
    }
}

/// $1 tenant, $2 group, $3 person.
const fn heads(lane: Lane) -> &'static str {
    match lane {
        Lane::Customer => {
            "SELECT g.customer_seq AS head, r.seq AS read FROM chat_group g
             LEFT JOIN read_mark r ON r.tenant_id = g.tenant_id AND r.group_id = g.id AND r.lane = 'customer'
                                  AND r.person = $3
             WHERE g.tenant_id = $1 AND g.id = $2"
        }
        Lane::Internal => {
            "SELECT g.internal_seq AS head, r.seq AS read FROM chat_group g
             LEFT JOIN read_mark r ON r.tenant_id = g.tenant_id AND r.group_id = g.id AND r.lane = 'internal'
                                  AND r.person = $3
             WHERE g.tenant_id = $1 AND g.id = $2"
        }
    }
}

fn lane(reader: &mut impl Read, seat: &Seat, view: View) -> Result<LaneState, store::Error> {
    let (tenant_id, group, person) = (seat.tenant.id(), seat.group, seat.person);
    let found: Option<Heads> = reader.one(heads(view.lane()), params![tenant_id, group, person])?;
    let (head, read) = found.map_or((0, 0), |heads| (heads.head, heads.read.unwrap_or(0)));
    let count: Option<Count> = reader.one(
        "SELECT COUNT(*) AS unread FROM (
             SELECT 1 AS one FROM message WHERE tenant_id = $1 AND group_id = $2 AND lane = $3 AND seq > $4
                AND kind NOT IN ('system', 'recall') AND recalled_at IS NULL AND author <> $5 LIMIT $6) AS unseen",
        params![tenant_id, group, view.lane().word(), read.max(view.from()), person, UNREAD_MAX],
    )?;
    Ok(LaneState { head, read, unread: count.map_or(0, |count| count.unread), from: view.from() })
}
