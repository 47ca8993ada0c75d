//! What a unit of work, a read and a query are.

use std::sync::mpsc;

use store::{Error, Read as _, SqlCause, Store, params, record};
use uuid::Uuid;

use crate::place::{Place, on_both};

on_both!(
    values_survive,
    parameters_are_numbered_not_counted,
    errors_name_the_column,
    a_failure_cannot_be_swallowed,
    what_a_unit_refuses_is_not_kept,
    a_read_is_one_snapshot,
    causes_are_told_apart,
    many_queries_at_once,
);

record! { struct Note { id: i64, body: Option<String>, raw: Option<Vec<u8>>, size: Option<f64> } }

const ADD: &str = "INSERT INTO note (id, body, raw, size) VALUES ($1, $2, $3, $4)";

pub(crate) async fn count(store: &Store, sql: &'static str) -> i64 {
    store.query_opt::<(i64,)>(sql, &[]).await.unwrap().unwrap().0
}

async fn values_survive(place: Place) {
    let store = place.open().await;
    let id = Uuid::from_u128(0x0123_4567_89ab_cdef);
    let text = "拉群 🙂 'quoted' \"too\"".to_owned();
    let body = text.clone();
    let changed = store.write("add", move |tx| {
        tx.put(ADD, params![i64::MIN, &body, id, 1.5])?;
        tx.exec(ADD, params![i64::MAX, None::<&str>, None::<Uuid>, None::<f64>])
    });
    assert_eq!(changed.await.map_err(|error: Error| error.to_string()), Ok(1));
    let notes: Vec<Note> =
        store.query("SELECT id, body, raw, size FROM note ORDER BY id", &[]).await.unwrap();
    assert_eq!((notes[0].id, notes[1].id), (i64::MIN, i64::MAX));
    assert_eq!(notes[0].body.as_deref(), Some(text.as_str()));
    assert_eq!(notes[0].raw.as_deref(), Some(&id.as_bytes()[..]));
    assert_eq!(notes[0].size, Some(1.5));
    assert!(notes[1].body.is_none() && notes[1].raw.is_none() && notes[1].size.is_none());
    // The same through the other way of reading, decoded as other types.
    let sql = "SELECT raw, CASE WHEN size > 1 THEN 1 ELSE 0 END FROM note WHERE body = $1";
    let found: Option<(Uuid, bool)> =
        store.read("look", move |read| read.one(sql, params![&text])).await.map_err(|e: Error| e).unwrap();
    assert_eq!(found, Some((id, true)));
    store.close().await;
}

async fn parameters_are_numbered_not_counted(place: Place) {
    let store = place.open().await;
    // SQLite by itself numbers $n by first appearance: the text would get the id and the id the text.
    let swapped = "INSERT INTO note (body, id, size) VALUES ($2, CAST($1 AS BIGINT), CAST($3 AS DOUBLE PRECISION) + CAST($1 AS BIGINT)) RETURNING id, body";
    let made: Result<Option<(i64, String)>, Error> =
        store.write("swap", move |tx| tx.one(swapped, params![7, "seven", 0.5])).await;
    assert_eq!(made.unwrap(), Some((7, "seven".to_owned())));
    let found: Vec<(i64,)> =
        store.query("SELECT id FROM note WHERE body = $2 AND id = $1", params![7, "seven"]).await.unwrap();
    assert_eq!(found, [(7,)]);
    let short = store.query::<(i64,)>("SELECT id FROM note WHERE id = $1 AND body = $2", params![7]).await;
    assert!(matches!(short, Err(Error::Sql { .. })), "{short:?}");
    store.close().await;
}

async fn errors_name_the_column(place: Place) {
    record! { struct Wrong { id: i64, body: i64 } }
    record! { struct Named { id: i64, title: Option<String> } }
    let store = place.open().await;
    let added: Result<(), Error> =
        store.write("add", |tx| tx.put(ADD, params![1, "x", None::<&[u8]>, None::<f64>])).await;
    added.unwrap();
    let wrong = store.query::<Wrong>("SELECT id, body FROM note", &[]).await.unwrap_err().to_string();
    assert!(wrong.contains("`body`") && wrong.contains("wanted a BIGINT, found a TEXT"), "{wrong}");
    if cfg!(debug_assertions) {
        let named = store.query::<Named>("SELECT id, body FROM note", &[]).await.unwrap_err().to_string();
        assert!(named.contains("`title`") && named.contains("calls it `body`"), "{named}");
    }
    let null = store.query::<(Vec<u8>,)>("SELECT raw FROM note", &[]).await.unwrap_err().to_string();
    assert!(null.contains("make the field an Option"), "{null}");
    let wide = store.query::<(i64,)>("SELECT id, body FROM note", &[]).await.unwrap_err().to_string();
    assert!(wide.contains("2 columns"), "{wide}");
    store.close().await;
}

async fn a_failure_cannot_be_swallowed(place: Place) {
    let store = place.open().await;
    let swallowed: Result<(), Error> = store
        .write("swallow", |tx| {
            tx.exec(ADD, params![1, "a", None::<&[u8]>, None::<f64>])?;
            let again = tx.exec(ADD, params![1, "b", None::<&[u8]>, None::<f64>]);
            assert!(again.unwrap_err().is_unique_violation());
            assert!(tx.exec("DELETE FROM note", &[]).is_err(), "nothing runs after a failure");
            Ok(())
        })
        .await;
    assert!(swallowed.unwrap_err().is_unique_violation());
    assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, 0);
    store.close().await;
}

