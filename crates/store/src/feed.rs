//! The change feed: what happened, in an order that never changes behind a reader's back.

use std::fmt;
use std::str::FromStr;

use crate::{Engine, Error, Store, Tx, params};

/// Something that happened; written by the unit of work that made it happen.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Whose.
    pub tenant_id: i64,
    /// What, as `noun.verb`.
    pub kind: &'a str,
    /// To what: the id by which readers filter.
    pub subject: &'a str,
    /// Particulars, JSON.
    pub body: &'a str,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// A place in the feed. Readers keep it and hand it back; its text form (`xid.seq`) may leave the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cursor {
    /// PostgreSQL: the writing transaction. SQLite: always 0.
    xid: i64,
    /// The row.
    seq: i64,
}

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self { xid: 0, seq: 0 };
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.xid, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('.').and_then(|(xid, seq)| Some((xid.parse().ok()?, seq.parse().ok()?)));
        parts.map(|(xid, seq)| Self { xid, seq }).ok_or_else(|| Error::Cursor(text.to_owned()))
    }
}

/// An event as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Hand this to [`Store::feed_after`] to go on behind this event.
    pub cursor: Cursor,
    /// Whose.
    pub tenant_id: i64,
    /// What.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Particulars, JSON.
    pub body: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

crate::record! {
    struct Line { xid: i64, seq: i64, tenant_id: i64, kind: String, subject: String, body: String, at_ms: i64 }
}

/// On PostgreSQL a row is read only when every transaction older than its own has ended, and in the order of
/// (transaction, row). A sequence number is taken before its commit: ordered by it alone, a row committed late under a
/// low number would be skipped. Even with the bound on the transaction a cursor of `seq` alone would skip rows: the older
/// transaction may hold the higher number.
fn after(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT 0 AS xid, seq, tenant_id, kind, subject, body, at_ms FROM store_feed \
             WHERE seq > $2 AND $1 = 0 ORDER BY seq LIMIT $3"
        }
        Engine::Postgres => {
            "SELECT xid, seq, tenant_id, kind, subject, body, at_ms FROM store_feed \
             WHERE (xid, seq) > ($1, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot()) \
             ORDER BY xid, seq LIMIT $3"
        }
    }
}

fn head(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT 0, COALESCE(MAX(seq), 0) FROM store_feed",
        // All that is older than the oldest running transaction is past; all that will be readable is not older.
        Engine::Postgres => {
            "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) - 1, 9223372036854775807"
        }
    }
}

impl Tx<'_> {
    /// Writes an event; readers see it after the commit, never without it.
    pub fn emit(&mut self, event: Event<'_>) -> Result<(), Error> {
        const EMIT: &str =
            "INSERT INTO store_feed (tenant_id, kind, subject, body, at_ms) VALUES ($1, $2, $3, $4, $5)";
        let Event { tenant_id, kind, subject, body, at_ms } = event;
        self.wakes.feed = true;
        self.put(EMIT, params![tenant_id, kind, subject, body, at_ms])
    }
}

impl Store {
    /// Up to `limit` events behind `cursor`, oldest first. An event appears when every older transaction has ended
    /// (PostgreSQL: of any database of that server, so a transaction held open elsewhere delays the feed, it never loses).
    pub async fn feed_after(&self, cursor: Cursor, limit: u32) -> Result<Vec<Change>, Error> {
        let lines: Vec<Line> =
            self.query(after(self.engine()), params![cursor.xid, cursor.seq, limit]).await?;
        let change = |line: Line| Change {
            cursor: Cursor { xid: line.xid, seq: line.seq },
            tenant_id: line.tenant_id,
            kind: line.kind,
            subject: line.subject,
            body: line.body,
            at_ms: line.at_ms,
        };
        Ok(lines.into_iter().map(change).collect())
    }

    /// The place behind everything that can be read now: where a reader begins that does not want the past.
    pub async fn feed_head(&self) -> Result<Cursor, Error> {
        let head: Option<(i64, i64)> = self.query_opt(head(self.engine()), &[]).await?;
        Ok(head.map_or(Cursor::START, |(xid, seq)| Cursor { xid, seq }))
    }

    /// Deletes up to `limit` of the oldest events that are older than `before_ms`; returns how many.
    pub async fn feed_prune(&self, before_ms: i64, limit: u32) -> Result<u64, Error> {
        const PRUNE: &str = "DELETE FROM store_feed WHERE at_ms < $1 \
            AND seq IN (SELECT seq FROM store_feed ORDER BY seq LIMIT $2)";
        self.write("store.feed_prune", move |tx| tx.exec(PRUNE, params![before_ms, limit])).await
    }
}
