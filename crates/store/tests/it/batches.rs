//! Units that share a commit: the queue, its bound, failed commits, row locks.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;

use store::{Error, Location, Read as _, Store, Tx, params};

use crate::place::{DEADLINE, Place, SCHEMA, on_both};
use crate::units::count;

on_both!(
    a_full_queue_answers_at_once,
    a_failed_commit_is_answered_truthfully,
    numbers_are_gapless_under_contention,
    one_winner_among_many,
    closing_finishes_what_was_accepted,
    what_nobody_waits_for_is_dropped,
    two_stores_on_one_database,
);

/// Holds a writer inside a unit until opened.
#[derive(Default)]
pub(crate) struct Gate(Mutex<(bool, bool)>, Condvar);

impl Gate {
    /// Called inside the unit: says that it is there, and waits.
    pub(crate) fn pass(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        self.1.notify_all();
        drop(self.1.wait_timeout_while(state, DEADLINE, |state| !state.1).unwrap());
    }

    /// Waits until a unit is held.
    pub(crate) async fn held(self: &Arc<Self>) {
        let gate = self.clone();
        let wait = move || {
            let state = gate.0.lock().unwrap();
            drop(gate.1.wait_timeout_while(state, DEADLINE, |state| !state.0).unwrap());
        };
        tokio::task::spawn_blocking(wait).await.unwrap();
    }

    pub(crate) fn open(&self) {
        self.0.lock().unwrap().1 = true;
        self.1.notify_all();
    }
}

type Answer<T> = tokio::task::JoinHandle<Result<T, Error>>;

fn ask<T: Send + 'static>(
    store: &Store,
    unit: impl Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> Answer<T> {
    let store = store.clone();
    tokio::spawn(async move { store.write("asked", unit).await })
}

fn hold(store: &Store) -> (Arc<Gate>, Answer<()>) {
    let gate = Arc::new(Gate::default());
    let held = gate.clone();
    let answer = ask(store, move |_| {
        held.pass();
        Ok(())
    });
    (gate, answer)
}

/// Waits until so many units are queued.
async fn queued(store: &Store, wanted: usize) {
    while store.stats().queued < wanted {
        tokio::task::yield_now().await;
    }
}

async fn single(place: &Place, capacity: usize) -> Store {
    let mut options = place.options();
    options.writers = 1;
    options.queue_capacity = capacity;
    Store::open(options, "story", SCHEMA).await.unwrap()
}

fn add(tx: &mut Tx<'_>, id: i64) -> Result<u64, Error> {
    tx.exec("INSERT INTO parent (id) VALUES ($1)", params![id])
}

async fn a_full_queue_answers_at_once(place: Place) {
    let store = single(&place, 4).await;
    let (gate, first) = hold(&store);
    gate.held().await;
    let waiting: Vec<_> = (0..4).map(|id| ask(&store, move |tx| add(tx, id))).collect();
    queued(&store, 4).await;
    // The writer is held: an answer that comes at all comes without waiting for it.
    let refused: Result<u64, Error> = store.write("one too many", |tx| add(tx, 99)).await;
    assert!(matches!(refused, Err(Error::Busy { capacity: 4 })), "{refused:?}");
    assert!(refused.unwrap_err().is_retryable());
    // Reads do not wait behind writes either.
    assert_eq!(count(&store, "SELECT COUNT(*) FROM parent").await, 0);
    let read = store.read("look", |read| read.one::<(i64,)>("SELECT COUNT(*) FROM parent", &[]));
    assert_eq!(read.await.map_err(|error: Error| error.to_string()), Ok(Some((0,))));
    gate.open();
    first.await.unwrap().unwrap();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(count(&store, "SELECT COUNT(*) FROM parent").await, 4);
    store.close().await;
}

async fn a_failed_commit_is_answered_truthfully(place: Place) {
    let store = single(&place, 100).await;
    let (gate, first) = hold(&store);
    gate.held().await;
    // Checked at COMMIT only: child 3 points at no parent.
    let orphan = |tx: &mut Tx<'_>| tx.exec("INSERT INTO child (id, parent_id) VALUES (3, 77)", &[]);
    let mut answers = vec![];
    for id in 0..6 {
        answers.push(if id == 3 { ask(&store, orphan) } else { ask(&store, move |tx| add(tx, id)) });
        queued(&store, answers.len()).await;
    }
    gate.open();
    first.await.unwrap().unwrap();
    let mut promised = 0;
    for (id, answer) in answers.into_iter().enumerate() {
        match answer.await.unwrap() {
            Ok(_) => promised += 1,
            Err(Error::Sql { cause: store::SqlCause::ForeignKey, .. }) => {}
            Err(error) => panic!("{id}: {error}"),
        }
    }
    // The promise: what was answered is there, what was refused is not, whoever shared the commit.
    assert_eq!(count(&store, "SELECT COUNT(*) FROM parent").await, promised);
    assert_eq!(count(&store, "SELECT COUNT(*) FROM child").await, 0);
    assert!(promised <= 5);
    // Alone it fails as well, and the next unit does not suffer from it.
    assert!(ask(&store, orphan).await.unwrap().is_err());
    ask(&store, |tx| add(tx, 100)).await.unwrap().unwrap();
    assert!(store.stats().failed >= 1);
    store.close().await;
}

