//! When somebody is told, and when not.

use serde_json::json;
use uuid::Uuid;

use super::{LEFT, Receiver, due, events, lines, notify, said, server, talk, until, until_none};
use crate::{
    conversation::say,
    harness::{Engine, Server},
    promises::stored::rows,
};

#[tokio::test]
async fn an_answer_before_the_time_is_over_tells_nobody_and_the_next_silence_is_a_new_one() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let receiver = Receiver::start(&[]).await;
        notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "一").await;
        say(&talk.staff, "internal", "我看看").await;
        let waiting = "SELECT key FROM store_job WHERE kind = 'notice.unattended'";
        assert_eq!(rows(&server, waiting).await.len(), 1, "a word among staff is no answer");
        say(&talk.staff, "customer", "马上来").await;
        due(&server, "notice.unattended").await;
        until_none(&server, LEFT).await;
        assert_eq!((receiver.all().len(), events(&server, "group.unattended").await), (0, 0));

        say(&talk.customer, "customer", "二").await;
        due(&server, "notice.unattended").await;
        receiver.came(1).await;
        until_none(&server, LEFT).await;
        say(&talk.staff, "customer", "来了").await;
        say(&talk.customer, "customer", "三").await;
        due(&server, "notice.unattended").await;
        let came = receiver.came(2).await;
        until_none(&server, LEFT).await;
        assert_eq!(came[0].json()["data"]["message"]["excerpt"], "二");
        assert_eq!(came[1].json()["data"]["message"]["excerpt"], "三");
        assert_ne!(came[0].header("webhook-id"), came[1].header("webhook-id"));
        assert_eq!(said(&talk.staff, "internal").await.len(), 2);
    }
}

#[tokio::test]
async fn nobody_is_told_while_staff_have_the_group_open_and_the_owner_is_once_they_closed_it() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let receiver = Receiver::start(&[]).await;
        notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        open_page(&server, crate::harness::now_ms()).await;
        say(&talk.customer, "customer", "在吗").await;
        due(&server, "notice.unattended").await;
        let put_off = "SELECT cause FROM store_job WHERE kind = 'notice.unattended' AND cause IS NOT NULL";
        until(&server, put_off, |rows| !rows.is_empty()).await;
        assert_eq!((receiver.all().len(), events(&server, "group.unattended").await), (0, 0));
        // A process that shows no sign of life has no pages.
        rows(&server, "UPDATE server_instance SET seen_at = 1").await;
        due(&server, "notice.unattended").await;
        receiver.came(1).await;
        until_none(&server, LEFT).await;
    }
}

/// A page of the agent's, as a server process writes it down.
async fn open_page(server: &Server, seen_at: i64) {
    let literal = |bytes: &Uuid| match server.engine {
        Engine::Sqlite => format!("X'{}'", bytes.simple()),
        Engine::Postgres => format!("'\\x{}'::bytea", bytes.simple()),
    };
    let instance = literal(&Uuid::from_u128(7));
    rows(server, &format!("INSERT INTO server_instance (instance, seen_at) VALUES ({instance}, {seen_at})"))
        .await;
    rows(
        server,
        &format!(
            "INSERT INTO page_open (tenant_id, group_id, person, instance, kind, opened_at)
             SELECT tenant_id, id, owner, {instance}, 'staff', 1 FROM chat_group"
        ),
    )
    .await;
}

#[tokio::test]
async fn who_waits_longer_than_the_channel_allows_is_told_to_all_staff_of_the_group() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let receiver = Receiver::start(&[]).await;
        notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        talk.colleague(&server, "123", "zhou").await;
        within(&server, 1).await;
        say(&talk.customer, "customer", "在吗").await;
        due(&server, "notice.unattended").await;
        let came = receiver.came(2).await;
        until_none(&server, LEFT).await;
        let of = |kind: &str| came.iter().find(|came| came.json()["type"] == kind).expect(kind).json();
        assert_eq!(of("group.unattended")["data"]["staff"], json!(["123"]));
        assert_eq!(of("group.unanswered")["data"]["staff"], json!(["123", "zhou"]));
        let kinds: Vec<_> = lines(&server).await.into_iter().map(|line| line[0].clone()).collect();
        assert_eq!((kinds.len(), events(&server, "group.unanswered").await), (2, 1));
        assert!(kinds.contains(&"escalated".to_owned()), "{kinds:?}");
        let told = said(&talk.staff, "internal").await;
        assert!(told.iter().any(|line| line["what"] == "escalated"), "{told:?}");
        assert_eq!(said(&talk.customer, "customer").await.len(), 0);
    }
}

/// How soon an answer is due on every channel.
async fn within(server: &Server, seconds: i64) {
    rows(server, &format!("UPDATE channel SET answer_within_s = {seconds}")).await;
    rows(server, "UPDATE directory_version SET version = version + 1").await;
}

