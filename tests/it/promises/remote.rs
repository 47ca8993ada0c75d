//! Promise 1 while a platform makes the group: `kill -9` between the reservation and the platform's answer.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{crashes, stored};
use crate::harness::{Engine, Server};

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(2);

/// Looks until the query finds no row.
pub(crate) async fn until_none(server: &Server, sql: &str) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let rows = stored::rows(server, sql).await;
        if rows.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "still there on {:?}: {sql}: {rows:?}", server.engine);
        sleep(Duration::from_millis(20)).await;
    }
}

async fn assert_made_once(server: &Server) {
    until_none(server, "SELECT kind, key, attempts, cause FROM store_job WHERE buried = 0").await;
    until_none(server, "SELECT kind, key, attempts, cause FROM store_job").await;
    let unmade = "SELECT case_id, state FROM chat_group WHERE state <> 'active' OR platform_chat_id IS NULL
                  OR platform_conversation_id IS NULL";
    assert_eq!(stored::rows(server, unmade).await, Vec::<Vec<String>>::new(), "on {:?}", server.engine);
    let twice = "SELECT group_id FROM timeline WHERE kind = 'created'
                 GROUP BY tenant_id, group_id HAVING COUNT(*) > 1";
    assert_eq!(stored::rows(server, twice).await, Vec::<Vec<String>>::new(), "on {:?}", server.engine);
    stored::assert_whole(server).await;
}

async fn slow_server(engine: Engine, settings: &str) -> Server {
    let server = Server::start(engine).await;
    let slow =
        ["slow", "--platform", "sandbox", "--outer-type", "slow", "--patience", "0", "--settings", settings];
    server.admin_json("channel add", &slow);
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_making_was_killed_is_made_once_after_the_restart() {
    for engine in Engine::all() {
        for settings in [r#"{"delay_ms":300}"#, r#"{"delay_ms":100,"fault":"unsure","fault_count":1}"#] {
            let mut server = slow_server(engine, settings).await;
            for state in ["reserved", "creating"] {
                let object = json!({"case_id": state, "staff_id": "123", "outer_type": "slow"});
                let told = server.caller().communicate(&object).await;
                assert_eq!(told.result()["msg"], "群创建中，链接已可用");
                if state == "creating" {
                    // The job has begun: the platform is being asked.
                    until_none(&server, "SELECT id FROM chat_group WHERE state = 'reserved'").await;
                }
                server.kill();
                server.restart();
                assert_made_once(&server).await;
                let again = server.caller().communicate(&object).await;
                assert_eq!(again.result()["msg"], "成功");
                assert_eq!(again.data()["team_group_id"], told.data()["team_group_id"], "on {engine:?}");
                assert_eq!(
                    again.data()["group_qr_code"].as_str().map(after_host),
                    told.data()["group_qr_code"].as_str().map(after_host)
                );
            }
        }
    }
}

/// Path of an address: the port is another after each restart.
fn after_host(url: &str) -> &str {
    url.split_once("/g/").expect("a group's address").1
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_platform_makes_of_a_group_dissolved_meanwhile_is_on_the_timeline() {
    for engine in Engine::all() {
        // In the second case the platform's answer is lost, and only asking it again tells what it made.
        for settings in [r#"{"delay_ms":3000}"#, r#"{"delay_ms":3000,"fault":"unsure","fault_count":1}"#] {
            let server = slow_server(engine, settings).await;
            let object = json!({"case_id": "gone", "staff_id": "123", "outer_type": "slow"});
            let told = server.caller().communicate(&object).await;
            let group = told.data()["team_group_id"].as_str().expect("an id").to_owned();
            until_none(&server, "SELECT id FROM chat_group WHERE state = 'reserved'").await;
            server.admin_json("group dissolve", &[&group]);
            let unmade = "SELECT id FROM chat_group WHERE case_id = 'gone' AND platform_chat_id IS NOT NULL";
            assert_eq!(stored::rows(&server, unmade).await.len(), 0, "dissolved while it is being made");
            until_none(&server, "SELECT kind, key, attempts, cause FROM store_job").await;
            let sql = "SELECT g.state, g.platform_chat_id, t.detail, t.evidence FROM chat_group g
                       JOIN timeline t ON t.tenant_id = g.tenant_id AND t.group_id = g.id
                       WHERE g.case_id = 'gone' AND t.kind = 'created'";
            let rows = stored::rows(&server, sql).await;
            let [row] = rows.as_slice() else { panic!("{rows:?} on {engine:?} with {settings}") };
            let [state, chat, detail, evidence] = row.as_slice() else { panic!("{row:?}") };
            assert_eq!(state, "dissolved");
            assert!(!chat.is_empty() && !evidence.is_empty() && detail.contains(chat.as_str()), "{row:?}");
            assert!(detail.contains("was dissolved before its platform had made it"), "{detail}");
            stored::assert_whole(&server).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_on_a_slow_platform_leaves_one_group_a_ticket_and_an_empty_queue() {
    for engine in Engine::all() {
        let mut server = slow_server(engine, r#"{"delay_ms":50}"#).await;
        for name in &crashes::STAFF[1..] {
            server.admin_json("staff add", &[name, "--name", name]);
        }
        let mut all = std::collections::BTreeMap::new();
        for round in 0..3 {
            all.extend(crashes::kill_in_a_storm(&mut server, round, 40, "slow").await);
        }
        assert_made_once(&server).await;
        let live = stored::live_groups(&server).await;
        for (case_id, team_group_id) in &all {
            assert_eq!(live.get(case_id), Some(team_group_id), "{case_id} on {engine:?}");
        }
    }
}
