//! The database: answers, durable, whole, of this schema, with room for connections.

use std::{
    io::{Seek, SeekFrom, Write},
    process::Command,
};

use rusqlite::Connection;
use tokio_postgres::NoTls;

use super::Report;
use crate::{
    harness::{Engine, Server, laqun},
    promises::{cluster::Cluster, stored},
};

fn doctor(server: &Server) -> Command {
    let mut command = server.command("doctor");
    command.args(["--listen", "127.0.0.1:0"]);
    command
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_told_and_the_rest_is_checked() {
    let mut server = Server::start(Engine::Sqlite).await;
    server.stop();
    // A server that is stopped before it minds signals leaves its log, which would be read in place of the file.
    let _ = std::fs::remove_file(server.sqlite_file().with_extension("db-wal"));
    std::fs::write(server.sqlite_file(), "this is no database at all, whatever its name says")
        .expect("a file");
    let report = Report::of(&mut doctor(&server));
    report.says("database", "problem", &["not a database", "laqun restore"]);
    report.says("schema", "skipped", &["cannot be opened"]);
    report.says("disk.space", "ok", &[]);
    report.says("key", "ok", &["not compared"]);
    assert_eq!(report.code, 3);
}

#[tokio::test]
async fn a_postgresql_that_does_not_answer_or_let_us_in_is_told() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let server = Server::start(Engine::Postgres).await;
    let folder = tempfile::tempdir().expect("a folder");
    let ask = |address: &str| {
        let mut command = laqun();
        command.args(["doctor", "--listen", "127.0.0.1:0", "--database-url", address, "--data"]);
        Report::of(command.arg(folder.path()))
    };
    let report = ask("host=127.0.0.1 port=1 user=app dbname=app");
    report.says("database", "problem", &["127.0.0.1:1", "pg_isready", "LAQUN_DATABASE_URL"]);
    report.says("folder.writable", "ok", &[]);
    report.says("jobs", "skipped", &["cannot be opened"]);
    assert_eq!(report.code, 3);
    let address = server.database.as_deref().expect("on PostgreSQL");
    let nowhere: Vec<_> = address.split(' ').filter(|word| !word.starts_with("dbname=")).collect();
    let report = ask(&format!("{} dbname=no_such_database", nowhere.join(" ")));
    report.says("database", "problem", &["no_such_database", "correct database_url"]);
    assert_eq!(report.code, 1);
}

#[tokio::test]
async fn sqlite_set_to_be_less_durable_or_damaged_is_told() {
    let mut server = Server::start(Engine::Sqlite).await;
    server.stop();
    let connection = Connection::open(server.sqlite_file()).expect("it opens");
    connection.pragma_update(None, "journal_mode", "DELETE").expect("another journal");
    Report::of(&mut doctor(&server)).says(
        "database.settings",
        "warning",
        &["journal_mode is delete", "laqun serve"],
    );
    connection.pragma_update(None, "journal_mode", "WAL").expect("the journal is back");
    Report::of(&mut doctor(&server)).says("database.settings", "ok", &["journal_mode wal", "synchronous 2"]);

    connection.pragma_update(None, "foreign_keys", "OFF").expect("off");
    let orphan =
        "INSERT INTO group_member (tenant_id, group_id, person_id, kind, role, reason, state, joined_at)
                  VALUES (1, x'00', x'00', 'staff', 'member', 'caller', 'joined', 0)";
    connection.execute(orphan, ()).expect("a member of no group");
    let index = "SELECT rootpage FROM sqlite_schema WHERE name = 'chat_group_live'";
    let page: u32 = connection.query_row(index, (), |row| row.get(0)).expect("an index");
    drop(connection);
    Report::of(&mut doctor(&server)).says("database.integrity", "ok", &["quick"]);
    let report = Report::of(doctor(&server).arg("--deep"));
    report.says("database.integrity", "problem", &["group_member", "chat_group", "laqun restore"]);
    assert_eq!(report.code, 1);

    let mut file = std::fs::OpenOptions::new().write(true).open(server.sqlite_file()).expect("it opens");
    let begin = SeekFrom::Start(u64::from(page - 1) * 4096);
    file.seek(begin).and_then(|_| file.write_all(&[0x5a; 4096])).expect("damage");
    let report = Report::of(&mut doctor(&server));
    report.says("database.integrity", "problem", &["laqun restore"]);
    assert_eq!(report.code, 1);
}