#[tokio::test]
async fn an_answer_also_calls_off_that_all_staff_are_told() {
    let server = server(Engine::Sqlite).await;
    let receiver = Receiver::start(&[]).await;
    notify(&server, &receiver.url);
    let talk = talk(&server, "123").await;
    within(&server, 3600).await;
    say(&talk.customer, "customer", "在吗").await;
    due(&server, "notice.unattended").await;
    receiver.came(1).await;
    until_none(&server, "SELECT key FROM store_job WHERE kind IN ('notice.unattended', 'notice.webhook')")
        .await;
    // Brought forward, it finds that the hour is not over.
    due(&server, "notice.unanswered").await;
    let put_off = "SELECT cause FROM store_job WHERE kind = 'notice.unanswered' AND cause IS NOT NULL";
    until(&server, put_off, |rows| !rows.is_empty()).await;
    say(&talk.staff, "customer", "来了").await;
    within(&server, 1).await;
    due(&server, "notice.unanswered").await;
    until_none(&server, LEFT).await;
    assert_eq!((receiver.all().len(), events(&server, "group.unanswered").await), (1, 0));
}

#[tokio::test]
async fn a_silence_is_told_once_although_the_server_was_killed_in_it() {
    for engine in Engine::all() {
        let mut server = server(engine).await;
        let receiver = Receiver::start(&[]).await;
        notify(&server, &receiver.url);
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "在吗").await;
        server.kill();
        server.restart();
        due(&server, "notice.unattended").await;
        receiver.came(1).await;
        until_none(&server, LEFT).await;
        server.kill();
        server.restart();
        assert_eq!((receiver.all().len(), events(&server, "group.unattended").await), (1, 1));
        assert_eq!(lines(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn where_there_is_no_way_of_telling_anybody_the_timeline_says_what_is_missing() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = talk(&server, "123").await;
        say(&talk.customer, "customer", "在吗").await;
        due(&server, "notice.unattended").await;
        until_none(&server, LEFT).await;
        let lines = lines(&server).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0][0], "nobody_to_tell");
        assert!(lines[0][1].contains("notify_url") && lines[0][1].contains("smtp.host"), "{lines:?}");
        assert_eq!(events(&server, "group.unattended").await, 1, "who reads the feed is told");
        assert_eq!(said(&talk.staff, "internal").await.len(), 0);
    }
}

#[tokio::test]
async fn a_group_that_was_closed_meanwhile_tells_nobody() {
    let server = server(Engine::Sqlite).await;
    let receiver = Receiver::start(&[]).await;
    notify(&server, &receiver.url);
    let talk = talk(&server, "123").await;
    say(&talk.customer, "customer", "在吗").await;
    let closed = talk.staff.post("/close", &json!({})).await;
    assert_eq!(closed.status, 200, "{}", closed.body);
    due(&server, "notice.unattended").await;
    until_none(&server, LEFT).await;
    assert_eq!((receiver.all().len(), events(&server, "group.unattended").await), (0, 0));
}

#[tokio::test]
async fn who_writes_again_after_the_group_was_closed_unanswered_is_told_of_again() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = talk(&server, "123").await;
        let waiting = "SELECT unanswered_since FROM chat_group WHERE unanswered_since IS NOT NULL";
        let asked = "SELECT key FROM store_job WHERE kind = 'notice.unattended'";
        say(&talk.customer, "customer", "在吗").await;
        assert_eq!(talk.staff.post("/close", &json!({})).await.status, 200);
        due(&server, "notice.unattended").await;
        until_none(&server, LEFT).await;
        assert!(rows(&server, waiting).await.is_empty(), "nobody waits in a closed group");
        assert_eq!(talk.customer.post("/reopen", &json!({})).await.status, 200);
        say(&talk.customer, "customer", "还是坏的").await;
        assert_eq!(rows(&server, asked).await.len(), 1);
        // The same where a click opens it again.
        assert_eq!(talk.staff.post("/close", &json!({})).await.status, 200);
        due(&server, "notice.unattended").await;
        until_none(&server, LEFT).await;
        crate::people::click(&server, "123", "123").await;
        say(&talk.customer, "customer", "又坏了").await;
        assert_eq!(rows(&server, asked).await.len(), 1);
    }
}

#[tokio::test]
async fn who_took_back_all_that_waited_waits_no_more() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = talk(&server, "123").await;
        let waiting = "SELECT unanswered_since FROM chat_group WHERE unanswered_since IS NOT NULL";
        let mut said = Vec::new();
        for words in ["发错了", "这个也是"] {
            said.push(say(&talk.customer, "customer", words).await["seq"].clone());
        }
        for (seq, left) in said.iter().zip([1, 0]) {
            let recalled = talk.customer.delete(&format!("/messages/customer/{seq}")).await;
            assert_eq!(recalled.status, 200, "{}", recalled.body);
            assert_eq!(rows(&server, waiting).await.len(), left);
        }
        due(&server, "notice.unattended").await;
        until_none(&server, LEFT).await;
        assert_eq!((lines(&server).await.len(), events(&server, "group.unattended").await), (0, 0));
    }
}

#[tokio::test]
async fn the_look_whether_it_took_too_long_hangs_on_no_other_look() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = talk(&server, "123").await;
        within(&server, 3600).await;
        say(&talk.customer, "customer", "在吗").await;
        let asked = "SELECT key FROM store_job WHERE kind = 'notice.unanswered'";
        assert_eq!(rows(&server, asked).await.len(), 1, "asked for by the word itself");
    }
}
