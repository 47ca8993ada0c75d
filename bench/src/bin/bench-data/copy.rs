//! Copying SQLite's rows into PostgreSQL, byte for byte: a fill there click by click takes many times as long.

use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::{Context as _, bail};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::SinkExt as _;
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use tokio::sync::mpsc;
use tokio_postgres::NoTls;

/// Bytes sent at a time.
const CHUNK: usize = 256 * 1024;
/// How many tables at a time.
const LANES: usize = 2;

/// Replaces the rows of every table of the schema (which laqun made just before) by those of the file.
pub(super) async fn run(from: &Path, url: &str) -> anyhow::Result<()> {
    let tables = tables(from)?;
    let client = connect(url).await?;
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    client.batch_execute(&format!("TRUNCATE {}", names.join(", "))).await?;
    // The largest first, so that the lanes end together.
    let mut lanes = tokio::task::JoinSet::new();
    let mut waiting = tables.clone().into_iter();
    for table in waiting.by_ref().take(LANES) {
        lanes.spawn(copy(from.to_owned(), url.to_owned(), table));
    }
    while let Some(ended) = lanes.join_next().await {
        ended??;
        if let Some(table) = waiting.next() {
            lanes.spawn(copy(from.to_owned(), url.to_owned(), table));
        }
    }
    // Numbers go on behind the highest that was copied.
    client
        .batch_execute(
            "SELECT setval(pg_get_serial_sequence('store_feed', 'seq'), COALESCE((SELECT MAX(seq) FROM store_feed), 1)),
                    setval(pg_get_serial_sequence('store_job', 'id'), COALESCE((SELECT MAX(id) FROM store_job), 1))",
        )
        .await?;
    client.batch_execute("VACUUM (ANALYZE)").await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}

#[derive(Clone)]
struct Table {
    name: String,
    columns: String,
    rows: i64,
}

/// The tables that hold rows and are not about the schema itself.
fn tables(from: &Path) -> anyhow::Result<Vec<Table>> {
    let file = open(from)?;
    let mut query = file.prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT LIKE '%migration%'",
    )?;
    let names = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut tables = Vec::new();
    for name in names {
        let mut info = file.prepare(&format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid"))?;
        let columns = info.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let rows = file.query_row(&format!("SELECT COUNT(*) FROM {name}"), [], |row| row.get(0))?;
        tables.push(Table { name, columns: columns.join(", "), rows });
    }
    tables.sort_by_key(|table| std::cmp::Reverse(table.rows));
    Ok(tables)
}

fn open(path: &Path) -> anyhow::Result<Connection> {
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

async fn connect(url: &str) -> anyhow::Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn copy(from: PathBuf, url: String, table: Table) -> anyhow::Result<()> {
    let client = connect(&url).await?;
    // References were checked where the rows come from.
    client.batch_execute("SET session_replication_role = replica").await?;
    let (send, mut chunks) = mpsc::channel::<Bytes>(8);
    let Table { name, columns, rows } = table;
    let into = format!("COPY {name} ({columns}) FROM STDIN (FORMAT binary)");
    let reader = {
        let sql = format!("SELECT {columns} FROM {name}");
        tokio::task::spawn_blocking(move || read(&from, &sql, &send))
    };
    let mut sink = pin!(client.copy_in::<_, Bytes>(&into).await?);
    while let Some(chunk) = chunks.recv().await {
        sink.send(chunk).await.with_context(|| name.clone())?;
    }
    reader.await??;
    let copied = sink.finish().await.with_context(|| name.clone())?;
    if i64::try_from(copied)? != rows {
        bail!("{name}: {copied} rows of {rows}");
    }
    Ok(())
}

/// Rows in PostgreSQL's binary format: BIGINT in 8 bytes, TEXT and BYTEA as they are.
fn read(from: &Path, sql: &str, send: &mpsc::Sender<Bytes>) -> anyhow::Result<()> {
    let file = open(from)?;
    let mut statement = file.prepare(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut buffer = BytesMut::with_capacity(CHUNK * 2);
    buffer.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    while let Some(row) = rows.next()? {
        buffer.put_i16(i16::try_from(width)?);
        for column in 0..width {
            match row.get_ref(column)? {
                ValueRef::Null => buffer.put_i32(-1),
                ValueRef::Integer(number) => {
                    buffer.put_i32(8);
                    buffer.put_i64(number);
                }
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    buffer.put_i32(i32::try_from(bytes.len())?);
                    buffer.put_slice(bytes);
                }
                ValueRef::Real(_) => bail!("no column of the schema is a float"),
            }
        }
        if buffer.len() >= CHUNK {
            send.blocking_send(buffer.split().freeze())?;
        }
    }
    buffer.put_i16(-1);
    send.blocking_send(buffer.freeze())?;
    Ok(())
}
