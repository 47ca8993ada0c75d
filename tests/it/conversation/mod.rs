//! What is said in a group: sending, reading, recall, search, transcript; and what no customer ever sees.

mod bad_input;
mod history;
mod secrecy;
mod sending;
mod steps;
mod storm;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Page, Server};
pub(crate) use crate::people::refused;

/// A group with a member of staff and its customer in it.
pub(crate) struct Talk {
    pub(crate) staff: Page,
    pub(crate) customer: Page,
    /// `/g/…`
    pub(crate) link: String,
}

impl Talk {
    pub(crate) async fn start(server: &Server, case_id: &str) -> Self {
        let (staff, link) = crate::people::group(server, case_id).await;
        let customer = Page::joined(server, &link).await;
        Self { staff, customer, link }
    }

    /// Another member of staff, who clicked too.
    pub(crate) async fn colleague(&self, server: &Server, case_id: &str, staff_id: &str) -> Page {
        server.admin_json("staff add", &[staff_id, "--name", staff_id]);
        Page::staff(server, &crate::people::click(server, case_id, staff_id).await).await
    }
}

/// A client's id of a message.
pub(crate) fn client_id() -> Uuid {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("random bytes");
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A text for a lane.
pub(crate) fn text(lane: &str, text: &str) -> Value {
    json!({"client_id": client_id(), "lane": lane, "kind": "text", "text": text})
}

/// Says it; it must be taken.
pub(crate) async fn say(page: &Page, lane: &str, words: &str) -> Value {
    let answer = page.post("/messages", &text(lane, words)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["entry"].clone()
}

/// A page of a lane; it must be given.
pub(crate) async fn entries(page: &Page, query: &str) -> Vec<Value> {
    let answer = page.get(&format!("/entries?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["entries"].as_array().expect("entries").clone()
}

/// The numbers of entries.
pub(crate) fn numbers(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["seq"].as_i64().expect("a number")).collect()
}

/// Status and code of a refusal of this body.
pub(crate) async fn refusal(page: &Page, body: &Value) -> (u16, String) {
    let answer: Answer = page.post("/messages", body).await;
    refused(&answer)
}

/// Changes rows behind the program's back.
pub(crate) async fn change(server: &Server, sql: &str) {
    match &server.database {
        None => {
            let file = rusqlite::Connection::open(server.sqlite_file()).expect("a database");
            file.busy_timeout(std::time::Duration::from_secs(30)).expect("a setting");
            file.execute_batch(sql).expect("it is changed");
        }
        Some(address) => {
            let (client, connection) =
                tokio_postgres::connect(address, tokio_postgres::NoTls).await.expect("the database answers");
            let driver = tokio::spawn(connection);
            client.batch_execute(sql).await.expect("it is changed");
            drop(client);
            let _ = driver.await;
        }
    }
}
