//! The feed's past: events that nobody reads any more are deleted, a few at a time.

use store::{Error, Store};

/// How long an event is kept. What reads the feed begins at its end and is behind by seconds; a week lets one that was
/// stopped over long holidays go on where it was.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;
/// How many a unit may delete: other units wait for it.
const ROWS: u32 = 2000;
/// How long after a unit that deleted something the next one follows. That is more each hour than a busy day makes.
const NEXT_MS: i64 = 1000;
/// How long after one that found nothing.
const PAUSE_MS: i64 = 600_000;

/// When to look again.
#[derive(Debug, Default)]
pub(super) struct Pruning {
    /// Milliseconds since 1970; at once when it begins.
    due_ms: i64,
}

impl Pruning {
    /// Deletes what is too old at `now_ms`, one unit of it, if it is time to look; how many. Several processes may do so at
    /// once: what one has deleted the others do not find.
    pub(super) async fn look(&mut self, store: &Store, now_ms: i64) -> Result<u64, Error> {
        // A clock that was set back shall not put it off for as long.
        let wait_ms = self.due_ms.saturating_sub(now_ms);
        if wait_ms > 0 && wait_ms <= PAUSE_MS {
            return Ok(0);
        }
        self.due_ms = now_ms.saturating_add(PAUSE_MS);
        let gone = store.feed_prune(now_ms.saturating_sub(KEPT_MS), ROWS).await?;
        if gone > 0 {
            self.due_ms = now_ms.saturating_add(NEXT_MS);
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use store::{Cursor, Event, Location, Options};

    use super::*;
    use crate::app::open::MIGRATIONS;

    async fn emit(store: &Store, at_ms: i64, count: u32) {
        let unit = move |tx: &mut store::Tx<'_>| {
            let event = Event { tenant_id: 1, kind: "test", subject: "s", body: "{}", at_ms };
            (0..count).try_for_each(|_| tx.emit(event))
        };
        store.write("test", unit).await.expect("written");
    }

    async fn left(store: &Store) -> Vec<i64> {
        let changes = store.feed_after(Cursor::START, 100_000).await.expect("read");
        changes.iter().map(|change| change.at_ms).collect()
    }

    #[tokio::test]
    async fn an_event_goes_when_it_is_older_than_a_week_and_many_go_by_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::new(Location::Sqlite(folder.path().join("db")));
        let store = Store::open(options, "laqun", MIGRATIONS).await.expect("opened");
        emit(&store, 0, 1).await;
        emit(&store, 1, ROWS).await;
        emit(&store, 5, 1).await;
        let mut pruning = Pruning::default();
        let mut look = async |now_ms| pruning.look(&store, now_ms).await.expect("looked");
        assert_eq!(look(KEPT_MS).await, 0, "a week old, not older");
        assert_eq!(look(KEPT_MS + PAUSE_MS - 1).await, 0, "not looked at yet");
        let now_ms = KEPT_MS + PAUSE_MS;
        emit(&store, now_ms, 1).await;
        assert_eq!(look(now_ms).await, u64::from(ROWS), "as many as a unit may");
        assert_eq!(look(now_ms).await, 0, "others have their turn");
        assert_eq!(look(now_ms + NEXT_MS).await, 2);
        assert_eq!(left(&store).await, [now_ms]);
        assert_eq!(look(now_ms + 2 * NEXT_MS).await, 0);
        // The clock was far ahead, and is set back.
        emit(&store, 0, 1).await;
        assert_eq!(look(KEPT_MS - PAUSE_MS).await, 0, "looked, and nothing is a week old then");
        assert_eq!(look(KEPT_MS - 1).await, 0);
        assert_eq!(look(KEPT_MS + 1).await, 1, "not put off until the time that the clock once showed");
        store.close().await;
    }
}
