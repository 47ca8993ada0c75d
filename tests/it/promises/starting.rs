//! A server that cannot keep its promises does not start, and says what to do.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::json;

use super::{cluster::Cluster, stored};
use crate::harness::{Engine, Server, laqun};

/// Runs a server that must refuse to start; what it says.
fn refusal(mut command: Command) -> String {
    command.args(["--json", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut line = String::new();
    // It either prints where it listens, or ends.
    let mut reader = BufReader::new(child.stdout.take().expect("piped"));
    reader.read_line(&mut line).expect("a line or the end");
    if !line.is_empty() {
        let _ = child.kill();
        let _ = child.wait();
        panic!("it started: {line}");
    }
    let output = child.wait_with_output().expect("it ended");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in: {said}");
    }
}

#[tokio::test]
async fn postgresql_that_may_forget_commits_is_refused() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let mut server = Server::start(Engine::Postgres).await;
    server.stop();
    let database = server.database.clone().expect("on PostgreSQL");
    let serve = || {
        let mut command = laqun();
        command.arg("serve").args(["--database-url", &database]);
        command.arg("--data").arg(server.folder.path().join("data"));
        command.arg("--master-key-file").arg(server.folder.path().join("key"));
        command
    };
    let fsync = stored::postgres_rows(&database, "SELECT current_setting('fsync')").await;
    if fsync == [["off"]] {
        assert_says(&refusal(serve()), &["fsync is off", "set fsync = on", "--unsafe-durability"]);
    } else {
        println!("not tried: this PostgreSQL runs with fsync");
    }
}

#[tokio::test]
async fn postgresql_that_answers_before_it_flushes_is_refused() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    // With fsync and without --unsafe-durability it starts.
    let mut server = Server::start_on(cluster.address.clone());
    assert_eq!(server.stop(), Some(0));
    stored::postgres_rows(&cluster.address, "ALTER DATABASE postgres SET synchronous_commit = off").await;
    let said = refusal(server.command("serve"));
    assert_says(&said, &["synchronous_commit is off", "RESET synchronous_commit", "--unsafe-durability"]);
}

#[tokio::test]
async fn a_wrong_or_missing_master_key_is_refused_with_a_remedy() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let object = json!({"case_id": "123", "staff_id": "123", "outer_type": "111"});
        let told = server.caller().communicate(&object).await.data()["team_group_id"].clone();
        server.stop();
        let key = match engine {
            Engine::Sqlite => server.folder.path().join("data").join("master.key"),
            Engine::Postgres => server.folder.path().join("key"),
        };
        let right = std::fs::read(&key).expect("the key");

        std::fs::write(&key, "11".repeat(32)).expect("another key");
        assert_says(
            &refusal(server.command("serve")),
            &["the database was made with key", "LAQUN_MASTER_KEY_FILE"],
        );
        std::fs::write(&key, "no key at all").expect("no key");
        assert_says(&refusal(server.command("serve")), &["openssl rand -hex 32"]);
        std::fs::remove_file(&key).expect("gone");
        let said = refusal(server.command("serve"));
        match engine {
            Engine::Sqlite => assert_says(&said, &["master.key", "missing", "put the file back"]),
            Engine::Postgres => assert_says(&said, &["give the file that belongs to this database"]),
        }
        assert!(!key.exists(), "a new key would make the old secrets unreadable for good");

        std::fs::write(&key, right).expect("the key is back");
        server.restart();
        assert_eq!(server.caller().communicate(&object).await.data()["team_group_id"], told);
    }
}

#[tokio::test]
async fn on_postgresql_the_master_key_must_be_given() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let server = Server::start(Engine::Postgres).await;
    let mut command = laqun();
    command.args(["serve", "--unsafe-durability", "--database-url"]);
    command.arg(server.database.as_deref().expect("on PostgreSQL"));
    let folder = tempfile::tempdir().expect("a folder");
    command.arg("--data").arg(folder.path());
    assert_says(&refusal(command), &["LAQUN_MASTER_KEY_FILE", "openssl rand -hex 32"]);
    assert!(
        !folder.path().join("master.key").exists(),
        "no key is made in a folder that only one machine has"
    );
}

#[tokio::test]
async fn the_master_key_that_the_program_makes_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(Engine::Sqlite).await;
    let key = server.folder.path().join("data").join("master.key");
    assert_eq!(std::fs::metadata(key).expect("the key").permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_schema_and_changes_nothing() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let newer = "INSERT INTO store_migration (namespace, version, name, digest)
                     VALUES ('laqun', 999, 'from the future', '')";
        stored::rows(&server, newer).await;
        let said = refusal(server.command("serve"));
        assert_says(&said, &["schema is at version 999", "run that release", "restore the backup"]);
        let output = server.admin("group list", &[]);
        assert_eq!(output.status.code(), Some(1), "commands refuse it as well");
        stored::rows(&server, "DELETE FROM store_migration WHERE version = 999").await;
        server.restart();
        assert_eq!(stored::live_groups(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn a_second_server_on_a_folder_is_refused_and_commands_are_not() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let said = refusal(server.command("serve"));
        let folder = server.folder.path().join("data");
        assert_says(&said, &["in use by another process", "--data", &folder.display().to_string()]);
        server.admin_json("staff add", &["while-it-runs", "--name", "x"]);
        let object = json!({"case_id": "123", "staff_id": "while-it-runs", "outer_type": "111"});
        assert_eq!(server.caller().communicate(&object).await.result()["success"], true);
    }
}