async fn numbers_are_gapless_under_contention(place: Place) {
    const CHATS: i64 = 4;
    let store = place.open().await;
    let made: Result<(), Error> = store
        .write("chats", |tx| {
            (0..CHATS).try_for_each(|id| tx.put("INSERT INTO chat (id) VALUES ($1)", params![id]))
        })
        .await;
    made.unwrap();
    // Each unit takes a number in two chats, in an order that provokes deadlocks.
    let answers: Vec<_> = (0..400_i64)
        .map(|turn| {
            let (one, two) = (turn % CHATS, (turn + 1 + turn / CHATS % (CHATS - 1)) % CHATS);
            ask(&store, move |tx| {
                for chat in [one, two] {
                    let seq = "UPDATE chat SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq";
                    let (seq,) = tx.one::<(i64,)>(seq, params![chat])?.expect("the chat is there");
                    tx.put("INSERT INTO line (chat_id, seq) VALUES ($1, $2)", params![chat, seq])?;
                }
                Ok(())
            })
        })
        .collect();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    let lines: Vec<(i64, i64, i64)> = store
        .query("SELECT chat_id, COUNT(*), MAX(seq) FROM line GROUP BY chat_id ORDER BY chat_id", &[])
        .await
        .unwrap();
    assert_eq!(lines.iter().map(|line| line.1).sum::<i64>(), 800);
    assert!(lines.iter().all(|line| line.1 == line.2), "gapless: {lines:?}");
    store.close().await;
}

async fn one_winner_among_many(place: Place) {
    let store = place.open().await;
    let answers: Vec<_> = (0..300_i64)
        .map(|turn| {
            ask(&store, move |tx| {
                let insert = "INSERT INTO note (id, body) VALUES ($1, 'the case') ON CONFLICT (body) DO NOTHING RETURNING id";
                let made = tx.one::<(i64,)>(insert, params![turn])?;
                let found = tx.one::<(i64,)>("SELECT id FROM note WHERE body = 'the case'", &[])?;
                Ok((made, found.expect("it was made by someone")))
            })
        })
        .collect();
    let mut winners = vec![];
    let mut seen = vec![];
    for answer in answers {
        let (made, found) = answer.await.unwrap().unwrap();
        winners.extend(made);
        seen.push(found);
    }
    assert_eq!(winners.len(), 1);
    assert!(seen.iter().all(|found| *found == winners[0]));
    store.close().await;
}

async fn closing_finishes_what_was_accepted(place: Place) {
    let store = single(&place, 1_000_000).await;
    let (gate, first) = hold(&store);
    gate.held().await;
    let answers: Vec<_> = (0..50).map(|id| ask(&store, move |tx| add(tx, id))).collect();
    queued(&store, 50).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    // Until the store is closed a late unit would wait for the gate like the others: it is asked and dropped.
    loop {
        let mut late = pin!(store.write("late", |tx| add(tx, 999)));
        if let Poll::Ready(answer) = poll_fn(|context| Poll::Ready(late.as_mut().poll(context))).await {
            assert!(matches!(answer, Err(Error::Closed)), "{answer:?}");
            break;
        }
        tokio::task::yield_now().await;
    }
    gate.open();
    closing.await.unwrap();
    first.await.unwrap().unwrap();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    let again = place.open().await;
    assert_eq!(count(&again, "SELECT COUNT(*) FROM parent WHERE id < 999").await, 50);
    again.close().await;
}

async fn what_nobody_waits_for_is_dropped(place: Place) {
    let store = single(&place, 100).await;
    let (gate, first) = hold(&store);
    gate.held().await;
    let left = ask(&store, |tx| add(tx, 1));
    queued(&store, 1).await;
    left.abort();
    assert!(left.await.is_err());
    gate.open();
    first.await.unwrap().unwrap();
    ask(&store, |tx| add(tx, 2)).await.unwrap().unwrap();
    let rows: Vec<(i64,)> = store.query("SELECT id FROM parent", &[]).await.unwrap();
    assert_eq!(rows, [(2,)]);
    store.close().await;
}

/// As the command line does while a server runs: SQLite's write lock is waited for, and nobody is told "busy".
async fn two_stores_on_one_database(place: Place) {
    let stores = [place.open().await, place.open().await];
    let answers: Vec<_> =
        (0..400_i64).map(|id| ask(&stores[usize::from(id % 2 == 0)], move |tx| add(tx, id))).collect();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(count(&stores[0], "SELECT COUNT(*) FROM parent").await, 400);
    if let Location::Sqlite(path) = &place.location {
        let raw = rusqlite::Connection::open(path).unwrap();
        raw.execute_batch("BEGIN IMMEDIATE; INSERT INTO parent (id) VALUES (1000)").unwrap();
        let waiting = ask(&stores[0], |tx| add(tx, 1001));
        while stores[0].stats().queued > 0 {
            tokio::task::yield_now().await;
        }
        raw.execute_batch("COMMIT").unwrap();
        waiting.await.unwrap().unwrap();
        assert_eq!(count(&stores[1], "SELECT COUNT(*) FROM parent").await, 402);
    }
    for store in stores {
        store.close().await;
    }
}
