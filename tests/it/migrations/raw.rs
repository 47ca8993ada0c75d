//! A database past the program: read, dumped as SQL text, loaded again.

use std::{fmt::Write as _, path::Path, process::Command};

use rusqlite::{Connection, types::ValueRef};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::harness::{Engine, Server};

/// A database that a test looks into.
pub(crate) enum Raw {
    Sqlite(Connection),
    Postgres(String),
}

impl Raw {
    /// That of a server.
    pub(crate) fn of(server: &Server) -> Self {
        match (server.engine, &server.database) {
            (Engine::Sqlite, _) => Self::file(&server.sqlite_file()),
            (Engine::Postgres, database) => Self::Postgres(database.clone().expect("on PostgreSQL")),
        }
    }

    /// A file.
    pub(crate) fn file(path: &Path) -> Self {
        let connection = Connection::open(path).expect("the database opens");
        connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
        Self::Sqlite(connection)
    }

    /// Rows as text; bytes as hexadecimal digits, null as an empty text.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(connection) => sqlite_rows(connection, sql),
            Self::Postgres(database) => postgres_rows(database, sql).await,
        }
    }

    /// One number.
    pub(crate) async fn count(&self, sql: &str) -> u64 {
        self.rows(sql).await[0][0].parse().unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Names of the tables.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            Self::Postgres(_) => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
            }
        };
        self.rows(sql).await.into_iter().map(|mut row| row.remove(0)).collect()
    }

    /// Names of a table's columns.
    pub(crate) async fn columns(&self, table: &str) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => format!("SELECT name FROM pragma_table_info('{table}')"),
            Self::Postgres(_) => format!(
                "SELECT column_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        };
        self.rows(&sql).await.into_iter().map(|mut row| row.remove(0)).collect()
    }

    /// Everything as SQL text.
    pub(crate) fn dump(&self) -> String {
        match self {
            Self::Sqlite(connection) => sqlite_dump(connection),
            Self::Postgres(database) => postgres_dump(database),
        }
    }

    /// Runs a dump.
    pub(crate) async fn load(&self, script: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(script).expect("the dump loads"),
            Self::Postgres(database) => drop(postgres_rows(database, script).await),
        }
    }
}

fn sqlite_rows(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let width = statement.column_count();
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => data_encoding::HEXLOWER.encode(bytes),
    };
    let rows = statement.query_map([], |row| (0..width).map(|index| row.get_ref(index).map(text)).collect());
    rows.and_then(Iterator::collect).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn postgres_rows(database: &str, sql: &str) -> Vec<Vec<String>> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.expect("the database answers");
    let driver = tokio::spawn(connection);
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql:.300}: {error:?}"));
    drop(client);
    let _ = driver.await;
    let text = |value: Option<&str>| {
        let value = value.unwrap_or_default();
        value.strip_prefix("\\x").unwrap_or(value).to_owned()
    };
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|index| text(row.get(index))).collect()),
        _ => None,
    };
    messages.into_iter().filter_map(row).collect()
}

fn sqlite_dump(connection: &Connection) -> String {
    let mut script = String::from("PRAGMA foreign_keys = OFF;\nBEGIN;\n");
    let parts = "SELECT name, sql, type FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
                 ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, rowid";
    let parts = sqlite_rows(connection, parts);
    for part in &parts {
        writeln!(script, "{};", part[1]).expect("a string grows");
    }
    for table in parts.iter().filter(|part| part[2] == "table") {
        let columns = sqlite_rows(connection, &format!("SELECT name FROM pragma_table_info('{}')", table[0]));
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{}\")", column[0])).collect();
        for row in sqlite_rows(connection, &format!("SELECT {} FROM \"{}\"", quoted.join(", "), table[0])) {
            writeln!(script, "INSERT INTO \"{}\" VALUES ({});", table[0], row.join(", "))
                .expect("a string grows");
        }
    }
    script + "COMMIT;\n"
}

/// What `pg_dump` writes, without what only `psql` or one version understands.
fn postgres_dump(database: &str) -> String {
    let output = Command::new("pg_dump")
        .args(["--inserts", "--no-owner", "--no-privileges", "--dbname", database])
        .output()
        .expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let noise = |line: &&str| {
        !(line.is_empty()
            || line.starts_with("--")
            || line.starts_with('\\')
            || line.starts_with("SET ")
            || line.starts_with("SELECT pg_catalog.set_config"))
    };
    text.lines().filter(noise).flat_map(|line| [line, "\n"]).collect()
}
