//! A configuration that was written by halves.

use std::{fs, process::Command, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::DEADLINE;
use crate::harness::{Engine, Server};

async fn until_logged(server: &Server, words: &[&str]) {
    let deadline = Instant::now() + DEADLINE;
    while !words.iter().all(|word| server.log().contains(word)) {
        assert!(Instant::now() < deadline, "{words:?} is not told in:\n{}", server.log());
        sleep(Duration::from_millis(20)).await;
    }
}

/// The code of an error of ours.
async fn code(server: &Server) -> i64 {
    let object = json!({"case_id": "123", "staff_id": "nobody", "outer_type": "111"});
    server.caller().communicate(&object).await.fault()["code"].as_i64().expect("a code")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_off_in_a_line_is_refused_at_start_and_changes_nothing_at_a_signal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("laqun.toml");
    let path = file.to_str().expect("a path");
    let whole = |code: u32| format!("[channel]\npatience = 3.0\n[gateway]\nbusiness_error_code = {code}\n");
    fs::write(&file, whole(15)).expect("a file");
    let mut server = Server::start_with(Engine::Sqlite, &["--config", path], &[]).await;
    server.stop();
    server.restart();
    assert_eq!(code(&server).await, 15);

    let cut = whole(50);
    let cut = &cut[..cut.len() - 10];
    fs::write(&file, cut).expect("a file");
    let signal =
        || Command::new("kill").args(["-HUP", &server.pid().to_string()]).status().expect("kill runs");
    assert!(signal().success());
    until_logged(&server, &["laqun.toml", "line 4"]).await;
    assert_eq!(code(&server).await, 15, "the old settings stay");

    let output = server.admin("tenant list", &["--config", path]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("line 4"), "{said}");

    fs::write(&file, whole(50)).expect("a file");
    assert!(signal().success());
    let deadline = Instant::now() + DEADLINE;
    while code(&server).await != 50 {
        assert!(Instant::now() < deadline, "a file that was made whole is not read:\n{}", server.log());
        sleep(Duration::from_millis(20)).await;
    }
}
