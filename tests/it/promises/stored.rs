//! What is in the database, read past the program.

use std::{collections::BTreeMap, time::Duration};

use laqun::domain::id;
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use tokio_postgres::{NoTls, SimpleQueryMessage};
use uuid::Uuid;

use crate::harness::{Engine, Server};

/// Rows as text, in an order of the query's own; bytes as lower-case hexadecimal digits, null as an empty text.
pub(crate) async fn rows(server: &Server, sql: &str) -> Vec<Vec<String>> {
    match server.engine {
        Engine::Sqlite => sqlite_rows(server, sql),
        Engine::Postgres => postgres_rows(server.database.as_deref().expect("on PostgreSQL"), sql).await,
    }
}

fn sqlite_rows(server: &Server, sql: &str) -> Vec<Vec<String>> {
    // A reader may have to make the shared memory file after a crash, so it is not opened read-only.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(server.sqlite_file(), flags).expect("the database opens");
    connection.busy_timeout(Duration::from_secs(30)).expect("a timeout");
    let mut statement = connection.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..width)
            .map(|index| {
                Ok(match row.get_ref(index)? {
                    ValueRef::Null => String::new(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Blob(bytes) => data_encoding::HEXLOWER.encode(bytes),
                })
            })
            .collect()
    });
    rows.and_then(Iterator::collect).unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// The same on any PostgreSQL database.
pub(crate) async fn postgres_rows(database: &str, sql: &str) -> Vec<Vec<String>> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.expect("the database answers");
    let driver = tokio::spawn(connection);
    let messages = client.simple_query(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
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

/// One number.
pub(crate) async fn count(server: &Server, sql: &str) -> u64 {
    rows(server, sql).await[0][0].parse().unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// `team_group_id` of every live group by ticket. A ticket with two live groups fails the test.
pub(crate) async fn live_groups(server: &Server) -> BTreeMap<String, String> {
    let sql = "SELECT case_id, id FROM chat_group WHERE state <> 'dissolved'";
    let mut live = BTreeMap::new();
    for row in rows(server, sql).await {
        let id = Uuid::parse_str(&row[1]).expect("a row id");
        let before = live.insert(row[0].clone(), id::team_group_id(id));
        assert_eq!(before, None, "two live groups of ticket {}", row[0]);
    }
    live
}

/// Nothing is there twice and nothing by halves.
pub(crate) async fn assert_whole(server: &Server) {
    for (what, sql) in [
        (
            "keys with two live groups",
            "SELECT tenant_id, channel_id, case_id FROM chat_group WHERE state <> 'dissolved'
             GROUP BY tenant_id, channel_id, case_id HAVING COUNT(*) > 1",
        ),
        (
            "groups without exactly one live token",
            "SELECT id FROM chat_group g WHERE 1 <> (SELECT COUNT(*) FROM group_token t
             WHERE t.tenant_id = g.tenant_id AND t.group_id = g.id AND t.revoked_at IS NULL)",
        ),
        (
            "groups without exactly one owner",
            "SELECT id FROM chat_group g WHERE 1 <> (SELECT COUNT(*) FROM group_member m
             WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id AND m.role = 'owner' AND m.state = 'joined')",
        ),
        (
            "groups whose timeline has a gap",
            "SELECT id FROM chat_group g WHERE g.timeline_seq < 1 OR g.timeline_seq <> (SELECT COUNT(*) FROM timeline l
             WHERE l.tenant_id = g.tenant_id AND l.group_id = g.id AND l.seq BETWEEN 1 AND g.timeline_seq)",
        ),
        (
            "groups without exactly one event of their making",
            "SELECT id FROM chat_group g WHERE 1 <> (SELECT COUNT(*) FROM timeline l WHERE l.tenant_id = g.tenant_id
             AND l.group_id = g.id AND l.seq = 1 AND l.kind IN ('created', 'reserved'))",
        ),
        (
            "groups without a ticket",
            "SELECT id FROM chat_group g WHERE NOT EXISTS
             (SELECT 1 FROM ticket t WHERE t.tenant_id = g.tenant_id AND t.case_id = g.case_id)",
        ),
        (
            "tokens, members or lines without a group",
            "SELECT group_id FROM (SELECT tenant_id, group_id FROM group_token UNION ALL
             SELECT tenant_id, group_id FROM group_member UNION ALL SELECT tenant_id, group_id FROM timeline) AS x
             WHERE NOT EXISTS (SELECT 1 FROM chat_group g WHERE g.tenant_id = x.tenant_id AND g.id = x.group_id)",
        ),
    ] {
        assert_eq!(rows(server, sql).await, Vec::<Vec<String>>::new(), "{what} on {:?}", server.engine);
    }
    let events = count(server, "SELECT COUNT(*) FROM store_feed WHERE kind = 'group.created'").await;
    let groups = count(server, "SELECT COUNT(*) FROM chat_group").await;
    assert_eq!(events, groups, "every group told the feed once");
    if server.engine == Engine::Sqlite {
        assert_eq!(rows(server, "PRAGMA integrity_check").await, [["ok"]]);
        assert_eq!(rows(server, "PRAGMA foreign_key_check").await, Vec::<Vec<String>>::new());
    }
}
