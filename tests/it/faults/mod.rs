//! What a machine does to a server: each fault is told to callers clearly, loses nothing, stores nothing wrong, and is over by
//! itself when its cause is.
//!
//! A full disk of SQLite is in `promises::disk`, a second server on a folder in `promises::starting`, lost connections and
//! killed backends of PostgreSQL in `promises::backends`.

mod clock;
mod config;
mod descriptors;
mod full;
mod gone;
mod read_only;
mod slow;

use std::{process::Command, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Answer, Server},
    promises::stored,
};

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(2);

fn request(case_id: &str) -> Value {
    json!({"case_id": case_id, "staff_id": "123", "outer_type": "111"})
}

async fn click(server: &Server, case_id: &str) -> Answer {
    server.caller().communicate(&request(case_id)).await
}

/// The group of an answer; none where the caller was told to come again, in the documented shape.
fn group(answer: &Answer) -> Option<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    if answer.json().get("error_response").is_none() {
        return Some(answer.data()["team_group_id"].as_str().expect("an id").to_owned());
    }
    let fault = answer.fault();
    assert_eq!(fault["code"], 50, "{}", answer.body);
    assert!(fault["sub_code"].as_str().is_some_and(|code| code.starts_with("isp.")), "{}", answer.body);
    assert!(fault["sub_msg"].as_str().is_some_and(|text| text.contains("重试")), "{}", answer.body);
    assert!(fault["request_id"].is_string(), "{}", answer.body);
    None
}

async fn status(server: &Server, path: &str) -> u16 {
    let response = server.caller().http.get(format!("{}{path}", server.url)).send().await;
    response.expect("the server answers").status().as_u16()
}

/// Asks until `/readyz` says this.
async fn until_ready_says(server: &Server, code: u16) {
    let deadline = Instant::now() + DEADLINE;
    while status(server, "/readyz").await != code {
        assert!(Instant::now() < deadline, "/readyz does not say {code} on {:?}", server.engine);
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(status(server, "/healthz").await, 200, "the process is well");
}

/// Each of these tickets has the group that was told, and nothing is there twice or by halves.
async fn assert_kept(server: &Server, told: &[(String, String)]) {
    let live = stored::live_groups(server).await;
    for (case_id, group) in told {
        assert_eq!(live.get(case_id), Some(group), "{case_id} on {:?}", server.engine);
    }
    stored::assert_whole(server).await;
}

/// Runs a command that must succeed.
#[track_caller]
fn run(words: &[&str]) {
    let output = Command::new(words[0]).args(&words[1..]).output().expect("it runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether this user may mount; a line that says so where not, and a failure where everything must run.
fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["--mount", "true"]).status();
    if tried.is_ok_and(|done| done.success()) {
        return true;
    }
    let required = std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
    assert!(!required, "this user may not mount, and the environment demands every test");
    println!("SKIPPED: this user may not mount");
    false
}
