//! Promise 1 under a thousand simultaneous calls.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::stored;
use crate::harness::{Answer, Caller, Engine, Server, TENANT};

const CALLS: usize = 1000;

/// `result` with the sign-in ticket removed and the server's own address out of the way: what "equal answers" compares.
fn without_st(answer: &Answer, url: &str) -> Value {
    let mut result = answer.result();
    for member in ["group_link", "group_qr_code"] {
        let text = result["data"][member].as_str().expect("a text");
        let permanent = text.split_once("&st=").map_or(text, |(link, _)| link);
        assert!(permanent.starts_with(url), "{permanent}");
        result["data"][member] = permanent[url.len()..].into();
    }
    result
}

/// All calls at once, each through its own caller; answers in the order of the calls.
async fn at_once(calls: Vec<(Caller, Value)>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(calls.len()));
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|(caller, object)| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                caller.communicate(&object).await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.expect("an answer"));
    }
    answers
}

async fn one_ticket(servers: &[&Server]) {
    let object = json!({"case_id": "storm", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    let callers: Vec<_> = servers.iter().map(|server| server.caller()).collect();
    let calls = callers.iter().cycle().take(CALLS).map(|caller| (caller.clone(), object.clone())).collect();
    let answers = at_once(calls).await;
    let first = without_st(&answers[0], &callers[0].url);
    let mut tickets = std::collections::BTreeSet::new();
    for (answer, caller) in answers.iter().zip(callers.iter().cycle()) {
        assert_eq!(without_st(answer, &caller.url), first);
        assert!(tickets.insert(answer.sign_in_ticket()), "a sign-in ticket was given out twice");
    }
    let groups = stored::count(servers[0], "SELECT COUNT(*) FROM chat_group WHERE case_id = 'storm'").await;
    assert_eq!(groups, 1, "on {:?}", servers[0].engine);
    stored::assert_whole(servers[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_simultaneous_calls_for_a_new_ticket_make_one_group_and_are_answered_alike() {
    for engine in Engine::all() {
        one_ticket(&[&Server::start(engine).await]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_through_two_servers_on_one_database_make_one_group() {
    if Engine::all().contains(&Engine::Postgres) {
        let here = Server::start(Engine::Postgres).await;
        let there = here.beside();
        one_ticket(&[&here, &there]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_of_four_people_for_fifty_tickets_make_fifty_groups_of_four() {
    const TICKETS: usize = 50;
    let staff = ["123", "s1", "s2", "s3"];
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        for name in &staff[1..] {
            server.admin_json("staff add", &[name, "--name", name]);
        }
        let caller = server.caller();
        let call = |n: usize| {
            let (ticket, staff) = (format!("t{}", n % TICKETS), staff[n / TICKETS % staff.len()]);
            (caller.clone(), json!({"case_id": ticket, "staff_id": staff, "outer_type": "111"}))
        };
        let answers = at_once((0..CALLS).map(call).collect()).await;
        let mut ids = BTreeMap::new();
        for (n, answer) in answers.iter().enumerate() {
            let id = answer.data()["team_group_id"].clone();
            assert_eq!(*ids.entry(n % TICKETS).or_insert_with(|| id.clone()), id);
        }
        let members = stored::rows(
            &server,
            "SELECT g.case_id, COUNT(*), COUNT(DISTINCT m.person_id) FROM chat_group g JOIN group_member m
             ON m.tenant_id = g.tenant_id AND m.group_id = g.id AND m.state = 'joined'
             WHERE g.case_id <> '123' GROUP BY g.case_id",
        )
        .await;
        assert_eq!(members.len(), TICKETS, "on {engine:?}");
        for row in members {
            assert_eq!(row[1..], ["4", "4"], "members of {} on {engine:?}", row[0]);
        }
        let told = stored::count(&server, "SELECT COUNT(*) FROM timeline WHERE kind = 'members_added'").await;
        // One line for the demo's group; of the others at most one a person, and none twice.
        assert!(told <= 1 + (TICKETS * staff.len()) as u64, "{told} lines on {engine:?}");
        stored::assert_whole(&server).await;
    }
}
