//! The master key.

use std::{fs, os::unix::fs::PermissionsExt};

use super::Report;
use crate::harness::{Engine, Server, laqun};

#[tokio::test]
async fn a_missing_wrong_open_or_misplaced_key_is_told() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        server.stop();
        let path = match engine {
            Engine::Sqlite => server.folder.path().join("data").join("master.key"),
            Engine::Postgres => server.folder.path().join("key"),
        };
        let doctor = || {
            let mut command = server.command("doctor");
            Report::of(command.args(["--listen", "127.0.0.1:0"]))
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        doctor().says("key.mode", "warning", &["mode 644", "chmod 600"]);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        let report = doctor();
        report.says("key", "ok", &["the database's"]);
        assert!(report.all("key.mode").is_empty() && report.all("key.place").is_empty());

        let backup = path.with_file_name("laqun-backup-2026");
        fs::create_dir(&backup).expect("a folder");
        doctor().says("key.place", "warning", &["laqun-backup-2026", "mv "]);
        fs::remove_dir(&backup).expect("gone");

        let right = fs::read(&path).expect("the key");
        fs::write(&path, "11".repeat(32)).expect("another key");
        let report = doctor();
        report.says("key", "problem", &["was made with key", "LAQUN_MASTER_KEY_FILE"]);
        assert_eq!(report.code, 1);
        fs::write(&path, "no key").expect("no key");
        doctor().says("key", "problem", &["64 hexadecimal digits", "LAQUN_MASTER_KEY_FILE"]);
        fs::remove_file(&path).expect("gone");
        doctor().says("key", "problem", &["No such file", "LAQUN_MASTER_KEY_FILE"]);
        assert!(!path.exists(), "doctor makes no key");
        fs::write(&path, right).expect("back");
    }
}

#[tokio::test]
async fn on_postgresql_a_key_must_be_given() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let server = Server::start(Engine::Postgres).await;
    let mut command = laqun();
    command.args(["doctor", "--database-url", server.database.as_deref().expect("on PostgreSQL")]);
    command.arg("--data").arg(server.folder.path().join("data"));
    Report::of(&mut command).says(
        "key",
        "problem",
        &["none is given", "openssl rand -hex 32", "LAQUN_MASTER_KEY_FILE"],
    );
}
