//! How far people have read.

use store::{Read, Store, Tx, params};
use uuid::Uuid;

use super::{Denied, Error, Lane, Seat, View};

store::record! {
    /// How far a person has read in a lane.
    pub struct Mark {
        /// The member's `person_id`.
        pub person: Uuid,
        /// Everything up to this number.
        pub seq: i64,
    }
}

/// The person has read the lane up to `seq`: never further than its last entry, never back. Whether that is news. Work on
/// nothing new is a read.
pub async fn read(store: &Store, seat: &Seat, lane: Lane, seq: i64, now_ms: i64) -> Result<bool, Error> {
    seat.view(lane).ok_or(Denied::Lane)?;
    let sql = "SELECT person, seq FROM read_mark WHERE tenant_id = $1 AND group_id = $2 AND lane = $3 AND person = $4";
    let (tenant_id, group, person) = (seat.tenant.id(), seat.group, seat.person);
    let now: Option<Mark> = store.query_opt(sql, params![tenant_id, group, lane.word(), person]).await?;
    if seq <= now.map_or(0, |mark| mark.seq) {
        return Ok(false);
    }
    store.write("message.read", move |tx| write(tx, tenant_id, group, person, lane, seq, now_ms)).await
}

/// $1 tenant, $2 group, $3 person, $4 number, $5 time.
const fn mark(lane: Lane) -> &'static str {
    match lane {
        Lane::Customer => {
            "INSERT INTO read_mark (tenant_id, group_id, lane, person, seq, at)
             SELECT m.tenant_id, m.group_id, 'customer', m.person_id,
                    CASE WHEN g.customer_seq < $4 THEN g.customer_seq ELSE $4 END, CAST($5 AS BIGINT)
             FROM group_member m JOIN chat_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
             WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.person_id = $3 AND m.state <> 'removed'
             ON CONFLICT (tenant_id, group_id, lane, person) DO UPDATE SET seq = excluded.seq, at = excluded.at
             WHERE read_mark.seq < excluded.seq RETURNING person, seq"
        }
        Lane::Internal => {
            "INSERT INTO read_mark (tenant_id, group_id, lane, person, seq, at)
             SELECT m.tenant_id, m.group_id, 'internal', m.person_id,
                    CASE WHEN g.internal_seq < $4 THEN g.internal_seq ELSE $4 END, CAST($5 AS BIGINT)
             FROM group_member m JOIN chat_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
             WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.person_id = $3 AND m.state <> 'removed'
             ON CONFLICT (tenant_id, group_id, lane, person) DO UPDATE SET seq = excluded.seq, at = excluded.at
             WHERE read_mark.seq < excluded.seq RETURNING person, seq"
        }
    }
}

fn write(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    person: Uuid,
    lane: Lane,
    seq: i64,
    now_ms: i64,
) -> Result<bool, Error> {
    let moved: Option<Mark> = tx.one(mark(lane), params![tenant_id, group, person, seq, now_ms])?;
    let Some(Mark { seq, .. }) = moved else { return Ok(false) };
    let body = format!(r#"{{"lane":"{}","seq":{seq},"person":"{person}"}}"#, lane.word());
    let subject = group.to_string();
    tx.emit(store::Event { tenant_id, kind: "message.read", subject: &subject, body: &body, at_ms: now_ms })?;
    Ok(true)
}

/// How far the members of a group have read in a lane.
pub fn list(
    reader: &mut impl Read,
    tenant_id: i64,
    group: Uuid,
    view: View,
) -> Result<Vec<Mark>, store::Error> {
    reader.all(
        "SELECT r.person, r.seq FROM read_mark r
         JOIN group_member m ON m.tenant_id = r.tenant_id AND m.group_id = r.group_id AND m.person_id = r.person
         WHERE r.tenant_id = $1 AND r.group_id = $2 AND r.lane = $3 AND m.state <> 'removed'",
        params![tenant_id, group, view.lane().word()],
    )
}
