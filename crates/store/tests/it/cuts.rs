//! Connections that are lost, at every stage of a unit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use store::{Error, Location, Read as _, Store, params};

use crate::place::{Place, SCHEMA, connect, on_postgres, with, word};
use crate::proxy::{CUT_AFTER, CUT_AFTER_AND_SHUT, CUT_BEFORE, OPEN, Proxy, SHUT};
use crate::units::count;

on_postgres!(
    cut_during_commit_is_asked_again,
    an_unknown_commit_is_said_to_be_unknown,
    cut_before_commit_is_run_again,
    queries_and_reads_outlive_a_cut,
    a_killed_backend_is_replaced,
    an_absent_server_is_said_to_be_absent,
);

/// A store whose connections go through a proxy; one writer, so that the next bytes are the unit's.
async fn through(place: &Place, patience: Duration) -> (Proxy, Store) {
    let address = place.address();
    let proxy = Proxy::start(format!("{}:{}", word(address, "host"), word(address, "port"))).await;
    let mut options = place.options();
    let address = with(&with(address, "host", "127.0.0.1"), "port", &proxy.port.to_string());
    options.location = Location::Postgres(address);
    options.writers = 1;
    options.patience = patience;
    let store = Store::open(options, "story", SCHEMA).await.unwrap();
    // Every statement prepared, and the other connections up and quiet.
    add(&store, 0, |_| {}, |_| {}).await.unwrap();
    count(&store, "SELECT COUNT(*) FROM note").await;
    let read = store.read("warm", |read| read.one::<(i64,)>("SELECT COUNT(*) FROM note", &[]));
    let _: Option<(i64,)> = read.await.map_err(|error: Error| error).unwrap();
    (proxy, store)
}

/// Adds a note idempotently; `early` is called before the first statement, `late` when only COMMIT is left. Both are given
/// how often the closure ran.
async fn add(
    store: &Store,
    id: i64,
    early: impl Fn(u32) + Send + 'static,
    late: impl Fn(u32) + Send + 'static,
) -> Result<u32, Error> {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let unit = move |tx: &mut store::Tx<'_>| {
        let run = counted.fetch_add(1, Ordering::SeqCst) + 1;
        early(run);
        tx.one::<(i64,)>("SELECT id FROM note WHERE id = $1", params![id])?;
        tx.exec("INSERT INTO note (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", params![id])?;
        late(run);
        Ok::<(), Error>(())
    };
    store.write("add", unit).await?;
    Ok(runs.load(Ordering::SeqCst))
}

async fn cut_during_commit_is_asked_again(place: Place) {
    let (proxy, store) = through(&place, Duration::from_secs(20)).await;
    for (id, cut) in [(1, CUT_AFTER), (2, CUT_BEFORE), (3, CUT_AFTER)] {
        let arm = proxy.clone();
        let runs = add(
            &store,
            id,
            |_| {},
            move |run| {
                if run == 1 {
                    arm.set(cut);
                }
            },
        )
        .await
        .unwrap();
        assert_eq!(runs, 2, "it was run again");
        assert_eq!(proxy.mode(), OPEN, "the cut took place");
        assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, id + 1);
    }
    assert_eq!(store.stats().reruns, 3);
    store.close().await;
}

async fn an_unknown_commit_is_said_to_be_unknown(place: Place) {
    let (proxy, store) = through(&place, Duration::from_millis(300)).await;
    let arm = proxy.clone();
    let unknown = add(
        &store,
        1,
        |_| {},
        move |run| {
            if run == 1 {
                arm.set(CUT_AFTER_AND_SHUT);
            }
        },
    )
    .await;
    assert!(matches!(unknown, Err(Error::UnknownCommit { unit: "add" })), "{unknown:?}");
    assert!(unknown.unwrap_err().is_retryable());
    // Here it had happened; asking again finds it so.
    let raw = connect(place.address()).await;
    let notes: i64 = raw.query_one("SELECT COUNT(*) FROM note WHERE id = 1", &[]).await.unwrap().get(0);
    assert_eq!(notes, 1);
    proxy.set(OPEN);
    while add(&store, 1, |_| {}, |_| {}).await.is_err() {}
    assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, 2);
    store.close().await;
}

async fn cut_before_commit_is_run_again(place: Place) {
    let (proxy, store) = through(&place, Duration::from_secs(20)).await;
    for (id, cut) in [(1, CUT_BEFORE), (2, CUT_AFTER)] {
        let arm = proxy.clone();
        let runs = add(
            &store,
            id,
            move |run| {
                if run == 1 {
                    arm.set(cut);
                }
            },
            |_| {},
        )
        .await
        .unwrap();
        assert_eq!(runs, 2);
    }
    assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, 3);
    store.close().await;
}

async fn queries_and_reads_outlive_a_cut(place: Place) {
    let (proxy, store) = through(&place, Duration::from_secs(20)).await;
    for _ in 0..3 {
        // Every connection that speaks is cut, and none accepted, until the query below has begun to suffer.
        proxy.set(SHUT);
        let asked = tokio::spawn({
            let store = store.clone();
            async move { count(&store, "SELECT COUNT(*) FROM note").await }
        });
        let read = tokio::spawn({
            let store = store.clone();
            let look = |read: &mut store::Reader<'_>| read.one::<(i64,)>("SELECT COUNT(*) FROM note", &[]);
            async move { store.read("look", look).await.map_err(|error: Error| error.to_string()) }
        });
        proxy.cut().await;
        proxy.set(OPEN);
        assert_eq!(asked.await.unwrap(), 1);
        assert_eq!(read.await.unwrap(), Ok(Some((1,))));
    }
    store.close().await;
}

async fn a_killed_backend_is_replaced(place: Place) {
    let store = place.open().await;
    let raw = connect(place.address()).await;
    for id in 0..5 {
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        raw.batch_execute(kill).await.unwrap();
        add(&store, id, |_| {}, |_| {}).await.unwrap();
        assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, id + 1);
    }
    store.close().await;
}

async fn an_absent_server_is_said_to_be_absent(place: Place) {
    let (proxy, store) = through(&place, Duration::from_millis(200)).await;
    proxy.set(SHUT);
    let asks: Vec<_> = (1..40)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { add(&store, id, |_| {}, |_| {}).await })
        })
        .collect();
    for ask in asks {
        let refused = ask.await.unwrap();
        // The first may have been under way in its COMMIT.
        assert!(matches!(refused, Err(Error::Unavailable(_) | Error::UnknownCommit { .. })), "{refused:?}");
    }
    let query = store.query::<(i64,)>("SELECT id FROM note", &[]).await;
    assert!(matches!(query, Err(Error::Unavailable(_))), "{query:?}");
    proxy.set(OPEN);
    while add(&store, 50, |_| {}, |_| {}).await.is_err() {}
    assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, 2);
    store.close().await;
}
