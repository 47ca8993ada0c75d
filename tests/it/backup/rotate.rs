//! The master key is replaced while everything goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::json;

use super::{Elsewhere, Said, backup};
use crate::{
    harness::{Caller, Engine, Server},
    migrations::{raw::Raw, story},
};

/// The story's master key, which is its first data key, too.
const OLD_ID: &str = "99e2fafe7d498c5a";
/// The digits of a new key.
const NEW: &str = "c3";

fn key_file(server: &Server) -> PathBuf {
    match server.engine {
        Engine::Sqlite => server.folder.path().join("data/master.key"),
        Engine::Postgres => server.folder.path().join("key"),
    }
}

/// `laqun key rotate`, with a new key that is made here where the key's file is the operator's.
fn rotating(server: &Server, linger: &str) -> Command {
    let mut command = server.command("key rotate --json");
    command.args(["--linger", linger]);
    if server.engine == Engine::Postgres {
        let new = server.folder.path().join("new");
        fs::write(&new, format!("{}\n", NEW.repeat(32))).expect("a key");
        command.arg("--new-key-file").arg(new);
    }
    command
}

/// What an operator does who was told to.
fn put_new_key(server: &Server) {
    if server.engine == Engine::Postgres {
        fs::write(key_file(server), format!("{}\n", NEW.repeat(32))).expect("a key");
    }
}

