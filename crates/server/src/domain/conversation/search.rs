//! Finding words in a lane.

use store::{Read, Store, params};

use super::{Denied, Entry, Error, Lane, Seat, page};

/// The most characters of what is looked for.
pub const QUERY_MAX: usize = 100;
/// The most hits of one answer.
const HITS_MAX: usize = 50;
/// The most messages that one answer looks at.
const LOOK_MAX: i64 = 10_000;
/// How many are read at once.
const STEP: i64 = 500;

/// What was found.
#[derive(Debug, Clone)]
pub struct Hits {
    /// The messages, the newest first.
    pub hits: Vec<Entry>,
    /// Older messages were not looked at: ask again with this number as `before`.
    pub more: Option<i64>,
}

store::record! {
    struct Line {
        seq: i64,
        body: String,
        file: Option<String>,
    }
}

/// Messages before the number `before` whose text or file name has `query` in it, the newest first. Upper and lower case are
/// the same, for every script that has them: the comparing is done here, as the engines' own differ. One call looks at up to
/// 10,000 messages and finds up to 50, then says where to go on.
pub async fn search(store: &Store, seat: &Seat, lane: Lane, query: &str, before: i64) -> Result<Hits, Error> {
    let view = seat.view(lane).ok_or(Denied::Lane)?;
    let query = query.trim();
    if query.is_empty() || query.chars().count() > QUERY_MAX {
        return Err(Denied::Query.into());
    }
    let wanted = query.to_lowercase();
    let (tenant_id, group) = (seat.tenant.id(), seat.group);
    let found = store
        .read("message.search", move |r| {
            let (mut found, mut next, mut looked) = (Vec::new(), before, 0);
            loop {
                let lines: Vec<Line> = r.all(
                    "SELECT m.seq, m.body, f.name AS file FROM message m
                     LEFT JOIN attachment f ON f.tenant_id = m.tenant_id AND f.id = m.file
                     WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.lane = $3 AND m.seq > $4 AND m.seq < $5
                       AND m.kind NOT IN ('system', 'recall') AND m.recalled_at IS NULL
                     ORDER BY m.seq DESC LIMIT $6",
                    params![tenant_id, group, view.lane().word(), view.from(), next, STEP],
                )?;
                let Some(last) = lines.last().map(|line| line.seq) else {
                    break Ok::<_, Error>((found, None));
                };
                looked += STEP;
                for Line { seq, body, file } in lines {
                    let has = |text: &str| text.to_lowercase().contains(&wanted);
                    if has(&body) || file.as_deref().is_some_and(has) {
                        found.push(seq);
                    }
                    if found.len() == HITS_MAX {
                        break;
                    }
                }
                if found.len() == HITS_MAX {
                    let stopped = found.last().copied();
                    break Ok((found, stopped));
                }
                if looked >= LOOK_MAX {
                    break Ok((found, Some(last)));
                }
                next = last;
            }
        })
        .await;
    let (found, more) = found?;
    let mut hits = Vec::with_capacity(found.len());
    for seq in found {
        // Recalled meanwhile: it is no hit any more.
        let entry = page::one(store, tenant_id, group, view, seq).await?;
        hits.extend(entry.filter(|entry| !entry.recalled));
    }
    Ok(Hits { hits, more })
}