async fn what_a_unit_refuses_is_not_kept(place: Place) {
    #[derive(Debug)]
    enum Refusal {
        Mine(i64),
        Store(Error),
    }
    impl From<Error> for Refusal {
        fn from(error: Error) -> Self {
            Self::Store(error)
        }
    }
    let store = place.open().await;
    let asks = (0..60).map(|id: i64| {
        let store = store.clone();
        tokio::spawn(async move {
            let unit = move |tx: &mut store::Tx<'_>| {
                if id % 5 == 4 {
                    return Err(Refusal::Mine(id)); // before it wrote anything
                }
                tx.put(ADD, params![id, &format!("n{id}"), None::<&[u8]>, None::<f64>])?;
                match id % 5 {
                    1 => Err(Refusal::Mine(id)),
                    2 => panic!("unit {id} panics"),
                    3 => Err(Refusal::Store(tx.exec("SELECT no_such_column FROM note", &[]).unwrap_err())),
                    _ => Ok(id),
                }
            };
            (id, store.write("refuse", unit).await)
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        match ask.await.unwrap() {
            (id, Ok(done)) => assert!(id % 5 == 0 && done == id),
            (id, Err(Refusal::Mine(mine))) => assert!((id % 5 == 1 || id % 5 == 4) && mine == id),
            (id, Err(Refusal::Store(Error::Panicked { message, .. }))) => {
                assert!(id % 5 == 2 && message == format!("unit {id} panics"));
            }
            (id, Err(Refusal::Store(error))) => assert!(id % 5 == 3, "{id}: {error}"),
        }
    }
    let left: Vec<(i64,)> = store.query("SELECT id FROM note ORDER BY id", &[]).await.unwrap();
    assert_eq!(left.into_iter().map(|(id,)| id).collect::<Vec<_>>(), (0..60).step_by(5).collect::<Vec<_>>());
    store.close().await;
}

async fn a_read_is_one_snapshot(place: Place) {
    let store = place.open().await;
    let (looked, wait_looked) = mpsc::channel();
    let (written, wait_written) = mpsc::channel::<()>();
    let reader = {
        let store = store.clone();
        let wait_written = std::sync::Mutex::new(wait_written);
        tokio::spawn(async move {
            let read = move |read: &mut store::Reader<'_>| {
                let before = read.one::<(i64,)>("SELECT COUNT(*) FROM note", &[])?;
                looked.send(()).unwrap();
                wait_written.lock().unwrap().recv().unwrap();
                let after = read.one::<(i64,)>("SELECT COUNT(*) FROM note", &[])?;
                Ok::<_, Error>((before, after))
            };
            store.read("snapshot", read).await
        })
    };
    tokio::task::spawn_blocking(move || wait_looked.recv().unwrap()).await.unwrap();
    let added: Result<(), Error> =
        store.write("add", |tx| tx.put(ADD, params![1, "x", None::<&[u8]>, None::<f64>])).await;
    added.unwrap();
    assert_eq!(count(&store, "SELECT COUNT(*) FROM note").await, 1, "a query sees it at once");
    written.send(()).unwrap();
    assert_eq!(reader.await.unwrap().unwrap(), (Some((0,)), Some((0,))));
    let refused: Result<u64, Error> = store
        .read("write", |read| {
            read.all::<(i64,)>("INSERT INTO note (id) VALUES (9) RETURNING id", &[])
                .map(|rows| rows.len() as u64)
        })
        .await;
    assert!(matches!(refused, Err(Error::ReadOnly(_))), "{refused:?}");
    store.close().await;
}

async fn causes_are_told_apart(place: Place) {
    let store = place.open().await;
    let cause = async |sql: &'static str| {
        let refused: Result<u64, Error> = store.write("refused", move |tx| tx.exec(sql, &[])).await;
        match refused {
            Err(Error::Sql { cause, unit: "refused", statement, .. }) if statement == sql => cause,
            other => panic!("{sql}: {other:?}"),
        }
    };
    let ok: Result<u64, Error> =
        store.write("ok", |tx| tx.exec("INSERT INTO note (id, body) VALUES (1, 'a')", &[])).await;
    ok.unwrap();
    assert_eq!(cause("INSERT INTO note (id, body) VALUES (1, 'b')").await, SqlCause::Unique);
    assert_eq!(cause("INSERT INTO note (id, body) VALUES (2, 'a')").await, SqlCause::Unique);
    assert_eq!(cause("INSERT INTO child (id) VALUES (1)").await, SqlCause::Check);
    assert_eq!(cause("INSERT INTO nowhere (id) VALUES (1)").await, SqlCause::Other);
    store.close().await;
}

async fn many_queries_at_once(place: Place) {
    let store = place.open().await;
    let fill: Result<(), Error> = store
        .write("fill", |tx| {
            (0..200)
                .try_for_each(|id| tx.put(ADD, params![id, &format!("n{id}"), None::<&[u8]>, None::<f64>]))
        })
        .await;
    fill.unwrap();
    let asks = (0..2000_i64).map(|turn| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = turn % 200;
            let found =
                store.query_opt::<(String,)>("SELECT body FROM note WHERE id = $1", params![id]).await;
            assert_eq!(found.unwrap(), Some((format!("n{id}"),)));
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        ask.await.unwrap();
    }
    store.close().await;
}