/// Clicks on old and new tickets, one after the other; every one must succeed.
async fn clicks(caller: Caller, worker: usize, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) {
    for number in 0.. {
        for case in [format!("new-{worker}-{number}"), "123".to_owned()] {
            let object = json!({"case_id": case, "staff_id": "123", "outer_type": "111"});
            assert_eq!(caller.communicate(&object).await.result()["msg"], "成功");
        }
        done.fetch_add(1, Ordering::Relaxed);
        if stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

async fn run(mut command: Command) -> Said {
    let output = tokio::task::spawn_blocking(move || command.output().expect("it runs")).await;
    Said::of(&output.expect("it ended"))
}

/// Heads of what is sealed: ids of data keys.
async fn sealing_keys(raw: &Raw) -> Vec<Vec<String>> {
    raw.rows(
        "SELECT DISTINCT substr(token_sealed, 1, 8) FROM chat_group
         UNION SELECT DISTINCT substr(sealed, 1, 8) FROM app_secret
         UNION SELECT DISTINCT substr(phone, 1, 8) FROM customer WHERE phone IS NOT NULL
         UNION SELECT DISTINCT substr(notify_secret, 1, 8) FROM tenant WHERE notify_secret IS NOT NULL
         UNION SELECT DISTINCT substr(contact, 1, 8) FROM visitor WHERE contact IS NOT NULL",
    )
    .await
}

#[tokio::test]
async fn the_key_is_replaced_under_a_stream_of_calls_and_none_of_them_fails() {
    for engine in Engine::all() {
        let mut server = story::start(engine).await;
        story::fill(&server).await;
        let answers = story::answers(&server).await;
        let click = json!({"case_id": "123", "staff_id": "123", "outer_type": "111"});
        let before = server.caller().communicate(&click).await.sign_in_ticket();
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("before");
        backup(&server, &copy).done();
        // On PostgreSQL another machine to which nobody comes meanwhile.
        let idle = (engine == Engine::Postgres).then(|| server.beside());
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let storm: Vec<_> = (0..6)
            .map(|worker| tokio::spawn(clicks(server.caller(), worker, Arc::clone(&stop), Arc::clone(&done))))
            .collect();
        let raw = Raw::of(&server);
        let old = raw.rows("SELECT value FROM store_meta WHERE name = 'master_key_id'").await[0][0].clone();
        let old_data = sealing_keys(&raw).await;
        let said = run(rotating(&server, "3")).await.done();
        let at_end = done.load(Ordering::Relaxed);
        while done.load(Ordering::Relaxed) < at_end + 6
            && !storm.iter().any(tokio::task::JoinHandle::is_finished)
        {
            tokio::task::yield_now().await;
        }
        stop.store(true, Ordering::Relaxed);
        for worker in storm {
            worker.await.expect("no click failed");
        }
        assert_eq!(said.told["old"], json!(old));
        assert!(said.told["sealed_anew"].as_u64().expect("a number") >= 8, "{}", said.told);
        let new_data = sealing_keys(&raw).await;
        assert_eq!(new_data.len(), 1, "one key seals everything");
        assert!(!old_data.contains(&new_data[0]));
        let wraps = raw.rows("SELECT DISTINCT wrapped_by FROM store_key").await;
        assert_eq!(wraps, [[said.told["new"].as_str().expect("an id")]], "the old key opens nothing");
        assert_eq!(story::answers(&server).await, answers);
        if let Some(idle) = idle {
            assert_eq!(story::answers(&idle).await, answers, "who was idle has followed");
        }
        // A ticket from before is still good, for its ten minutes.
        let request = server.caller().http.post(format!("{}/customer-service/session", server.url));
        let redeemed = request.json(&json!({"st": before})).send().await.expect("an answer");
        assert_eq!(redeemed.status(), 200);

        server.stop();
        let old_key = folder.path().join("old");
        fs::write(&old_key, "5a".repeat(32)).expect("the old key");
        let list = server.command("tenant list").arg("--master-key-file").arg(&old_key).output();
        if engine == Engine::Sqlite {
            Said::of(&list.expect("it runs")).refused("has replaced by key");
        } else {
            drop(list);
            Said::of(&server.admin("tenant list", &[])).refused("has replaced by key");
        }
        put_new_key(&server);
        assert_eq!(fs::read_to_string(key_file(&server)).expect("the key").lines().count(), 1);
        server.restart();
        assert_eq!(story::answers(&server).await, answers);

        // A backup from before and its key are still a system.
        let elsewhere = Elsewhere::new(engine).await;
        elsewhere.restore(&copy, &[]).done();
        assert_eq!(story::answers(&elsewhere.serve()).await, answers);
        // And one of now wants the new key.
        let after = folder.path().join("after");
        backup(&server, &after).done();
        let elsewhere = Elsewhere::new(engine).await;
        elsewhere.restore(&after, &[]).refused("give that key's file");
        fs::copy(key_file(&server), elsewhere.key()).expect("the new key");
        elsewhere.restore(&after, &[]).done();
    }
}

/// How far a rotation is to have come when it is killed.
async fn reached(step: usize, server: &Server, raw: &Raw) -> bool {
    match step {
        0 => server.engine == Engine::Sqlite && lines(&key_file(server)) == 2,
        1 => !raw.rows("SELECT value FROM store_meta WHERE name = 'key_rotation'").await.is_empty(),
        2 => sealing_keys(raw).await.iter().any(|key| key[0] != OLD_ID),
        3 => !raw.rows("SELECT value FROM store_meta WHERE name = 'master_keys_retired'").await.is_empty(),
        _ => true,
    }
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap_or_default().lines().count()
}

#[tokio::test]
async fn a_rotation_that_is_killed_anywhere_goes_on_where_it_was() {
    for engine in Engine::all() {
        for step in 0..4 {
            let mut server = story::start(engine).await;
            story::fill(&server).await;
            let answers = story::answers(&server).await;
            let raw = Raw::of(&server);
            let mut child = rotating(&server, if step == 3 { "2" } else { "600" }).spawn().expect("it runs");
            while !reached(step, &server, &raw).await && child.try_wait().expect("asked").is_none() {
                if engine == Engine::Postgres && step == 0 {
                    break;
                }
            }
            child.kill().expect("killed");
            child.wait().expect("ended");
            assert_eq!(story::answers(&server).await, answers, "killed at {step} on {engine:?}");
            if step == 1 {
                half_way(&server, &answers).await;
            }
            server.kill();
            if step == 3 {
                put_new_key(&server);
            }
            server.restart();
            assert_eq!(story::answers(&server).await, answers, "restarted after {step} on {engine:?}");
            run(rotating(&server, "0")).await.done();
            put_new_key(&server);
            server.kill();
            server.restart();
            assert_eq!(story::answers(&server).await, answers, "ended after {step} on {engine:?}");
            assert_eq!(sealing_keys(&raw).await.len(), 1);
            assert_eq!(lines(&key_file(&server)), 1);
            let masters = raw.rows("SELECT DISTINCT wrapped_by FROM store_key").await;
            let master = raw.rows("SELECT value FROM store_meta WHERE name = 'master_key_id'").await;
            assert_eq!(masters, master);
            assert!(raw.rows("SELECT value FROM store_meta WHERE name = 'key_rotation'").await.is_empty());
        }
    }
}

/// In the middle both keys open the data, and a backup.
async fn half_way(server: &Server, answers: &serde_json::Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy");
    let said = backup(server, &copy).done();
    assert_eq!(said.told["manifest"]["master_keys"].as_array().map(Vec::len), Some(2));
    let elsewhere = Elsewhere::new(server.engine).await;
    elsewhere.restore(&copy, &[]).done();
    assert_eq!(&story::answers(&elsewhere.serve()).await, answers, "with the old key");
    let new = match server.engine {
        Engine::Sqlite => {
            fs::read_to_string(key_file(server)).expect("keys").lines().next().expect("two").to_owned()
        }
        Engine::Postgres => NEW.repeat(32),
    };
    let elsewhere = Elsewhere::new(server.engine).await;
    fs::write(elsewhere.key(), &new).expect("the new key");
    elsewhere.restore(&copy, &["--check"]).done();
    let other = folder.path().join("other");
    fs::write(&other, "d4".repeat(32)).expect("a third key");
    let mut command = server.command("key rotate");
    let third = command.arg("--new-key-file").arg(&other).output().expect("it runs");
    Said::of(&third).refused("is being replaced by key");
}

#[tokio::test]
async fn a_key_that_is_the_operators_is_replaced_by_one_of_his_and_never_by_one_of_old() {
    for engine in Engine::all() {
        let server = story::start(engine).await;
        let given = server.folder.path().join("given");
        fs::write(&given, "5a".repeat(32)).expect("the key");
        let rotate = |key: &Path, more: &[&str]| {
            let mut command = server.command("key rotate --linger 2");
            // The last of two flags counts; the harness gives one on PostgreSQL.
            if engine == Engine::Sqlite {
                command.arg("--master-key-file").arg(key);
            } else {
                fs::copy(key, key_file(&server)).expect("copied");
            }
            Said::of(&command.args(more).output().expect("it runs"))
        };
        rotate(&given, &[]).refused("--new-key-file");
        let new = server.folder.path().join("new");
        fs::write(&new, "d4".repeat(32)).expect("a key");
        let new = new.to_str().expect("UTF-8");
        let said = rotate(&given, &["--new-key-file", new]).done();
        assert!(said.out.contains("on every machine"), "{}", said.out);
        rotate(&given, &["--new-key-file", new]).refused("has replaced by key");
        let back = rotate(Path::new(new), &["--new-key-file", given.to_str().expect("UTF-8")]);
        back.refused("was replaced before");
        // Both in the file, the new one first: as it may be put on every machine beforehand.
        let both = server.folder.path().join("both");
        fs::write(&both, format!("{}\n{}\n", "e5".repeat(32), "d4".repeat(32))).expect("two keys");
        rotate(&both, &[]).done();
        let again = rotate(&both, &[]).done();
        assert!(again.out.contains("had ended before"), "{}", again.out);
        let click = json!({"case_id": "123", "staff_id": "123", "outer_type": "111"});
        assert_eq!(server.caller().communicate(&click).await.result()["msg"], "成功", "two rotations later");
    }
}

#[tokio::test]
async fn of_two_keys_in_the_file_the_new_one_is_taken_in_either_order() {
    for new_first in [true, false] {
        for in_folder in [true, false] {
            let mut server = story::start(Engine::Sqlite).await;
            story::fill(&server).await;
            let answers = story::answers(&server).await;
            server.stop();
            let (old, new) = (fs::read_to_string(key_file(&server)).expect("the key"), NEW.repeat(32));
            let alone = server.folder.path().join("alone");
            fs::write(&alone, &new).expect("a key");
            let new_id = store::key_ids(&alone).expect("a key").remove(0);
            let file = if in_folder { key_file(&server) } else { server.folder.path().join("both") };
            let both = if new_first { [new.as_str(), old.trim()] } else { [old.trim(), new.as_str()] };
            fs::write(&file, both.join("\n")).expect("two keys");
            let mut command = server.command("key rotate --json --linger 0");
            if !in_folder {
                command.arg("--master-key-file").arg(&file);
            }
            let said = run(command).await.done();
            assert_eq!(said.told["new"], json!(new_id), "new first: {new_first}, in the folder: {in_folder}");
            assert!(said.told["sealed_anew"].as_u64().expect("a number") >= 8, "{}", said.told);
            let raw = Raw::of(&server);
            let master = raw.rows("SELECT value FROM store_meta WHERE name = 'master_key_id'").await;
            assert_eq!(master, [[new_id]]);
            if in_folder {
                assert_eq!(
                    fs::read_to_string(&file).expect("the key").trim(),
                    new,
                    "the new key stays, alone"
                );
            } else {
                fs::copy(&alone, key_file(&server)).expect("put in place");
            }
            server.restart();
            assert_eq!(story::answers(&server).await, answers);
        }
    }
}

/// Columns of the migrations whose name or comment says that what they hold is sealed.
fn sealed_columns() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut found = Vec::new();
    for file in fs::read_dir(folder).expect("migrations") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("SQL");
        let mut table = "";
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let column = match words[..] {
                ["CREATE", "TABLE", name, ..] => {
                    table = name;
                    continue;
                }
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..] => {
                    table = name;
                    column
                }
                [column, ..] => column,
                [] => continue,
            };
            let comment = line.split_once("--").map_or("", |(_, comment)| comment.trim());
            if line.contains(" BYTEA") && (column.contains("sealed") || comment.starts_with("sealed")) {
                found.push((table.to_owned(), column.to_owned()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_sealed_column_is_sealed_anew() {
    let known = laqun::domain::sealed::COLUMNS.map(|(table, column)| (table.to_owned(), column.to_owned()));
    assert_eq!(
        sealed_columns(),
        known,
        "crates/server/src/domain/sealed.rs seals anew what it lists, and only that"
    );
}
