//! Migrations: applied once, in order, never edited, never undone by an older program.

use store::{Error, Location, Migration, Store};

use crate::place::{Place, on_both};
use crate::units::count;

on_both!(
    steps_are_applied_once,
    an_older_program_refuses,
    an_edited_step_is_refused,
    a_failing_step_leaves_nothing,
    many_open_at_once,
);

const ONE: Migration = Migration {
    version: 1,
    name: "one",
    sql: "CREATE TABLE a (id BIGINT PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x; BIGINT');\nCREATE INDEX a_name ON a (name);",
};
const TWO: Migration = Migration { version: 2, name: "two", sql: "INSERT INTO a (id) VALUES (1);" };

async fn open(place: &Place, steps: &[Migration]) -> Result<Store, Error> {
    Store::open(place.options(), "steps", steps).await
}

async fn steps_are_applied_once(place: Place) {
    open(&place, &[ONE]).await.unwrap().close().await;
    for _ in 0..2 {
        let store = open(&place, &[ONE, TWO]).await.unwrap();
        assert_eq!(count(&store, "SELECT COUNT(*) FROM a WHERE name = 'x; BIGINT'").await, 1);
        store.close().await;
    }
    if let Location::Sqlite(path) = &place.location {
        let raw = rusqlite::Connection::open(path).unwrap();
        let loose = "SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
        let loose: i64 = raw.query_row(loose, [], |row| row.get(0)).unwrap();
        assert_eq!(loose, 0, "every table is STRICT");
    }
}

async fn an_older_program_refuses(place: Place) {
    open(&place, &[ONE, TWO]).await.unwrap().close().await;
    match open(&place, &[ONE]).await.map(drop) {
        Err(error @ Error::NewerSchema { namespace: "steps", found: 2, known: 1 }) => {
            assert!(error.to_string().contains("newer release"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

async fn an_edited_step_is_refused(place: Place) {
    open(&place, &[ONE]).await.unwrap().close().await;
    let edited = Migration { sql: "CREATE TABLE a (id BIGINT PRIMARY KEY);", ..ONE };
    let refused = open(&place, &[edited, TWO]).await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("steps/1") && refused.contains("edited"), "{refused}");
    let misnumbered =
        open(&place, &[ONE, Migration { version: 3, ..TWO }]).await.map(drop).unwrap_err().to_string();
    assert!(misnumbered.contains("number migrations"), "{misnumbered}");
}

async fn a_failing_step_leaves_nothing(place: Place) {
    let broken = Migration {
        version: 2,
        name: "broken",
        sql: "CREATE TABLE b (id BIGINT); CREATE TABLE a (id BIGINT);",
    };
    let refused = open(&place, &[ONE, broken]).await.map(drop);
    assert!(matches!(refused, Err(Error::Migration { version: 2, .. })), "{refused:?}");
    let store =
        open(&place, &[ONE, Migration { sql: "CREATE TABLE b (id BIGINT);", ..broken }]).await.unwrap();
    assert_eq!(count(&store, "SELECT COUNT(*) FROM b").await, 0);
    store.close().await;
}

async fn many_open_at_once(place: Place) {
    let opened: Vec<_> = (0..6)
        .map(|_| {
            let options = place.options();
            tokio::spawn(async move { Store::open(options, "steps", &[ONE, TWO]).await })
        })
        .collect();
    for store in opened {
        let store = store.await.unwrap().unwrap();
        assert_eq!(count(&store, "SELECT COUNT(*) FROM a").await, 1);
        store.close().await;
    }
}
