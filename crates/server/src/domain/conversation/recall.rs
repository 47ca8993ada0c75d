//! Taking a message back: an entry of its own, so that whoever comes back later learns of it.

use store::{Read, Store, Tx, params};
use uuid::Uuid;

use super::{Denied, Entry, Error, Kind, Lane, RECALL_MS, Seat, SeatKind, entry::Said, page, system::tell};
use crate::domain::{self, attachment, group::State};

store::record! {
    struct Look {
        state: State,
        member: String,
        active: bool,
        author: Option<Uuid>,
        kind: Kind,
        detail: String,
        file: Option<Uuid>,
        recalled_at: Option<i64>,
        at: i64,
    }
}

/// $1 tenant, $2 group, $3 person, $4 lane, $5 number.
const LOOK: &str = "SELECT g.state, p.state AS member, COALESCE(s.active, c.active, 1) AS active, m.author, m.kind, m.detail,
            m.file, m.recalled_at, m.at
     FROM chat_group g
     JOIN message m ON m.tenant_id = g.tenant_id AND m.group_id = g.id AND m.lane = $4 AND m.seq = $5
     JOIN group_member p ON p.tenant_id = g.tenant_id AND p.group_id = g.id AND p.person_id = $3
     LEFT JOIN staff s ON s.tenant_id = p.tenant_id AND s.id = p.person_id
     LEFT JOIN customer c ON c.tenant_id = p.tenant_id AND c.id = p.person_id
     WHERE g.tenant_id = $1 AND g.id = $2";

/// Who took back all that waited for an answer waits for none: $1 tenant, $2 group. It looks at what was said since the last
/// word of staff.
const NOBODY_WAITS: &str = "UPDATE chat_group SET unanswered_since = NULL
     WHERE tenant_id = $1 AND id = $2 AND unanswered_since IS NOT NULL
       AND NOT EXISTS (
         SELECT 1 FROM message m
         WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.lane = 'customer'
           AND m.seq > COALESCE((SELECT a.seq FROM message a
                                 WHERE a.tenant_id = $1 AND a.group_id = $2 AND a.lane = 'customer'
                                   AND a.author_kind = 'staff' AND a.kind <> 'recall' ORDER BY a.seq DESC LIMIT 1), 0)
           AND m.at >= chat_group.unanswered_since AND m.author_kind IN ('customer', 'guest') AND m.recalled_at IS NULL
           AND m.kind IN ('text', 'image', 'file', 'voice'))";

/// How often a recall that meets a change begins anew.
const ATTEMPTS: u32 = 4;

/// Takes back a message that this person sent within [`RECALL_MS`]: its words and its file are gone, what is left says so.
/// Returns the entry that tells of it; asked for again, the same one.
pub async fn recall(store: &Store, seat: &Seat, lane: Lane, seq: i64, now_ms: i64) -> Result<Entry, Error> {
    let view = seat.view(lane).ok_or(Denied::Lane)?;
    if seq <= view.from() {
        return Err(Denied::NotFound.into());
    }
    for _ in 0..ATTEMPTS {
        let look: Option<Look> = store.query_opt(LOOK, &looking(seat, lane, seq)).await?;
        let look = look.ok_or(Denied::NotFound)?;
        let told = if look.author == Some(seat.person) && look.recalled_at.is_some() {
            told(store, seat, lane, seq).await?
        } else {
            check(&look, seat, now_ms)?;
            let seat = seat.clone();
            let unit = move |tx: &mut Tx<'_>| write(tx, &seat, lane, seq, now_ms);
            match store.write("message.recall", unit).await {
                Ok(told) => told,
                Err(Error::Failed(domain::Error::Stale)) => continue,
                Err(error) => return Err(error),
            }
        };
        let entry = page::one(store, seat.tenant.id(), seat.group, view, told).await?;
        return Ok(entry.ok_or(domain::Error::Stale)?);
    }
    Err(domain::Error::Stale.into())
}

fn looking(seat: &Seat, lane: Lane, seq: i64) -> [store::Param<'static>; 5] {
    [seat.tenant.id().into(), seat.group.into(), seat.person.into(), lane.word().into(), seq.into()]
}

