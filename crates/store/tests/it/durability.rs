//! What was answered is durable: settings are read back, the sync comes before the answer, and a killed process lost nothing.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use store::{Error, Location, Options, Store, params};

use crate::place::{Place, SCHEMA, server, with};
use crate::units::count;

/// Names the database of a child process of these tests.
const CHILD: &str = "LAQUN_TEST_CHILD";

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_lose_answers_are_refused() {
    // A database in memory has no write-ahead log.
    let memory =
        Store::open(Options::new(Location::Sqlite(PathBuf::from(":memory:"))), "story", SCHEMA).await;
    let refused = memory.map(drop).unwrap_err();
    assert!(matches!(refused, Error::Durability { .. }), "{refused:?}");
    assert!(
        refused.to_string().contains("journal_mode") && refused.to_string().contains("--unsafe-durability")
    );
    let Some(address) = server() else { return };
    let place = Place::postgres().await.unwrap();
    let mut options =
        Options::new(Location::Postgres(format!("{} options='-c synchronous_commit=off'", place.address())));
    let refused = Store::open(options.clone(), "story", SCHEMA).await.map(drop).unwrap_err();
    // A throw-away server without fsync is refused for that.
    assert!(matches!(refused, Error::Durability { .. }), "{refused:?}");
    options.unsafe_durability = true;
    Store::open(options, "story", SCHEMA).await.unwrap().close().await;
    let nobody = Options::new(Location::Postgres(with(&address, "user", "nobody_of_that_name")));
    let refused = Store::open(nobody, "story", SCHEMA).await.map(drop).unwrap_err();
    assert!(matches!(refused, Error::Address(_)), "{refused:?}");
}

/// Not a test of its own: what the child processes below do. Writes a note, then says so, for ever.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(file) = std::env::var(CHILD) else { return };
    let store = Store::open(Options::new(Location::Sqlite(file.into())), "story", SCHEMA).await.unwrap();
    for id in 0_i64.. {
        let added: Result<u64, Error> =
            store.write("add", move |tx| tx.exec("INSERT INTO note (id) VALUES ($1)", params![id])).await;
        added.unwrap();
        // One write of its own to the system, so that a trace shows it.
        std::io::stderr().write_all(format!("ANSWERED {id}\n").as_bytes()).unwrap();
        if id == 200 && std::env::var("LAQUN_TEST_CHILD_ENDS").is_ok() {
            break;
        }
    }
    store.close().await;
}

fn run_child(program: &mut Command, file: &Path) -> std::process::Child {
    let child = program.args(["--exact", "durability::child", "--nocapture"]).env(CHILD, file);
    child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_has_lost_nothing() {
    let place = Place::sqlite().await.unwrap();
    let Location::Sqlite(file) = place.location.clone() else { unreachable!() };
    let mut from = -1;
    for _ in 0..3 {
        let mut child = run_child(&mut Command::new(std::env::current_exe().unwrap()), &file);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let answered = |line: String| line.strip_prefix("ANSWERED ").map(|id| id.parse::<i64>().unwrap());
        let mut last = lines.by_ref().filter_map(answered).find(|id| *id >= 50).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        last = lines.filter_map(answered).last().unwrap_or(last);
        assert!(last > from);
        let store = place.open().await;
        let kept = count(&store, "SELECT COUNT(*) FROM note").await;
        assert!(kept > last, "{last} was answered, {kept} are there");
        let emptied: Result<u64, Error> = store.write("empty", |tx| tx.exec("DELETE FROM note", &[])).await;
        emptied.unwrap();
        store.close().await;
        from = 0;
    }
}

/// Between two answers the log is written, and then synced, and only then comes the answer.
#[test]
fn the_sync_precedes_the_answer() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert!(std::env::var("LAQUN_TEST_REQUIRE_STRACE").is_err(), "strace is not installed");
        println!("SKIPPED: strace is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "32", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"]).arg(&trace);
    strace.arg(std::env::current_exe().unwrap()).env("LAQUN_TEST_CHILD_ENDS", "1");
    let child = run_child(&mut strace, &folder.path().join("test.db"));
    let done = child.wait_with_output().unwrap();
    if !done.status.success() && String::from_utf8_lossy(&done.stderr).contains("PTRACE") {
        println!("SKIPPED: this user may not trace");
        return;
    }
    assert!(done.status.success());
    let trace = fs::read_to_string(trace).unwrap();
    let (mut written, mut synced, mut answers) = (false, false, 0);
    let mut begun: HashMap<&str, &str> = HashMap::new();
    for line in trace.lines() {
        let (pid, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        // A call during which another thread's was traced is told in two lines: its begin and its return.
        let (call, begins, returns) = if let Some(call) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(pid, call);
            (call, true, false)
        } else if call.starts_with("<...") {
            (begun.remove(pid).unwrap_or(""), false, true)
        } else {
            (call, true, true)
        };
        let log = call.contains("-wal>");
        if call.starts_with("pwrite64") && log && begins {
            (written, synced) = (true, false);
        } else if (call.starts_with("fdatasync") || call.starts_with("fsync")) && log && returns {
            synced = written;
        } else if call.starts_with("write") && call.contains("ANSWERED") && begins {
            assert!(written && synced, "answer {answers} before the log was synced:\n{line}");
            (written, synced) = (false, false);
            answers += 1;
        }
    }
    assert_eq!(answers, 201);
}
