//! What is not whole, not fitting or not wanted is refused with a clear word, and leaves nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Elsewhere, backup, verify};
use crate::{
    harness::{Engine, Server},
    migrations::story,
};

struct Case {
    _server: Server,
    folder: tempfile::TempDir,
    elsewhere: Elsewhere,
}

impl Case {
    async fn new(engine: Engine) -> Self {
        let server = story::start(engine).await;
        let blob = server.folder.path().join("data/blobs/ab");
        fs::create_dir_all(&blob).expect("a folder");
        fs::write(blob.join("cd"), "a picture").expect("a blob");
        let folder = tempfile::tempdir().expect("a folder");
        backup(&server, &folder.path().join("good")).done();
        Self { _server: server, folder, elsewhere: Elsewhere::new(engine).await }
    }

    fn good(&self) -> PathBuf {
        self.folder.path().join("good")
    }

    /// A copy of the good backup that `change` spoils.
    fn spoiled(&self, change: impl FnOnce(&Path)) -> PathBuf {
        let bad = self.folder.path().join("bad");
        if bad.exists() {
            fs::remove_dir_all(&bad).expect("removed");
        }
        let done = std::process::Command::new("cp").arg("-a").arg(self.good()).arg(&bad).status();
        assert!(done.expect("cp runs").success());
        change(&bad);
        bad
    }

    /// Neither trusted nor put back.
    fn refuses(&self, bad: &Path, words: &str) {
        verify(bad).refused(words);
        self.restores_not(bad, words);
    }

    fn restores_not(&self, bad: &Path, words: &str) {
        for more in [&["--check"][..], &[]] {
            self.elsewhere.restore(bad, more).refused(words);
        }
        let left =
            fs::read_dir(self.elsewhere.data()).into_iter().flatten().map(|entry| entry.expect("an entry"));
        let left: Vec<_> =
            left.map(|entry| entry.file_name()).filter(|name| name != "instance.lock").collect();
        assert!(left.is_empty(), "{left:?} was left behind");
    }
}

fn flip(path: &Path, at: u64) {
    let mut bytes = fs::read(path).expect("read");
    let at = usize::try_from(at).expect("small") % bytes.len();
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("written");
}

/// Changes the manifest and makes its checksum fit, as somebody would who means to.
fn edit(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    change(&mut manifest);
    let text = manifest.to_string();
    let sum = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    fs::write(path, text).expect("written");
    fs::write(folder.join("manifest.sha256"), format!("{sum}  manifest.json\n")).expect("written");
}

#[tokio::test]
async fn a_backup_that_is_not_whole_is_neither_trusted_nor_restored() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let database = if engine == Engine::Sqlite { "database.sqlite" } else { "database.pgdump" };
        for name in [database, "blobs/ab/cd"] {
            for at in [0, 7, 4000, 9_999_999] {
                let bad = case.spoiled(|bad| flip(&bad.join(name), at));
                case.refuses(&bad, &format!("{name} was changed"));
            }
            let bad = case.spoiled(|bad| fs::remove_file(bad.join(name)).expect("removed"));
            case.refuses(&bad, &format!("{name} is missing"));
            let bad = case.spoiled(|bad| {
                let bytes = fs::read(bad.join(name)).expect("read");
                fs::write(bad.join(name), &bytes[..bytes.len() - 1]).expect("written");
            });
            case.refuses(&bad, "bytes, not");
        }
        let bad = case.spoiled(|bad| fs::write(bad.join("blobs/more"), "x").expect("written"));
        case.refuses(&bad, "blobs/more does not belong to it");
        let bad = case.spoiled(|bad| flip(&bad.join("manifest.json"), 100));
        case.refuses(&bad, "manifest.json is not what manifest.sha256 says");
        let bad = case.spoiled(|bad| fs::remove_file(bad.join("manifest.json")).expect("removed"));
        case.refuses(&bad, "is not a backup");
        case.refuses(&case.folder.path().join("nowhere"), "is not a backup");
        // A database that is not the one of the manifest, though every checksum fits.
        if engine == Engine::Sqlite {
            let bad = case.spoiled(|bad| edit(bad, |manifest| manifest["rows"]["ticket"] = json!(77)));
            case.refuses(&bad, "does not hold what it did");
        } else {
            let bad = case.spoiled(|bad| edit(bad, |manifest| manifest["rows"]["ticket"] = json!(77)));
            case.elsewhere.restore(&bad, &[]).refused("of 77 rows of the table ticket came 1");
        }
        // After all that the good one still goes where nothing was left.
        case.elsewhere.restore(&case.good(), &[]).done();
        let blob = fs::read(case.elsewhere.data().join("blobs/ab/cd")).expect("the blob came along");
        assert_eq!(blob, b"a picture");
    }
}

