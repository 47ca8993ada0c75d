//! A database for one test, on either engine.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use store::{Location, Migration, Options, Store};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// A fail-safe only: nothing is decided by it.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) const SCHEMA: &[Migration] = &[Migration {
    version: 1,
    name: "story",
    sql: "CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT, raw BYTEA, size DOUBLE PRECISION, UNIQUE (body));
          CREATE TABLE chat (id BIGINT PRIMARY KEY, last_seq BIGINT NOT NULL DEFAULT 0);
          CREATE TABLE line (chat_id BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (chat_id, seq));
          CREATE TABLE parent (id BIGINT PRIMARY KEY);
          CREATE TABLE child (id BIGINT PRIMARY KEY,
              parent_id BIGINT NOT NULL REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);",
}];

/// Where a test's data is. Dropping it removes a SQLite folder; a PostgreSQL database is left to the throw-away server.
pub(crate) struct Place {
    pub(crate) location: Location,
    pub(crate) _folder: Option<TempDir>,
}

impl Place {
    #[expect(clippy::unused_async, reason = "the two kinds of place are made alike")]
    pub(crate) async fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        Some(Self { location: Location::Sqlite(folder.path().join("test.db")), _folder: Some(folder) })
    }

    pub(crate) async fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let address = server()?;
        let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let raw = connect(&address).await;
        raw.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
        raw.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Some(Self { location: Location::Postgres(with(&address, "dbname", &name)), _folder: None })
    }

    /// The usual options; a throw-away server may run without fsync.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.location.clone());
        options.unsafe_durability = true;
        options
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.options(), "story", SCHEMA).await.unwrap()
    }

    /// The PostgreSQL address; panics on SQLite.
    pub(crate) fn address(&self) -> &str {
        match &self.location {
            Location::Postgres(address) => address,
            Location::Sqlite(_) => panic!("this place is on SQLite"),
        }
    }
}

/// The server's address, if there is one.
pub(crate) fn server() -> Option<String> {
    let address = std::env::var("LAQUN_TEST_POSTGRES").ok();
    if address.is_none() {
        assert!(std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_err(), "LAQUN_TEST_POSTGRES is not set");
        println!("SKIPPED on PostgreSQL: LAQUN_TEST_POSTGRES is not set");
    }
    address
}

/// The address with one word changed.
pub(crate) fn with(address: &str, key: &str, value: &str) -> String {
    let kept = address.split_whitespace().filter(|word| !word.starts_with(&format!("{key}=")));
    kept.chain([format!("{key}={value}").as_str()]).collect::<Vec<_>>().join(" ")
}

/// The value of one word of the address.
pub(crate) fn word<'a>(address: &'a str, key: &str) -> &'a str {
    let found = address.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("{address} has no {key}"))
}

/// A connection behind the store's back.
pub(crate) async fn connect(address: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Tells a story to both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let Some(place) = crate::place::Place::sqlite().await else { return };
                tokio::time::timeout(crate::place::DEADLINE, super::$name(place)).await.expect("it hangs");
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let Some(place) = crate::place::Place::postgres().await else { return };
                tokio::time::timeout(crate::place::DEADLINE, super::$name(place)).await.expect("it hangs");
            }
        }
    )* };
}

/// Tells a story that only PostgreSQL has.
macro_rules! on_postgres {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let Some(place) = crate::place::Place::postgres().await else { return };
                tokio::time::timeout(crate::place::DEADLINE, super::$name(place)).await.expect("it hangs");
            }
        }
    )* };
}

pub(crate) use {on_both, on_postgres};
