//! A disk whose syncs take long: calls wait and are told the truth, reading goes on, and the queue has an end.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{DEADLINE, assert_kept, click, group, request};
use crate::{
    harness::{Engine, Server},
    promises::cluster::Cluster,
};

/// More callers than the queue of 1,024 units and its writers have places for.
const CALLERS: usize = 1_400;

/// Delays every sync of some processes until it is dropped.
struct Delay(Child);

impl Delay {
    /// None, with a line that says so, where strace does not work.
    fn of(processes: &[String]) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", "/dev/null"]);
        strace.args(["-e", "inject=fsync,fdatasync:delay_enter=20s"]);
        for process in processes {
            strace.args(["-p", process]);
        }
        Self(strace.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("strace runs"))
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn traced(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
}

async fn story(server: &Server, processes: Vec<String>) {
    let warm = group(&click(server, "warm").await).expect("it is well");
    let delay = Delay::of(&processes);
    let deadline = Instant::now() + DEADLINE;
    while !processes.iter().all(|process| traced(process)) {
        assert!(Instant::now() < deadline, "strace does not take hold");
        sleep(Duration::from_millis(20)).await;
    }
    let mut first = tokio::spawn({
        let caller = server.caller();
        async move { caller.communicate(&request("first")).await }
    });
    // One client: its connections are its own affair.
    let caller = server.caller();
    let mut crowd = JoinSet::new();
    for n in 0..CALLERS {
        let caller = caller.clone();
        crowd.spawn(async move {
            let case_id = format!("c{n}");
            let answer = caller.communicate(&request(&case_id)).await;
            (case_id, group(&answer))
        });
    }
    let mut told = vec![("warm".to_owned(), warm.clone())];
    let mut refused = Vec::new();
    // Those that found no place are told before any sync has ended.
    while refused.is_empty() {
        match crowd.join_next().await.expect("callers").expect("an answer") {
            (case_id, None) => refused.push(case_id),
            (case_id, Some(group)) => told.push((case_id, group)),
        }
    }
    assert!(told.len() < CALLERS / 2, "the queue has an end, and it is told before the queue is worked off");
    assert_eq!(group(&click(server, "warm").await).as_ref(), Some(&warm), "reading goes on");
    let is_waiting = tokio::time::timeout(Duration::ZERO, &mut first).await.is_err();
    assert!(is_waiting, "no answer before its sync");

    drop(delay);
    told.push(("first".to_owned(), group(&first.await.expect("an answer").clone()).expect("it was queued")));
    while let Some(ended) = crowd.join_next().await {
        match ended.expect("an answer") {
            (case_id, None) => refused.push(case_id),
            (case_id, Some(group)) => told.push((case_id, group)),
        }
    }
    for case_id in refused {
        let made = group(&click(server, &case_id).await).expect("there is room again");
        told.push((case_id, made));
    }
    assert_eq!(told.len(), CALLERS + 2);
    assert_kept(server, &told).await;
}

fn strace_works() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if tried.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let required = std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
    assert!(!required, "strace does not work here, and the environment demands every test");
    println!("SKIPPED: strace does not work here");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_syncs_of_sqlite_are_waited_for_and_the_queue_has_an_end() {
    if !strace_works() {
        return;
    }
    let server = Server::start(Engine::Sqlite).await;
    let process = server.pid().to_string();
    story(&server, vec![process]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_syncs_of_postgresql_are_waited_for_and_the_queue_has_an_end() {
    if !Engine::all().contains(&Engine::Postgres) || !strace_works() {
        return;
    }
    let cluster = Cluster::start();
    let server = Server::start_on(cluster.address.clone());
    let postmaster = cluster.postmaster().expect("it runs");
    let children = Command::new("pgrep").args(["-P", &postmaster]).output().expect("pgrep runs");
    let children = String::from_utf8(children.stdout).expect("numbers");
    story(&server, children.split_whitespace().map(str::to_owned).collect()).await;
}
