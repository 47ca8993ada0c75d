//! Sending and reading.

use serde_json::json;

use super::{Talk, client_id, entries, numbers, refusal, say, text};
use crate::harness::{Engine, Server};

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_talk_and_each_lane_has_numbers_of_its_own() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let hello = say(&talk.staff, "customer", "您好 👋\r\n第二行").await;
        assert_eq!(hello["text"], "您好 👋\n第二行");
        let head = hello["seq"].as_i64().expect("a number");
        assert_eq!(talk.staff.state().await["group"]["state"], "waiting_customer");
        let inside = say(&talk.staff, "internal", "VIP").await;
        assert_eq!(inside["seq"], 1);
        let answer = say(&talk.customer, "customer", "打印机坏了").await;
        assert_eq!(answer["seq"], head + 1, "what is internal takes no number of the customer's lane");
        assert_eq!(answer["by"]["kind"], "customer");
        assert_eq!(talk.staff.state().await["group"]["state"], "active");

        let seen = entries(&talk.customer, "lane=customer").await;
        assert_eq!(numbers(&seen), (1..=head + 1).collect::<Vec<_>>());
        assert_eq!(seen.last(), Some(&answer));
        assert_eq!(numbers(&entries(&talk.customer, "lane=customer&after=1&limit=1").await), [2]);
        assert_eq!(entries(&talk.staff, "lane=internal").await, [inside]);
        let hidden = talk.customer.get("/entries?lane=internal").await;
        assert_eq!(super::refused(&hidden), (400, "lane".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_client_id_is_the_same_message_and_another_content_is_refused() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let message = text("customer", "once");
        let first = talk.customer.post("/messages", &message).await;
        let again = talk.customer.post("/messages", &message).await;
        assert_eq!((first.status, again.status), (201, 200), "{} {}", first.body, again.body);
        assert_eq!(first.json()["entry"], again.json()["entry"]);
        for (member, value) in
            [("text", json!("twice")), ("quote", json!(1)), ("mentions", json!([client_id()]))]
        {
            let mut other = message.clone();
            other[member] = value;
            assert_eq!(refusal(&talk.customer, &other).await, (409, "client_id".to_owned()), "{member}");
        }
        // Another person's id is another id.
        assert_eq!(talk.staff.post("/messages", &message).await.status, 201);
    }
}
