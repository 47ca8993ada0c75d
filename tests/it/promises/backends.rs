//! PostgreSQL goes away in the middle of a storm: calls are answered, or told to come again, and never lied to.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    cluster::Cluster,
    crashes::{STAFF, Told, ask},
    stored,
};
use crate::harness::{Engine, Server};

const CALLS: usize = 600;
const BLOWS: usize = 5;
/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(2);

/// Every call is made until it succeeds; after each sixth of them `blow` falls.
async fn storm(server: &Server, blow: impl AsyncFn()) {
    for name in &STAFF[1..] {
        server.admin_json("staff add", &[name, "--name", name]);
    }
    let told = Arc::new(Told::default());
    let (next, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let (caller, told) = (server.caller(), Arc::clone(&told));
        let (next, refused) = (Arc::clone(&next), Arc::clone(&refused));
        callers.spawn(async move {
            let deadline = Instant::now() + DEADLINE;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= CALLS {
                    return;
                }
                let (case_id, staff) = (format!("b{}", n / STAFF.len()), STAFF[n % STAFF.len()]);
                while !ask(&caller, &told, &case_id, staff, "111").await.expect("the server stays up") {
                    assert!(Instant::now() < deadline, "{case_id} is refused for good");
                    refused.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(10)).await;
                }
            }
        });
    }
    for number in 1..=BLOWS {
        while told.answers() < CALLS * number / (BLOWS + 1) && !callers.is_empty() {
            sleep(Duration::from_millis(1)).await;
            if let Some(ended) = callers.try_join_next() {
                ended.expect("no caller was lied to");
            }
        }
        blow().await;
    }
    while let Some(ended) = callers.join_next().await {
        ended.expect("no caller was lied to");
    }
    println!("{} calls were told to come again", refused.load(Ordering::Relaxed));
    let live = stored::live_groups(server).await;
    let groups = told.groups();
    assert_eq!(groups.len(), CALLS / STAFF.len());
    for (case_id, team_group_id) in &groups {
        assert_eq!(live.get(case_id), Some(team_group_id), "{case_id}");
    }
    stored::assert_whole(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_terminated_in_a_storm_lose_nothing_that_was_answered() {
    if Engine::all().contains(&Engine::Postgres) {
        let server = Server::start(Engine::Postgres).await;
        let database = server.database.clone().expect("on PostgreSQL");
        storm(&server, async || {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            assert!(!stored::postgres_rows(&database, sql).await.is_empty(), "somebody was connected");
        })
        .await;
    }
}

/// A backend that dies makes PostgreSQL throw everybody out and recover from its log.
#[tokio::test(flavor = "multi_thread")]
async fn a_backend_killed_in_a_storm_loses_nothing_that_was_answered() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    let server = Server::start_on(cluster.address.clone());
    storm(&server, async || {
        let Some(pid) = writing_backend(&cluster.address).await else { return };
        // It may have ended by itself meanwhile.
        let _ = Command::new("kill").args(["-9", &pid]).status();
    })
    .await;
}

/// One of the server's connections; none while PostgreSQL recovers from the blow before.
async fn writing_backend(address: &str) -> Option<String> {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.ok()?;
    let driver = tokio::spawn(connection);
    let sql =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
               ORDER BY state_change DESC LIMIT 1";
    let found = client.query_opt(sql, &[]).await.ok().flatten().map(|row| row.get::<_, i32>(0).to_string());
    drop(client);
    let _ = driver.await;
    found
}
