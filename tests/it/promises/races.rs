//! Clicks that meet somebody else's open transaction on the rows they are about. PostgreSQL only: SQLite has one writer.

use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use crate::harness::{Answer, Engine, Server, TENANT};

async fn connect(server: &Server) -> Client {
    let address = server.database.as_deref().expect("on PostgreSQL");
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    client
}

/// Clicks while `hold` (a statement) is open in another transaction, which commits once the click waits for its lock.
async fn click_against(server: &Server, hold: &str, object: &Value) -> Answer {
    let (mut holder, watcher) = (connect(server).await, connect(server).await);
    let open = holder.transaction().await.expect("begin");
    open.batch_execute(hold).await.expect("the statement is right");
    let (caller, object) = (server.caller(), object.clone());
    let click = tokio::spawn(async move { caller.communicate(&object).await });
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        let row = watcher.query_one(waiting, &[]).await.expect("a count");
        if row.get::<_, i64>(0) > 0 {
            break;
        }
        assert!(!click.is_finished(), "the click did not wait for the row: {:?}", click.await);
    }
    open.commit().await.expect("commit");
    click.await.expect("the click ends")
}

async fn on_postgres() -> Option<Server> {
    if !Engine::all().contains(&Engine::Postgres) {
        return None;
    }
    let server = Server::start(Engine::Postgres).await;
    for staff in ["a", "b"] {
        assert!(server.admin("staff add", &[staff, "--name", staff]).status.success());
    }
    Some(server)
}

fn click(case_id: &str, staff_id: &str) -> Value {
    json!({"case_id": case_id, "tenant_id": TENANT, "staff_id": staff_id, "outer_type": "111"})
}

fn show(server: &Server, group: &Value) -> Value {
    let shown = server.admin_json("group show", &[group.as_str().expect("an id")]);
    shown.into_iter().next().expect("one object")
}

#[tokio::test]
async fn a_group_that_is_dissolved_meanwhile_does_not_come_back_to_life() {
    let Some(server) = on_postgres().await else { return };
    for (case_id, state) in [("open", "active"), ("closing", "closing")] {
        let first = server.caller().communicate(&click(case_id, "a")).await.data()["team_group_id"].clone();
        if state == "closing" {
            server.admin_json("group close", &[first.as_str().unwrap()]);
        }
        let hold = format!("UPDATE chat_group SET state = 'dissolved' WHERE case_id = '{case_id}'");
        let answer = click_against(&server, &hold, &click(case_id, "b")).await;
        let second = answer.data()["team_group_id"].clone();
        assert_ne!(first, second, "{case_id}: the click made the next generation");
        assert_eq!(show(&server, &first)["state"], "dissolved");
        assert_eq!(show(&server, &second)["generation"], 2);
        let members = show(&server, &first)["members"].clone();
        assert_eq!(
            members.as_array().map(Vec::len),
            Some(1),
            "nobody was pulled into what is over: {members}"
        );
    }
}

#[tokio::test]
async fn a_failed_group_that_became_ready_meanwhile_is_not_made_again() {
    let Some(server) = on_postgres().await else { return };
    let first = server.caller().communicate(&click("failed", "a")).await.data()["team_group_id"].clone();
    let database = connect(&server).await;
    let fail = "UPDATE chat_group SET state = 'failed', failure = '{}' WHERE case_id = 'failed'";
    database.batch_execute(fail).await.unwrap();
    let hold = "UPDATE chat_group SET state = 'active', failure = NULL WHERE case_id = 'failed'";
    let answer = click_against(&server, hold, &click("failed", "b")).await;
    assert_eq!(answer.data()["team_group_id"], first);
    let shown = show(&server, &first);
    assert_eq!(shown["state"], "active");
    let kinds: Vec<&str> =
        shown["timeline"].as_array().unwrap().iter().filter_map(|l| l["kind"].as_str()).collect();
    assert!(!kinds.contains(&"retried"), "{kinds:?}");
    let jobs = database.query_one("SELECT COUNT(*) FROM store_job", &[]).await.unwrap();
    assert_eq!(jobs.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_ticket_that_is_told_of_meanwhile_brings_its_people() {
    let Some(server) = on_postgres().await else { return };
    let hold = format!(
        "INSERT INTO ticket (tenant_id, case_id, title, description, status, priority, assignee, customer, stub, created_at,
                             updated_at)
         SELECT {TENANT}, 'told', 'A title', '', 'accepted', 'medium', s.id, c.id, 0, 1, 1
         FROM staff s, customer c WHERE s.staff_id = 'b'"
    );
    let answer = click_against(&server, &hold, &click("told", "a")).await;
    let shown = show(&server, &answer.data()["team_group_id"]);
    assert_eq!(shown["owner"], "b");
    let mut reasons: Vec<&str> =
        shown["members"].as_array().unwrap().iter().filter_map(|m| m["reason"].as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["assignee", "caller", "customer"]);
}