#[tokio::test]
async fn postgresql_set_to_forget_or_to_read_only_is_told() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    let server = Server::start_on(cluster.address.clone());
    Report::of(&mut doctor(&server)).says("database.settings", "ok", &["fsync on", "synchronous_commit on"]);
    for (setting, value, says) in [
        ("synchronous_commit", "off", ["synchronous_commit is off", "RESET synchronous_commit"]),
        ("default_transaction_read_only", "on", ["read-only is on", "RESET default_transaction_read_only"]),
    ] {
        stored::postgres_rows(&cluster.address, &format!("ALTER DATABASE postgres SET {setting} = {value}"))
            .await;
        let report = Report::of(&mut doctor(&server));
        report.says("database.settings", "problem", &says);
        assert_eq!(report.code, 1);
        let writing = format!("{} options='-c default_transaction_read_only=off'", cluster.address);
        stored::postgres_rows(&writing, &format!("ALTER DATABASE postgres RESET {setting}")).await;
    }
    // What the server is told on its command line counts more than what is in its file.
    let forgetful = Cluster::start_with(&[("LAQUN_PG_OPTIONS", "-c fsync=off -c full_page_writes=off")]);
    let mut command = laqun();
    command.args(["doctor", "--listen", "127.0.0.1:0", "--database-url", &forgetful.address, "--data"]);
    let report = Report::of(command.arg(server.folder.path()).arg("--unsafe-durability"));
    report.says("database.settings", "problem", &["fsync is off", "set fsync = on"]);
    report.says("database.settings", "warning", &["full_page_writes is off", "set full_page_writes = on"]);
    report.says("database.settings", "warning", &["unsafe_durability", "remove unsafe_durability"]);
    report.says("schema", "warning", &["nothing was ever stored", "laqun serve"]);
}

#[tokio::test]
async fn an_older_a_newer_and_another_schema_are_told() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let report = || Report::of(&mut doctor(&server));
        report().says("schema", "ok", &["this program's"]);
        let newer =
            "INSERT INTO store_migration (namespace, version, name, digest) VALUES ('laqun', 999, 'x', '')";
        stored::rows(&server, newer).await;
        let told = report();
        told.says("schema", "problem", &["version 999", "run that release", "laqun restore"]);
        assert_eq!(told.code, 1);
        stored::rows(&server, "DELETE FROM store_migration WHERE namespace = 'laqun' AND version > 1").await;
        report().says("schema", "warning", &["version 1,", "laqun backup", "laqun migrate"]);
        stored::rows(
            &server,
            "UPDATE store_migration SET digest = 'x' WHERE version = 1 AND namespace = 'laqun'",
        )
        .await;
        report().says("schema", "problem", &["migration 1", "the release of laqun that made"]);
    }
}

#[tokio::test]
async fn too_few_connections_are_told() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start_with(&[("LAQUN_PG_OPTIONS", "-c max_connections=12")]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = laqun();
    command.args(["doctor", "--listen", "127.0.0.1:0", "--database-url", &cluster.address, "--data"]);
    let report = Report::of(command.arg(folder.path()));
    report.says(
        "database.connections",
        "problem",
        &["of 9 are open", "keeps 17", "set max_connections to 27"],
    );
}

/// It takes a minute, since that is how long such a transaction must have been open.
#[tokio::test]
async fn a_transaction_that_is_left_open_is_told() {
    if !Engine::all().contains(&Engine::Postgres) || std::env::var_os("LAQUN_TEST_FULL").is_none() {
        println!("SKIPPED: only with LAQUN_TEST_FULL, on PostgreSQL");
        return;
    }
    let server = Server::start(Engine::Postgres).await;
    let address = server.database.as_deref().expect("on PostgreSQL");
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.expect("it answers");
    let driver = tokio::spawn(connection);
    client.batch_execute("BEGIN; SELECT 1").await.expect("a transaction");
    let wait = "SELECT pg_sleep(62)";
    stored::postgres_rows(address, wait).await;
    let report = Report::of(&mut doctor(&server));
    report.says("database.transactions", "warning", &["has been open for", "pg_terminate_backend"]);
    drop(client);
    let _ = driver.await;
}
