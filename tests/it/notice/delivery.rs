//! Told by webhook: what arrives, how it is signed, and what happens when it does not arrive.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{LEFT, Receiver, Reply, due, lines, notify, said, server, talk, until, until_none};
use crate::{
    conversation::say,
    harness::{Engine, Server, TENANT},
    promises::stored::rows,
};

#[tokio::test]
async fn a_customer_whom_nobody_attends_is_told_to_the_tenant_once_and_signed() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let receiver = Receiver::start(&[]).await;
        let secret = notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "你好，\n门下面   还在漏水").await;
        say(&talk.customer, "customer", "有人吗").await;
        due(&server, "notice.unattended").await;
        let came = receiver.came(1).await.remove(0);
        until_none(&server, LEFT).await;

        // Signed as Standard Webhooks asks.
        let secret = secret.strip_prefix("whsec_").expect("a secret that libraries read");
        let key = BASE64.decode(secret.as_bytes()).expect("base64");
        let (id, at) = (came.header("webhook-id"), came.header("webhook-timestamp"));
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{id}.{at}.{}", came.body).as_bytes());
        let signature = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
        assert_eq!(came.header("webhook-signature"), signature);
        assert_eq!(came.header("content-type"), "application/json");
        let age = crate::harness::now_ms() / 1000 - at.parse::<i64>().expect("seconds");
        assert!((0..120).contains(&age), "{at}");

        // What it says: the ticket, the group, the customer's first words that wait, and where to go.
        let told = came.json();
        assert_eq!(told["type"], "group.unattended");
        let data = &told["data"];
        assert_eq!((&data["tenant_id"], &data["case_id"]), (&json!(TENANT), &json!("123")));
        assert_eq!(data["team_group_id"], server.printed_group());
        assert_eq!(data["staff"], json!(["123"]));
        assert_eq!(data["message"]["excerpt"], "你好， 门下面 还在漏水");
        assert_eq!(data["message"]["kind"], "text");
        let link = data["link"].as_str().expect("a link");
        assert!(link.starts_with(&format!("{}/customer-service/index.html?", server.url)), "{link}");
        assert!(!link.contains("st="), "a notice signs nobody in: {link}");
        assert!(!came.body.contains("机密") && !came.body.contains("投诉"), "{}", came.body);

        // What is left of it: one event, one line with the proof, one line for staff, none for the customer.
        // (Pages of customers are not told of an event that says it is the internal lane's.)
        let event = rows(&server, "SELECT body FROM store_feed WHERE kind = 'group.unattended'").await;
        assert_eq!(event.len(), 1);
        assert!(event[0][0].contains(r#""lane":"internal""#), "{event:?}");
        let lines = lines(&server).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(
            (lines[0][0].as_str(), lines[0][1].clone()),
            ("owner_told", format!("HTTP 204, webhook-id {id}"))
        );
        let told = said(&talk.staff, "internal").await;
        assert_eq!(
            (told.len(), &told[0]["what"], &told[0]["value"]),
            (1, &json!("owner_told"), &json!("webhook"))
        );
        assert_eq!(told[0]["person"]["kind"], "staff");
        assert_eq!(said(&talk.customer, "customer").await, Vec::<serde_json::Value>::new());
        assert_eq!(receiver.all().len(), 1);
    }
}

