//! The two engines.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

/// Where a test's data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The engines to test on.
    pub(crate) fn all() -> Vec<Self> {
        let required = std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
        match std::env::var("LAQUN_TEST_POSTGRES") {
            Ok(_) => vec![Self::Sqlite, Self::Postgres],
            _ if required => {
                panic!("LAQUN_TEST_REQUIRE_POSTGRES=1, and LAQUN_TEST_POSTGRES names no server")
            }
            _ => {
                println!("skipped on PostgreSQL: LAQUN_TEST_POSTGRES is not set");
                vec![Self::Sqlite]
            }
        }
    }
}

/// Makes an empty database on the test server and gives its address.
pub(crate) async fn new_postgres_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("LAQUN_TEST_POSTGRES").expect("asked for only when set");
    let (client, connection) =
        tokio_postgres::connect(&server, NoTls).await.expect("the test server answers");
    let driver = tokio::spawn(connection);
    let name = format!("it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database can be made");
    drop(client);
    let _ = driver.await;
    let words = server.split_whitespace().filter(|word| !word.starts_with("dbname="));
    words.chain([format!("dbname={name}").as_str()]).collect::<Vec<_>>().join(" ")
}