#[tokio::test]
async fn a_backup_that_does_not_fit_is_not_restored() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        for (namespace, version) in [("laqun", 9999), ("store", 9998)] {
            let bad =
                case.spoiled(|bad| edit(bad, |manifest| manifest["schema"][namespace] = json!(version)));
            if engine == Engine::Postgres {
                case.restores_not(&bad, &version.to_string());
            } else {
                case.refuses(&bad, "does not hold what it did");
            }
        }
        let bad = case.spoiled(|bad| edit(bad, |manifest| manifest["format"] = json!(2)));
        case.refuses(&bad, "format 2");
        let bad = case.spoiled(|bad| {
            edit(bad, |manifest| {
                let fact = manifest["files"]["blobs/ab/cd"].clone();
                manifest["files"]["../outside"] = fact;
            });
        });
        case.refuses(&bad, "outside of the backup");

        fs::write(case.elsewhere.key(), format!("{}\n", "77".repeat(32))).expect("another key");
        case.restores_not(&case.good(), "give that key's file");
        story::put_key(case.elsewhere.folder.path());

        let other = match engine {
            Engine::Sqlite => Engine::Postgres,
            Engine::Postgres => Engine::Sqlite,
        };
        if Engine::all().contains(&other) {
            Elsewhere::new(other).await.restore(&case.good(), &[]).refused("not of");
        }
        case.elsewhere.restore(&case.good(), &[]).done();
        for more in [&["--check"][..], &[]] {
            case.elsewhere.restore(&case.good(), more).refused("not empty");
        }
        case.elsewhere.serve();
    }
}

#[tokio::test]
async fn a_newer_schema_is_told_before_anything_is_written() {
    let case = Case::new(Engine::Sqlite).await;
    let newer = case.spoiled(|bad| {
        let file = bad.join("database.sqlite");
        let connection = rusqlite::Connection::open(&file).expect("a database");
        let ledger =
            "INSERT INTO store_migration (namespace, version, name, digest) VALUES ('laqun', 9999, 'x', 'x')";
        connection.execute_batch(ledger).expect("written");
        drop(connection);
        let bytes = fs::read(&file).expect("read");
        edit(bad, |manifest| {
            manifest["schema"]["laqun"] = json!(9999);
            let rows = manifest["rows"]["store_migration"].as_u64().expect("a number");
            manifest["rows"]["store_migration"] = json!(rows + 1);
            let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
            manifest["files"]["database.sqlite"] = json!({"bytes": bytes.len(), "sha256": sha256});
        });
    });
    verify(&newer).done();
    case.restores_not(&newer, "schema is at version 9999");
}

#[tokio::test]
async fn without_the_key_a_restore_says_where_to_put_it() {
    let case = Case::new(Engine::Sqlite).await;
    let data = case.elsewhere.data();
    let run = || {
        let mut command = crate::harness::laqun();
        command.arg("restore").arg(case.good()).arg("--data").arg(&data).arg("--json");
        super::Said::of(&command.output().expect("it runs"))
    };
    run().refused("put its file at");
    story::put_key(&data);
    run().done();
    drop(Server::serve(Engine::Sqlite, None, |folder| {
        for entry in fs::read_dir(&data).expect("a folder").map(|entry| entry.expect("an entry")) {
            fs::rename(entry.path(), folder.join(entry.file_name())).expect("moved");
        }
    }));
}

#[tokio::test]
async fn a_folder_in_which_anything_lies_or_a_server_runs_is_not_restored_into() {
    let case = Case::new(Engine::Sqlite).await;
    fs::create_dir(case.elsewhere.data()).expect("a folder");
    fs::write(case.elsewhere.data().join("laqun.db-wal"), "x").expect("written");
    case.elsewhere.restore(&case.good(), &[]).refused("laqun.db-wal is in it");
    fs::remove_file(case.elsewhere.data().join("laqun.db-wal")).expect("removed");
    let held = store::Folder::take(&case.elsewhere.data()).expect("held");
    case.elsewhere.restore(&case.good(), &[]).refused("in use by another process");
    drop(held);
    // What a restore left that was killed between its two renames is cleared away.
    fs::create_dir_all(case.elsewhere.data().join("restore.partial")).expect("a folder");
    fs::create_dir_all(case.elsewhere.data().join("blobs/old")).expect("a folder");
    case.elsewhere.restore(&case.good(), &[]).done();
    assert!(!case.elsewhere.data().join("restore.partial").exists());
    assert!(!case.elsewhere.data().join("blobs/old").exists());
}

#[tokio::test]
async fn a_database_in_which_anything_lies_is_not_restored_into() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let case = Case::new(Engine::Postgres).await;
    let database = case.elsewhere.database.clone().expect("on PostgreSQL");
    let raw = crate::migrations::raw::Raw::Postgres(database);
    raw.rows("CREATE SCHEMA theirs; CREATE TABLE theirs.t (i int)").await;
    case.restores_not(&case.good(), "database is not empty");
    raw.rows("DROP SCHEMA theirs CASCADE").await;
    case.elsewhere.restore(&case.good(), &[]).done();
}
