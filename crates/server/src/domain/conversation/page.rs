//! Reading a conversation, a page at a time, through a view.

use store::{Read, Store, params};
use uuid::Uuid;

use super::{
    Entry, View,
    entry::{Row, select},
};
use crate::domain::Error;

/// The most entries of a page.
pub const PAGE_MAX: i64 = 200;

/// A page of a lane, the oldest entry first.
#[derive(Debug, Clone)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// There are more in the direction that was read.
    pub more: bool,
}

const BEFORE: &str = select!("AND m.seq < $5 ORDER BY m.seq DESC LIMIT $6");
const AFTER: &str = select!("AND m.seq > $5 ORDER BY m.seq LIMIT $6");
const ONE: &str = select!("AND m.seq = $5");

/// The newest entries before the number `before` (`i64::MAX` for the newest of all).
pub async fn before(
    store: &Store,
    tenant_id: i64,
    group: Uuid,
    view: View,
    before: i64,
    limit: i64,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let (lane, from) = (view.lane().word(), view.from());
    let rows = store.query(BEFORE, params![tenant_id, group, lane, from, before, limit + 1]).await?;
    let mut page = cut(rows, group, view, limit);
    page.entries.reverse();
    Ok(page)
}

/// The oldest entries after the number `after`.
pub async fn after(
    store: &Store,
    tenant_id: i64,
    group: Uuid,
    view: View,
    after: i64,
    limit: i64,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let (lane, from) = (view.lane().word(), view.from());
    let rows = store.query(AFTER, params![tenant_id, group, lane, from, after, limit + 1]).await?;
    Ok(cut(rows, group, view, limit))
}

/// [`after`] inside a unit or a snapshot.
pub fn read_after(
    reader: &mut impl Read,
    tenant_id: i64,
    group: Uuid,
    view: View,
    after: i64,
    limit: i64,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let (lane, from) = (view.lane().word(), view.from());
    let rows = reader.all(AFTER, params![tenant_id, group, lane, from, after, limit + 1])?;
    Ok(cut(rows, group, view, limit))
}

/// [`before`] inside a snapshot.
pub fn read_before(
    reader: &mut impl Read,
    tenant_id: i64,
    group: Uuid,
    view: View,
    before: i64,
    limit: i64,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let (lane, from) = (view.lane().word(), view.from());
    let rows = reader.all(BEFORE, params![tenant_id, group, lane, from, before, limit + 1])?;
    let mut page = cut(rows, group, view, limit);
    page.entries.reverse();
    Ok(page)
}

/// The entry of that number.
pub async fn one(
    store: &Store,
    tenant_id: i64,
    group: Uuid,
    view: View,
    seq: i64,
) -> Result<Option<Entry>, Error> {
    let (lane, from) = (view.lane().word(), view.from());
    let row: Option<Row> = store.query_opt(ONE, params![tenant_id, group, lane, from, seq]).await?;
    Ok(row.and_then(|row| row.entry(group, view)))
}

/// One row more than asked for was read: whether there are more.
fn cut(mut rows: Vec<Row>, group: Uuid, view: View, limit: i64) -> Page {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    Page { entries: rows.into_iter().filter_map(|row| row.entry(group, view)).collect(), more }
}
