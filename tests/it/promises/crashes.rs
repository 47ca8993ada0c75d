//! Promises 1 and 2 under `kill -9`: what was answered is there after the restart, and nothing is there by halves.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::json;
use tokio::task::JoinSet;
use top::Output;

use super::stored;
use crate::harness::{Caller, Engine, METHOD, Server};

const CALLERS: usize = 16;
pub(super) const STAFF: [&str; 3] = ["123", "a1", "a2"];

/// How often to kill, and the most answers of a storm: the short storms of every run, or the long ones of the full run.
fn size() -> (usize, usize) {
    if std::env::var("LAQUN_TEST_FULL").is_ok_and(|v| v == "1") { (60, 500) } else { (20, 200) }
}

/// What callers were told: ticket → `team_group_id`.
#[derive(Default)]
pub(super) struct Told {
    groups: Mutex<BTreeMap<String, String>>,
    answers: AtomicUsize,
}

impl Told {
    /// One answer; another than before is a lie.
    pub(super) fn hear(&self, case_id: &str, team_group_id: &str) {
        let mut groups = self.groups.lock();
        let told = groups.entry(case_id.to_owned()).or_insert_with(|| team_group_id.to_owned());
        assert_eq!(told, team_group_id, "two answers for ticket {case_id}");
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    pub(super) fn groups(&self) -> BTreeMap<String, String> {
        self.groups.lock().clone()
    }
}

/// One call: `Some(true)` answered, `Some(false)` refused for now, none when the connection failed.
pub(super) async fn ask(
    caller: &Caller,
    told: &Told,
    case_id: &str,
    staff: &str,
    outer: &str,
) -> Option<bool> {
    let object = json!({"case_id": case_id, "staff_id": staff, "outer_type": outer}).to_string();
    let params = [("service_communication_request", object.as_str())];
    let answer = caller.try_method(METHOD, &params, Output::JSON).await.ok()?;
    if answer.body.contains("error_response") {
        let sub_code = answer.fault()["sub_code"].as_str().unwrap_or_default().to_owned();
        assert!(sub_code.starts_with("isp."), "not the caller's fault: {}", answer.body);
        return Some(false);
    }
    told.hear(case_id, answer.data()["team_group_id"].as_str().expect("an id"));
    Some(true)
}

/// Calls without a pause until the server is gone. Three calls for every ticket, by three people.
fn storm(caller: &Caller, told: &Arc<Told>, round: usize, outer: &'static str) -> JoinSet<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (caller, told, next) = (caller.clone(), Arc::clone(told), Arc::clone(&next));
        callers.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let case_id = format!("r{round}-{}", n / STAFF.len());
                if ask(&caller, &told, &case_id, STAFF[n % STAFF.len()], outer).await.is_none() {
                    return;
                }
            }
        });
    }
    callers
}

/// A storm, a kill in its middle after some answers, a restart. Returns what this storm was told.
pub(super) async fn kill_in_a_storm(
    server: &mut Server,
    round: usize,
    answers: usize,
    outer: &'static str,
) -> BTreeMap<String, String> {
    let told = Arc::new(Told::default());
    let mut callers = storm(&server.caller(), &told, round, outer);
    while told.answers() < answers {
        assert!(!callers.is_empty(), "the callers gave up before the kill");
        tokio::time::sleep(Duration::from_millis(1)).await;
        if let Some(ended) = callers.try_join_next() {
            ended.expect("no caller was lied to");
        }
    }
    server.kill();
    while let Some(ended) = callers.join_next().await {
        ended.expect("no caller was lied to");
    }
    server.restart();
    told.groups()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_being_killed_in_the_middle_of_a_storm_twenty_times() {
    let (kills, most) = size();
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        for name in &STAFF[1..] {
            server.admin_json("staff add", &[name, "--name", name]);
        }
        let mut all = BTreeMap::new();
        for round in 0..kills {
            // From the first answers on to well into the storm, each round at another point.
            let told = kill_in_a_storm(&mut server, round, 1 + round * 37 % most, "111").await;
            let caller = server.caller();
            for (case_id, team_group_id) in &told {
                let object = json!({"case_id": case_id, "staff_id": "123", "outer_type": "111"});
                let answer = caller.communicate(&object).await;
                assert_eq!(answer.data()["team_group_id"], **team_group_id, "{case_id} on {engine:?}");
            }
            all.extend(told);
            let live = stored::live_groups(&server).await;
            for (case_id, team_group_id) in &all {
                assert_eq!(live.get(case_id), Some(team_group_id), "{case_id} on {engine:?}");
            }
            stored::assert_whole(&server).await;
        }
        println!("{engine:?}: {} tickets answered through {kills} kills", all.len());
    }
}
