//! A restored system answers the same.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};

use super::{Elsewhere, Said, backup, verify};
use crate::{
    harness::{Caller, Engine, Server},
    migrations::{raw::Raw, story},
};

/// New tickets, one click after the other, until told to stop; what was answered, by ticket.
async fn clicks(caller: Caller, worker: usize, stop: Arc<AtomicBool>) -> BTreeMap<String, Value> {
    let mut told = BTreeMap::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let case = format!("storm-{worker}-{number}");
        let object = json!({"case_id": case, "staff_id": "123", "outer_type": "111"});
        told.insert(case, caller.communicate(&object).await.data()["team_group_id"].clone());
    }
    told
}

fn modes(folder: &Path) -> Vec<u32> {
    let mut found = vec![folder.metadata().expect("there").permissions().mode() & 0o777];
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let mode = entry.metadata().expect("there").permissions().mode() & 0o777;
        found.extend(if entry.path().is_dir() { modes(&entry.path()) } else { vec![mode] });
    }
    found
}

#[tokio::test]
async fn what_is_backed_up_while_clicks_run_answers_the_same_elsewhere() {
    for engine in Engine::all() {
        let server = story::start(engine).await;
        story::fill(&server).await;
        let answers = story::answers(&server).await;
        let stop = Arc::new(AtomicBool::new(false));
        let storm: Vec<_> =
            (0..8).map(|worker| tokio::spawn(clicks(server.caller(), worker, Arc::clone(&stop)))).collect();
        // The backup begins when clicks are surely running.
        let raw = Raw::of(&server);
        while raw.count("SELECT COUNT(*) FROM ticket WHERE case_id LIKE 'storm-%'").await < 20 {
            tokio::task::yield_now().await;
        }
        let before: BTreeMap<String, Value> = answered_by_now(&raw).await;
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy");
        let mut command = server.command("backup --json");
        command.arg(&copy);
        let output = tokio::task::spawn_blocking(move || command.output().expect("it runs")).await;
        let said = Said::of(&output.expect("it ended")).done();
        stop.store(true, Ordering::Relaxed);
        let mut told = BTreeMap::new();
        for worker in storm {
            told.extend(worker.await.expect("no click failed"));
        }
        assert_eq!(said.told["manifest"]["engine"], format!("{engine:?}").to_lowercase());
        assert!(modes(&copy).iter().all(|mode| [0o600, 0o700].contains(mode)), "{:?}", modes(&copy));
        assert_no_key(&copy);
        verify(&copy).done();

        let elsewhere = Elsewhere::new(engine).await;
        elsewhere.restore(&copy, &["--check"]).done();
        assert!(!elsewhere.data().exists(), "--check makes nothing");
        let restored = elsewhere.restore(&copy, &[]).done();
        assert_eq!(restored.told["manifest"], said.told["manifest"]);
        if engine == Engine::Sqlite {
            assert_eq!(modes(&elsewhere.data())[0], 0o700);
            assert_eq!(
                elsewhere.data().join("laqun.db").metadata().expect("there").permissions().mode() & 0o777,
                0o600
            );
        }
        let again = elsewhere.serve();
        assert_eq!(story::answers(&again).await, answers, "{engine:?}");
        let kept = answered_by_now(&Raw::of(&again)).await;
        for (case, group) in &before {
            assert_eq!(kept.get(case), Some(group), "{case} was there when the backup began");
        }
        for (case, group) in &kept {
            // Of a click that was under way the answer may not have been read.
            let asked = json!({"case_id": case, "staff_id": "123", "outer_type": "111"});
            let answer = again.caller().communicate(&asked).await.data()["team_group_id"].clone();
            assert!(told.get(case).is_none_or(|told| *told == answer), "{case}");
            assert_eq!(*group, json!(true));
        }
        // And it goes on: the next events and groups are as new as ever.
        let new = json!({"case_id": "after", "staff_id": "123", "outer_type": "111"});
        again.caller().communicate(&new).await.data();
        let slow = json!({"tenant_id": 7, "case_id": "after", "staff_id": "x1", "outer_type": "sandbox"});
        let caller = Caller { app_key: "7001".into(), secret: story::SECOND.into(), ..again.caller() };
        assert_eq!(
            caller.communicate(&slow).await.result()["msg"],
            "成功",
            "a waiting call is woken by the feed"
        );
        let second = folder.path().join("second");
        backup(&again, &second).done();
        verify(&second).done();
    }
}

/// Tickets of the storm that have a group.
async fn answered_by_now(raw: &Raw) -> BTreeMap<String, Value> {
    let rows = raw.rows("SELECT case_id FROM chat_group WHERE case_id LIKE 'storm-%'").await;
    rows.into_iter().map(|mut row| (row.remove(0), json!(true))).collect()
}

/// Neither the key's digits nor its bytes.
fn assert_no_key(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let bytes = std::fs::read(&entry).unwrap_or_default();
        for needle in [&[0x5a_u8; 32][..], "5a".repeat(32).as_bytes()] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{}", entry.display());
        }
    }
}

#[tokio::test]
async fn a_backup_says_that_the_key_is_not_in_it_and_where_it_is() {
    for engine in Engine::all() {
        let server: Server = story::start(engine).await;
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy");
        let said = Said::of(&server.admin("backup", &[copy.to_str().expect("UTF-8")])).done();
        let key = match engine {
            Engine::Sqlite => server.folder.path().join("data/master.key"),
            Engine::Postgres => server.folder.path().join("key"),
        };
        for words in ["is not in it", "apart from the backups", key.to_str().expect("UTF-8")] {
            assert!(said.out.contains(words), "{words}: {}", said.out);
        }
        let whole = Said::of(&server.admin("backup", &["--verify", copy.to_str().expect("UTF-8")])).done();
        assert!(whole.out.contains("is whole"), "{}", whole.out);
    }
}