#[tokio::test]
async fn a_receiver_that_is_not_well_is_told_again_under_the_same_id_when_it_asked_to() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let replies = [Reply::Status(503, Some("1000")), Reply::Status(500, None)];
        let receiver = Receiver::start(&replies).await;
        notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "在吗").await;
        due(&server, "notice.unattended").await;
        receiver.came(1).await;
        let waiting =
            "SELECT due_ms, cause FROM store_job WHERE kind = 'notice.webhook' AND instance IS NULL";
        let found = until(&server, waiting, |rows| !rows.is_empty()).await;
        let wait_s = (found[0][0].parse::<i64>().expect("a time") - crate::harness::now_ms()) / 1000;
        assert!((900..=1000).contains(&wait_s), "it asked for 1000 s: {wait_s}");
        assert!(found[0][1].starts_with("HTTP 503") && !found[0][1].contains("key=k"), "{found:?}");
        assert_eq!(lines(&server).await.len(), 0, "nobody was told yet");
        due(&server, "notice.webhook").await;
        receiver.came(2).await;
        until(&server, waiting, |rows| rows.iter().any(|row| row[1].starts_with("HTTP 500"))).await;
        due(&server, "notice.webhook").await;
        let came = receiver.came(3).await;
        until_none(&server, LEFT).await;
        let ids: Vec<_> = came.iter().map(|came| came.header("webhook-id")).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(lines(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn an_address_of_this_machine_is_not_asked_and_the_timeline_says_so() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let receiver = Receiver::start(&[]).await;
        notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "在吗").await;
        due(&server, "notice.unattended").await;
        let failed = "SELECT evidence FROM timeline WHERE kind = 'notice_failed'";
        let found = until(&server, failed, |rows| !rows.is_empty()).await;
        assert!(found[0][0].contains("127.0.0.1") && found[0][0].contains("allowed_egress"), "{found:?}");
        assert_eq!(receiver.all().len(), 0);
        assert_eq!(said(&talk.staff, "internal").await.len(), 0, "nobody was told");
    }
}

#[tokio::test]
async fn receivers_that_never_answer_hold_nobody_up() {
    let server = server(Engine::Sqlite).await;
    let receiver = Receiver::start(&[Reply::Silence; 100]).await;
    notify(&server, &receiver.url);
    let talk = talk(&server, "123").await;
    say(&talk.customer, "customer", "在吗").await;
    due(&server, "notice.unattended").await;
    receiver.came(1).await;
    // More of them than a process does jobs at a time.
    rows(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
         INSERT INTO store_job (kind, key, tenant_id, payload, created_ms, due_ms)
         SELECT kind, key || ':' || i, tenant_id, payload, created_ms, 0 FROM store_job, n
         WHERE kind = 'notice.webhook'",
    )
    .await;
    receiver.came(70).await;
    let slow = ["slow", "--platform", "sandbox", "--outer-type", "slow", "--settings", r#"{"delay_ms":10}"#];
    server.admin_json("channel add", &slow);
    let object = json!({"case_id": "made", "staff_id": "123", "outer_type": "slow"});
    assert_eq!(server.caller().communicate(&object).await.result()["msg"], "成功");
}

#[tokio::test]
async fn the_address_is_looked_at_when_it_is_set_and_the_secret_is_shown_once() {
    let server = Server::start(Engine::Sqlite).await;
    let tenant = TENANT.to_string();
    for wrong in ["ftp://example.com/x", "example.com", "https://a:b@example.com/"] {
        let refused = server.admin("tenant set", &[&tenant, "--notify-url", wrong]);
        assert_eq!(refused.status.code(), Some(1), "{wrong}");
    }
    let url = "https://hooks.example.com/laqun";
    let first = notify(&server, url);
    assert!(first.starts_with("whsec_"));
    assert_eq!(notify(&server, url), "", "it has one already");
    let again = server.admin_json("tenant set", &[&tenant, "--new-notify-secret"]);
    let second = again[0]["notify_secret"].as_str().expect("a secret");
    assert_ne!(first, second);
    let shown = server.admin_json("tenant show", &[&tenant]);
    assert_eq!(shown[0]["notify_url"], url);
    assert!(!shown[0].to_string().contains("whsec_"));
    server.admin_json("tenant set", &[&tenant, "--no-notify-url"]);
    assert_eq!(server.admin_json("tenant show", &[&tenant])[0]["notify_url"], serde_json::Value::Null);
    let audit = rows(&server, "SELECT detail FROM audit WHERE action = 'tenant.set'").await.concat().join("");
    assert!(audit.contains("notify_url") && !audit.contains("whsec_"), "{audit}");
}
