//! Who is told that a customer waits, what they are told, and what proves it.

mod delivery;
mod mail;
mod receiver;
mod silence;

use serde_json::Value;

pub(crate) use receiver::{Receiver, Reply};

use crate::{
    conversation::Talk,
    harness::{Engine, Server, TENANT},
    promises::stored::rows,
};

/// A server whose requests may go to this machine.
async fn server(engine: Engine) -> Server {
    Server::start_with(engine, &[], &[("LAQUN_ALLOWED_EGRESS", "127.0.0.0/8")]).await
}

/// Lets the tenant be told at this address; the secret, as it is printed.
fn notify(server: &Server, url: &str) -> String {
    let told = server.admin_json("tenant set", &[&TENANT.to_string(), "--notify-url", url]);
    told[0]["notify_secret"].as_str().unwrap_or_default().to_owned()
}

/// A member of staff and a customer who are in the group of a ticket, with something internal said before.
async fn talk(server: &Server, case_id: &str) -> Talk {
    let talk = Talk::start(server, case_id).await;
    crate::conversation::say(&talk.staff, "internal", "机密：这位客户投诉过三次").await;
    talk
}

/// Brings forward what waits of these jobs: nobody waits ten seconds in a test.
async fn due(server: &Server, kind: &str) {
    rows(server, &format!("UPDATE store_job SET due_ms = 0 WHERE kind = '{kind}' AND instance IS NULL"))
        .await;
}

/// Waits until a query gives no row.
async fn until_none(server: &Server, sql: &str) {
    until(server, sql, <[_]>::is_empty).await;
}

/// Waits until the rows of a query are as wanted, for half a minute at most.
async fn until(server: &Server, sql: &str, wanted: impl Fn(&[Vec<String>]) -> bool) -> Vec<Vec<String>> {
    for _ in 0..600 {
        let found = rows(server, sql).await;
        if wanted(&found) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{sql}: {:?}", rows(server, sql).await)
}

/// Lines of the timeline that tell of notices: kind, evidence, detail.
async fn lines(server: &Server) -> Vec<Vec<String>> {
    let sql = "SELECT kind, evidence, detail FROM timeline
               WHERE kind IN ('owner_told', 'escalated', 'nobody_to_tell', 'notice_failed') ORDER BY seq";
    rows(server, sql).await
}

/// What system lines of a lane tell of notices.
async fn said(page: &crate::harness::Page, lane: &str) -> Vec<Value> {
    let entries = crate::conversation::entries(page, &format!("lane={lane}&limit=200")).await;
    let told = entries
        .into_iter()
        .filter(|entry| matches!(entry["system"]["what"].as_str(), Some("owner_told" | "escalated")));
    told.map(|entry| entry["system"].clone()).collect()
}

/// How many events of a kind the feed has.
async fn events(server: &Server, kind: &str) -> usize {
    rows(server, &format!("SELECT body FROM store_feed WHERE kind = '{kind}'")).await.len()
}

/// Jobs that are left, of notices.
const LEFT: &str = "SELECT kind, cause FROM store_job WHERE kind LIKE 'notice.%' AND buried = 0";
