//! Everything that is in a server's database, to be compared with what was there before.

use std::collections::BTreeMap;

use rusqlite::{OpenFlags, types::Value};
use tokio_postgres::NoTls;

use crate::harness::{Engine, Server};

/// Every row of every table, as text.
pub(crate) type Stored = BTreeMap<String, Vec<String>>;

/// Reads it, while the server runs.
pub(crate) async fn stored(server: &Server) -> Stored {
    let stored = match server.engine {
        Engine::Sqlite => sqlite(server),
        Engine::Postgres => postgres(server).await,
    };
    for table in
        ["ticket", "chat_group", "group_member", "group_token", "timeline", "person", "staff", "audit"]
    {
        assert!(
            stored.get(table).is_some_and(|rows| !rows.is_empty()),
            "{table} should hold the demo's rows"
        );
    }
    stored
}

fn sqlite(server: &Server) -> Stored {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let base = rusqlite::Connection::open_with_flags(server.sqlite_file(), flags).expect("the file opens");
    let mut tables =
        base.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").expect("a statement");
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("tables").map(|name| name.expect("a name")).collect();
    names
        .into_iter()
        .map(|name| {
            let mut all = base.prepare(&format!("SELECT * FROM \"{name}\"")).expect("a statement");
            let width = all.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let values: Result<Vec<Value>, _> = (0..width).map(|column| row.get(column)).collect();
                values.map(|values| format!("{values:?}"))
            };
            let mut rows: Vec<String> =
                all.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect();
            rows.sort_unstable();
            (name, rows)
        })
        .collect()
}

async fn postgres(server: &Server) -> Stored {
    let address = server.database.as_ref().expect("an address");
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.expect("the database answers");
    let driver = tokio::spawn(connection);
    let tables =
        "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let mut stored = Stored::new();
    for table in client.query(tables, &[]).await.expect("tables") {
        let name: String = table.get(0);
        let all = format!("SELECT t::text FROM \"{name}\" t ORDER BY 1");
        let rows = client.query(&all, &[]).await.expect("rows");
        stored.insert(name, rows.iter().map(|row| row.get(0)).collect());
    }
    drop(client);
    let _ = driver.await;
    stored
}
