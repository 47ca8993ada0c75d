//! The change feed loses nothing, whoever commits when.

use std::collections::BTreeSet;

use store::{Change, Cursor, Error, Event, Store};
use tokio_postgres::AsyncMessage;

use crate::place::{Place, connect, on_both, on_postgres};

on_both!(every_event_once, refused_units_leave_no_event, old_events_are_pruned);
on_postgres!(
    a_transaction_held_open_loses_nothing,
    an_older_transaction_with_a_higher_number,
    others_are_told_after_the_commit,
);

async fn emit(store: &Store, subject: String) {
    let unit = move |tx: &mut store::Tx<'_>| {
        tx.emit(Event { tenant_id: 1, kind: "test", subject: &subject, body: "{}", at_ms: 5 })
    };
    let emitted: Result<(), Error> = store.write("emit", unit).await;
    emitted.unwrap();
}

fn subjects(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.subject.as_str()).collect()
}

const RAW: &str =
    "INSERT INTO store_feed (tenant_id, kind, subject, body, at_ms) VALUES (1, 'test', 'held', '{}', 5)";

async fn every_event_once(place: Place) {
    const EVENTS: usize = 600;
    let stores = [place.open().await, place.open().await];
    let follower = {
        let store = stores[0].clone();
        tokio::spawn(async move {
            let mut signal = store.feed_signal();
            let (mut cursor, mut seen) = (Cursor::START, Vec::new());
            while seen.len() < EVENTS {
                let changes = store.feed_after(cursor, 7).await.unwrap();
                if changes.is_empty() {
                    signal.changed().await.unwrap();
                }
                for change in changes {
                    assert!(change.cursor > cursor);
                    // Its text form comes back as the same place.
                    cursor = change.cursor.to_string().parse().unwrap();
                    seen.push(change.subject);
                }
            }
            seen
        })
    };
    let writers = (0..EVENTS).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move { emit(&store, format!("s{number}")).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let seen = follower.await.unwrap();
    assert_eq!(seen.len(), EVENTS);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), EVENTS);
    // A reader that begins now sees only what comes now.
    let head = loop {
        let head = stores[1].feed_head().await.unwrap();
        if stores[1].feed_after(head, 10).await.unwrap().is_empty() {
            break head;
        }
    };
    emit(&stores[0], "new".to_owned()).await;
    assert_eq!(subjects(&wait_for(&stores[1], head, 1).await), ["new"]);
    for store in stores {
        store.close().await;
    }
}

/// Reads behind `cursor` until so many events are there.
async fn wait_for(store: &Store, cursor: Cursor, count: usize) -> Vec<Change> {
    let mut signal = store.feed_signal();
    loop {
        let changes = store.feed_after(cursor, 1000).await.unwrap();
        if changes.len() >= count {
            return changes;
        }
        signal.changed().await.unwrap();
    }
}

async fn refused_units_leave_no_event(place: Place) {
    let store = place.open().await;
    let refused: Result<(), Error> = store
        .write("refuse", |tx| {
            tx.emit(Event { tenant_id: 1, kind: "test", subject: "never", body: "{}", at_ms: 5 })?;
            Err(Error::Closed)
        })
        .await;
    assert!(refused.is_err());
    emit(&store, "kept".to_owned()).await;
    let changes = wait_for(&store, Cursor::START, 1).await;
    assert_eq!(subjects(&changes), ["kept"]);
    assert_eq!((changes[0].tenant_id, changes[0].at_ms, changes[0].kind.as_str()), (1, 5, "test"));
    assert!(
        "".parse::<Cursor>().is_err() && "1".parse::<Cursor>().is_err() && "a.b".parse::<Cursor>().is_err()
    );
    store.close().await;
}

async fn old_events_are_pruned(place: Place) {
    let store = place.open().await;
    for number in 0..5 {
        emit(&store, format!("s{number}")).await;
    }
    assert_eq!(store.feed_prune(5, 100).await.unwrap(), 0);
    assert_eq!(store.feed_prune(6, 3).await.unwrap(), 3);
    assert_eq!(subjects(&wait_for(&store, Cursor::START, 2).await), ["s3", "s4"]);
    store.close().await;
}

/// The trap: the held transaction has taken number 1, later ones commit 2 and 3. A reader that trusted numbers would read 2
/// and 3, go on behind 3, and never see 1.
async fn a_transaction_held_open_loses_nothing(place: Place) {
    let store = place.open().await;
    let mut raw = connect(place.address()).await;
    let open = raw.transaction().await.unwrap();
    open.batch_execute(RAW).await.unwrap();
    emit(&store, "second".to_owned()).await;
    emit(&store, "third".to_owned()).await;
    assert_eq!(
        subjects(&store.feed_after(Cursor::START, 10).await.unwrap()),
        [""; 0],
        "not before the older one ended"
    );
    let head = store.feed_head().await.unwrap();
    open.commit().await.unwrap();
    let changes = wait_for(&store, Cursor::START, 3).await;
    assert_eq!(subjects(&changes), ["held", "second", "third"]);
    assert_eq!(wait_for(&store, head, 3).await.len(), 3, "the head taken meanwhile was before all three");
    store.close().await;
}

/// The second trap: the older transaction takes the *higher* number. A cursor that kept only the number, even with the bound
/// on the transaction, could pass it by.
async fn an_older_transaction_with_a_higher_number(place: Place) {
    let store = place.open().await;
    let mut raw = connect(place.address()).await;
    let older = raw.transaction().await.unwrap();
    older.batch_execute("SELECT pg_current_xact_id()").await.unwrap();
    let mut second = connect(place.address()).await;
    let newer = second.transaction().await.unwrap();
    newer.batch_execute(&RAW.replace("held", "newer, number 1")).await.unwrap();
    older.batch_execute(&RAW.replace("held", "older, number 2")).await.unwrap();
    older.commit().await.unwrap();
    let first = wait_for(&store, Cursor::START, 1).await;
    assert_eq!(subjects(&first), ["older, number 2"]);
    newer.commit().await.unwrap();
    assert_eq!(subjects(&wait_for(&store, first[0].cursor, 1).await), ["newer, number 1"]);
    store.close().await;
}

async fn others_are_told_after_the_commit(place: Place) {
    let store = place.open().await;
    let (client, mut connection) =
        tokio_postgres::connect(place.address(), tokio_postgres::NoTls).await.unwrap();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notice) = message {
                told.send(notice).unwrap();
            }
        }
    });
    client.batch_execute("LISTEN laqun_store").await.unwrap();
    // The notifier may still be connecting: the first commits may go untold, which the tick each second makes good.
    let notice = loop {
        emit(&store, "told".to_owned()).await;
        tokio::select! {
            notice = heard.recv() => break notice.unwrap(),
            () = tokio::time::sleep(std::time::Duration::from_millis(100)) => {}
        }
    };
    assert_eq!((notice.channel(), notice.payload()), ("laqun_store", ""));
    store.close().await;
}
