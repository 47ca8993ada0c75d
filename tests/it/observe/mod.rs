//! What an operator sees and does while the program runs: settings read again, log, figures, ending.

mod dashboards;
mod ending;
mod lines;
mod metrics;
mod operations;
mod page;
mod reload;
#[cfg(feature = "otlp")]
mod traces;

use std::{process::Command, time::Duration};

use tokio::time::{Instant, sleep};

use crate::harness::Server;

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(1);

fn signal(server: &Server, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &server.pid().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

/// Waits until the log holds this many lines with these words; them.
async fn until_logged(server: &Server, count: usize, words: &[&str]) -> Vec<String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let log = server.log();
        let lines = log.lines().filter(|line| words.iter().all(|word| line.contains(word)));
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        if lines.len() >= count {
            return lines;
        }
        assert!(Instant::now() < deadline, "{count} lines with {words:?} in\n{log}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// An answer's status and body.
async fn get(server: &Server, url: &str) -> (u16, String) {
    let response = server.caller().http.get(url).send().await.expect("an answer");
    (response.status().as_u16(), response.text().await.expect("a body"))
}
