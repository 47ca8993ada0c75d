//! Every schema that was ever on `main`, with data made by the code of that time, brought up to date by the present program.
//!
//! A fixture is a folder `laqun-N-store-M`: dumps of both engines and what the program answered then. Whoever adds a
//! migration writes the next one: `LAQUN_WRITE_FIXTURE=1 cargo test -p laqun --test it migrations::`, with
//! `LAQUN_TEST_POSTGRES` set, and commits the folder. Fixtures are never written again.

mod command;
pub(crate) mod raw;
pub(crate) mod story;
mod talk;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use laqun::app::open::MIGRATIONS;
use serde_json::Value;

use crate::harness::{Engine, Server, new_postgres_database};
use raw::Raw;

/// What a fixture counts, to be found again after the upgrade.
const KEPT: [&str; 9] = [
    "chat_group",
    "group_member",
    "group_token",
    "timeline",
    "ticket",
    "staff",
    "message",
    "visitor",
    "attachment",
];

/// Columns that the story leaves null in every row: a secret that ends some day would end the fixture with it, and jobs are
/// leased by nobody while a server rests.
const NULL: [&str; 3] = ["app_secret.expires_at", "store_job.instance", "store_job.folder"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/migrations/fixtures")
}

/// The fixture's name of the schema that this program writes.
fn present() -> String {
    format!("laqun-{}-store-{}", MIGRATIONS.len(), store::SCHEMA_VERSION)
}

fn file(fixture: &Path, engine: Engine, ending: &str) -> PathBuf {
    fixture.join(format!("{}.{ending}", format!("{engine:?}").to_lowercase()))
}

/// A server on the data of a fixture.
async fn upgraded(fixture: &Path, engine: Engine) -> Server {
    let script = std::fs::read_to_string(file(fixture, engine, "sql")).expect("a dump");
    match engine {
        Engine::Sqlite => {
            let connection = |data: &Path| rusqlite::Connection::open(data.join("laqun.db")).expect("a file");
            Server::serve(engine, None, |data| {
                story::put_key(data);
                connection(data).execute_batch(&script).expect("the dump loads");
            })
        }
        Engine::Postgres => {
            let database = new_postgres_database().await;
            Raw::Postgres(database.clone()).load(&script).await;
            Server::serve(engine, Some(database), |_| ())
        }
    }
}

async fn counts(raw: &Raw) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for table in KEPT {
        counts.insert(table.to_owned(), raw.count(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts
}

/// Tables without rows, and columns that are null in all of them.
async fn empty(raw: &Raw) -> Vec<String> {
    let mut empty = Vec::new();
    for table in raw.tables().await {
        if raw.count(&format!("SELECT COUNT(*) FROM {table}")).await == 0 {
            empty.push(table);
            continue;
        }
        for column in raw.columns(&table).await {
            if raw.count(&format!("SELECT COUNT({column}) FROM {table}")).await == 0 {
                empty.push(format!("{table}.{column}"));
            }
        }
    }
    empty
}

async fn write_fixture(newest: &Path) {
    let folder = tempfile::tempdir_in(newest.parent().expect("fixtures")).expect("a folder");
    let fixture = folder.path();
    assert_eq!(Engine::all().len(), 2, "a fixture has both engines: set LAQUN_TEST_POSTGRES");
    for engine in Engine::all() {
        let mut server = story::start(engine).await;
        story::fill(&server).await;
        let answers = story::answers(&server).await;
        server.stop();
        let raw = Raw::of(&server);
        talk::leave_pages_open(&raw).await;
        let empty = empty(&raw).await;
        assert_eq!(
            empty,
            NULL.map(str::to_owned),
            "the story fills all but what NULL says: tests/it/migrations/story.rs"
        );
        let told = serde_json::json!({"second_secret": story::SECOND, "answers": answers, "rows": counts(&raw).await});
        let text = serde_json::to_string_pretty(&told).expect("JSON") + "\n";
        std::fs::write(file(fixture, engine, "json"), text).expect("written");
        std::fs::write(file(fixture, engine, "sql"), raw.dump()).expect("written");
    }
    std::fs::rename(folder.keep(), newest).expect("in its place");
}

#[tokio::test]
async fn old_groups_answer_the_same_after_every_migration_there_ever_was() {
    let newest = folder().join(present());
    if !newest.exists() && std::env::var("LAQUN_WRITE_FIXTURE").is_ok_and(|value| value == "1") {
        write_fixture(&newest).await;
    }
    assert!(
        newest.exists(),
        "no data of the present schema in tests/it/migrations/fixtures/{}: write it as tests/it/migrations/mod.rs says",
        present()
    );
    let entries = std::fs::read_dir(folder()).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let fixtures: Vec<PathBuf> = entries.collect();
    for version in 1..=MIGRATIONS.len() {
        let prefix = format!("laqun-{version}-");
        let name =
            |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        assert!(fixtures.iter().any(|path| name(path).starts_with(&prefix)), "no fixture {prefix}…");
    }
    for fixture in &fixtures {
        for engine in Engine::all() {
            let server = upgraded(fixture, engine).await;
            let told = std::fs::read_to_string(file(fixture, engine, "json")).expect("what it told");
            let told: Value = serde_json::from_str(&told).expect("JSON");
            let name = fixture.display();
            let rows = counts(&Raw::of(&server)).await;
            for (table, told) in told["rows"].as_object().expect("rows by table") {
                assert_eq!(serde_json::json!(rows[table]), *told, "{table} of {name} on {engine:?}");
            }
            // The first two were written when a secret could have blanks; such secrets go on being good.
            let second = told["second_secret"].as_str().unwrap_or("a second secret");
            assert_eq!(story::answers_with(&server, second).await, told["answers"], "{name} on {engine:?}");
        }
    }
}
