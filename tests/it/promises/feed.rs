//! The feed does not grow for ever.

use std::time::{Duration, Instant};

use crate::{
    harness::{Engine, Server, now_ms},
    migrations::raw::Raw,
};

/// More than one unit deletes.
const OLD: u32 = 4500;
const DAY_MS: i64 = 24 * 3_600_000;

#[tokio::test]
async fn a_server_that_works_deletes_events_that_are_older_than_a_week_and_no_others() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let raw = Raw::of(&server);
        let of_today = raw.count("SELECT COUNT(*) FROM store_feed").await;
        assert!(of_today > 0, "the demo's group is an event");
        for (kind, count, days) in [("old", OLD, 8), ("young", 3, 6)] {
            raw.load(&format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
                 INSERT INTO store_feed (tenant_id, kind, subject, body, at_ms)
                 SELECT 1, '{kind}', 's', '{{}}', {} FROM n",
                now_ms() - days * DAY_MS
            ))
            .await;
        }
        server.restart();
        let began = Instant::now();
        while raw.count("SELECT COUNT(*) FROM store_feed WHERE kind = 'old'").await > 0 {
            assert!(began.elapsed() < Duration::from_mins(2), "{engine:?}: old events stay");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(raw.count("SELECT COUNT(*) FROM store_feed").await, of_today + 3, "{engine:?}");
    }
}
