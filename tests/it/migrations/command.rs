//! `laqun migrate`.

use serde_json::json;

use super::{file, folder, raw::Raw, story};
use crate::harness::{Engine, laqun, new_postgres_database};

/// The oldest data there is, not yet upgraded: the arguments that name it, and its database.
async fn oldest(engine: Engine, data: &std::path::Path) -> (Vec<String>, Raw) {
    let script =
        std::fs::read_to_string(file(&folder().join("laqun-1-store-1"), engine, "sql")).expect("a dump");
    story::put_key(data);
    let mut arguments = vec!["--data".to_owned(), data.display().to_string(), "--json".to_owned()];
    let raw = match engine {
        Engine::Sqlite => Raw::file(&data.join("laqun.db")),
        Engine::Postgres => {
            let database = new_postgres_database().await;
            arguments.extend(["--database-url".into(), database.clone(), "--unsafe-durability".into()]);
            Raw::Postgres(database)
        }
    };
    raw.load(&script).await;
    (arguments, raw)
}

#[tokio::test]
async fn migrate_says_what_it_would_do_and_many_at_once_do_it_once() {
    for engine in Engine::all() {
        let folder = tempfile::tempdir().expect("a folder");
        let (arguments, raw) = oldest(engine, folder.path()).await;
        let run = |more: &[&str]| {
            let output = laqun().arg("migrate").args(&arguments).args(more).output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            (output.status.code(), told, said)
        };
        let ledger = "SELECT namespace, version FROM store_migration ORDER BY 1, 2";
        let before = raw.rows(ledger).await;
        let (code, told, said) = run(&["--check"]);
        assert_eq!(code, Some(0), "{said}");
        let newer = laqun::app::open::MIGRATIONS.len() + store::SCHEMA_VERSION - 2;
        assert_eq!(told["pending"].as_array().map(Vec::len), Some(newer), "{told}");
        assert_eq!(raw.rows(ledger).await, before, "--check changes nothing");

        std::thread::scope(|scope| {
            let several: Vec<_> = (0..4).map(|_| scope.spawn(|| run(&[]))).collect();
            for one in several {
                let (code, told, said) = one.join().expect("it ran");
                assert_eq!(code, Some(0), "{said}");
                assert_eq!(told["schema"]["laqun"], json!(laqun::app::open::MIGRATIONS.len()));
            }
        });
        assert_eq!(run(&["--check"]).1["pending"], json!([]));
        assert_eq!(raw.rows(ledger).await.len(), before.len() + newer);

        raw.rows(
            "INSERT INTO store_migration (namespace, version, name, digest) VALUES ('laqun', 9999, 'x', 'x')",
        )
        .await;
        for more in [&["--check"][..], &[]] {
            let (code, _, said) = run(more);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains("9999") && said.contains("newer release"), "{said}");
        }
    }
}

#[test]
fn migrate_looks_at_nothing_without_making_it_and_makes_it_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let run = |more: &[&str]| {
        let output = laqun().args(["migrate", "--data"]).arg(&data).args(more).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let said = run(&["--check"]);
    assert!(said.contains("would apply") && said.contains("laqun 1: main job"), "{said}");
    assert!(!data.exists());
    assert!(run(&[]).contains("store 1: store"));
    assert!(run(&[]).contains("up to date"));
}