fn check(look: &Look, seat: &Seat, now_ms: i64) -> Result<(), Denied> {
    if look.member == "removed" || look.member == "left" || !look.active {
        return Err(Denied::Removed);
    }
    if look.author != Some(seat.person) {
        return Err(Denied::NotYours);
    }
    if !look.kind.is_said() {
        return Err(Denied::NotFound);
    }
    if !look.state.is_open() && look.state != State::Closing {
        return Err(Denied::State(look.state));
    }
    if now_ms - look.at > RECALL_MS {
        return Err(Denied::TooLate);
    }
    Ok(())
}

store::record! {
    struct Number {
        seq: i64,
    }
}

/// The number of the entry that tells of a recall: it stands within minutes of what it took back.
async fn told(store: &Store, seat: &Seat, lane: Lane, of: i64) -> Result<i64, Error> {
    let sql = "SELECT seq FROM message WHERE tenant_id = $1 AND group_id = $2 AND lane = $3 AND seq > $4
                 AND kind = 'recall' AND quote = $4 ORDER BY seq LIMIT 1";
    let found: Option<Number> =
        store.query_opt(sql, params![seat.tenant.id(), seat.group, lane.word(), of]).await?;
    Ok(found.ok_or(Denied::NotFound)?.seq)
}

/// Takes the lane's next number of a group that is not sealed.
const fn take(lane: Lane) -> &'static str {
    match lane {
        Lane::Internal => {
            "UPDATE chat_group SET internal_seq = internal_seq + 1, updated_at = $3
             WHERE tenant_id = $1 AND id = $2 AND state IN ('active', 'waiting_customer', 'closing')
             RETURNING internal_seq AS seq"
        }
        Lane::Customer => {
            "UPDATE chat_group SET customer_seq = customer_seq + 1, updated_at = $3
             WHERE tenant_id = $1 AND id = $2 AND state IN ('active', 'waiting_customer', 'closing')
             RETURNING customer_seq AS seq"
        }
    }
}

fn write(tx: &mut Tx<'_>, seat: &Seat, lane: Lane, of: i64, now_ms: i64) -> Result<i64, Error> {
    let (tenant_id, group) = (seat.tenant.id(), seat.group);
    let taken: Option<Number> = tx.one(take(lane), params![tenant_id, group, now_ms])?;
    let Number { seq } = taken.ok_or(domain::Error::Stale)?;
    let look: Option<Look> = tx.one(LOOK, &looking(seat, lane, of))?;
    let look = look.ok_or(Denied::NotFound)?;
    if look.recalled_at.is_some() {
        return Err(domain::Error::Stale.into());
    }
    check(&look, seat, now_ms)?;
    let said: Said = serde_json::from_str(&look.detail).unwrap_or_default();
    let said = serde_json::json!(Said { mentions: Vec::new(), ..said }).to_string();
    tx.put(
        "UPDATE message SET body = '', detail = $5, recalled_at = $6
         WHERE tenant_id = $1 AND group_id = $2 AND lane = $3 AND seq = $4",
        params![tenant_id, group, lane.word(), of, &said, now_ms],
    )?;
    if let Some(file) = look.file {
        attachment::recalled(tx, &seat.tenant, group, file)?;
    }
    tx.put(
        "INSERT INTO message (tenant_id, group_id, lane, seq, kind, author, author_kind, client_id, body, detail, quote,
                              file, recalled_at, at)
         VALUES ($1, $2, $3, $4, 'recall', $5, $6, NULL, '', $7, $8, NULL, NULL, $9)",
        params![tenant_id, group, lane.word(), seq, seat.person, seat.kind.word(), &said, of, now_ms],
    )?;
    if lane == Lane::Customer && seat.kind != SeatKind::Staff {
        tx.put(NOBODY_WAITS, params![tenant_id, group])?;
    }
    tell(tx, tenant_id, group, now_ms, "message.recalled", lane, seq)?;
    Ok(seq)
}
