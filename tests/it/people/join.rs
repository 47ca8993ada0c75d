//! Who opens the link and joins: the first device, guests, and a thousand at once.

use serde_json::json;

use super::{group, member, refused};
use crate::{
    harness::{Engine, Page, Server},
    live::TALKATIVE,
};

/// A server that lets as many come at once as a test wants.
async fn crowded(engine: Engine) -> Server {
    Server::start_with(engine, &[], &TALKATIVE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_device_is_the_customer_and_the_next_a_guest() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;

        let mut first = Page::visitor(&server, &link);
        let before = first.get("/state").await;
        assert_eq!(refused(&before), (401, "not_joined".to_owned()));
        assert!(before.json()["group"]["name"].is_string() && before.json()["ticket"].is_null());
        assert_eq!(refused(&first.join(&json!({})).await), (400, "invalid".to_owned()));

        let joined = first.join(&json!({"consent": true, "name": " 陈\u{202e}女士 "})).await;
        assert_eq!(joined.status, 200, "{}", joined.body);
        assert_eq!(joined.json()["me"]["name"], "陈女士");
        assert_eq!(joined.json()["me"]["kind"], "customer");
        let again = first.join(&json!({"consent": true})).await;
        assert_eq!(again.json()["me"]["id"], joined.json()["me"]["id"], "joining again changes nothing");

        let guest = Page::joined(&server, &link).await;
        let state = guest.state().await;
        assert_eq!(state["me"]["kind"], "guest");
        assert_eq!(state["me"]["name"], "访客 1");
        assert_eq!(state["lanes"]["customer"]["from"], 1, "behind the line that the first one joined");
        assert!(state["lanes"]["internal"].is_null() && state["group"]["id"].is_null());

        let seen = staff.state().await;
        assert_eq!(member(&seen, "陈女士")["state"], "joined");
        assert_eq!(member(&seen, "访客 1")["kind"], "guest");
        assert_eq!(seen["lanes"]["customer"]["head"], 2, "two joined: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_devices_at_once_exactly_one_is_the_customer() {
    for engine in Engine::all() {
        let server = crowded(engine).await;
        // Room for five hundred: the rest are told so.
        let (staff, link) = group(&server, "123").await;
        let joining: Vec<_> = (0..1000)
            .map(|_| {
                let mut page = Page::visitor(&server, &link);
                page.http.clone_from(&staff.http);
                tokio::spawn(async move {
                    loop {
                        let answer = page.join(&json!({"consent": true})).await;
                        // The writer's queue is bounded; a page tries again.
                        if answer.status != 503 {
                            return answer;
                        }
                    }
                })
            })
            .collect();
        let (mut firsts, mut guests, mut full) = (0, 0, 0);
        for task in joining {
            let answer = task.await.expect("it ends");
            match answer.status {
                200 if answer.json()["me"]["kind"] == "customer" => firsts += 1,
                200 => guests += 1,
                _ => {
                    assert_eq!(refused(&answer), (409, "full".to_owned()));
                    full += 1;
                }
            }
        }
        assert_eq!((firsts, guests, full), (1, 478, 521), "with the member of staff there are 480");
        let state = staff.state().await;
        let names: std::collections::HashSet<&str> = state["members"]
            .as_array()
            .expect("members")
            .iter()
            .filter_map(|member| member["name"].as_str())
            .collect();
        assert_eq!(names.len(), 480, "each has a name of its own");
        assert_eq!(state["lanes"]["customer"]["head"], 479, "each is announced once");
        server.admin_json("staff add", &["456", "--name", "沈悦"]);
        let invited = staff.post("/members", &json!({"staff_id": "456"})).await;
        assert_eq!(invited.status, 200, "guests leave room for colleagues: {}", invited.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_that_joins_many_times_at_once_is_one_member() {
    for engine in Engine::all() {
        let server = crowded(engine).await;
        let (staff, link) = group(&server, "123").await;
        let mut page = Page::visitor(&server, &link);
        page.cookie = Some(format!("lq_visitor={}", "A".repeat(43)));
        let joining: Vec<_> = (0..100)
            .map(|_| {
                let mut page = page.clone();
                tokio::spawn(async move { page.join(&json!({"consent": true, "name": "阿花"})).await })
            })
            .collect();
        for task in joining {
            let answer = task.await.expect("it ends");
            assert_eq!(answer.json()["me"]["kind"], "customer", "{}", answer.body);
        }
        assert_eq!(staff.state().await["lanes"]["customer"]["head"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_the_end_of_the_phone_number_is_the_customer_and_five_guesses_an_hour_are_all() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("customer add", &["c-1", "--name", "陈静", "--phone", "138 0013 8000"]);
        server.admin_json("ticket add", &["p1", "--title", "t", "--customer", "c-1", "--assignee", "123"]);
        server.admin_json("ticket add", &["p2", "--title", "t", "--assignee", "123"]);
        let (staff, link) = group(&server, "p1").await;
        let channel = server.admin_json("channel list", &[]).into_iter().find(|c| c["default"] == true);
        let channel = channel.expect("a default channel")["name"].as_str().expect("a name").to_owned();
        server.admin_json("channel set", &[&channel, "--visitor-check", "phone_tail"]);
        staff
            .post(
                "/messages",
                &json!({
                    "client_id": uuid::Uuid::from_u128(1), "lane": "customer", "kind": "text", "text": "您好",
                }),
            )
            .await;

        let mut page = Page::visitor(&server, &link);
        assert_eq!(page.get("/state").await.json()["check"], "phone_tail");
        let asked = page.join(&json!({"consent": true})).await;
        assert_eq!(refused(&asked), (403, "check_needed".to_owned()));
        // Who does not know it comes in as a guest, also as the first, and sees nothing of before.
        let mut unknowing = Page::visitor(&server, &link);
        let came = unknowing.join(&json!({"consent": true, "phone_tail": ""})).await;
        assert_eq!(came.json()["me"]["kind"], "guest", "{}", came.body);
        assert_eq!(unknowing.state().await["lanes"]["customer"]["from"], 1);
        assert!(!unknowing.get("/entries?lane=customer").await.body.contains("您好"));

        for left in (1..5).rev() {
            let wrong = page.join(&json!({"consent": true, "phone_tail": "0000"})).await;
            assert_eq!(refused(&wrong), (403, "check_failed".to_owned()));
            assert_eq!(wrong.json()["tries_left"], left);
        }
        let right = page.join(&json!({"consent": true, "phone_tail": "8000"})).await;
        assert_eq!(right.json()["me"]["kind"], "customer", "{}", right.body);
        assert_eq!(right.json()["me"]["name"], "陈静");
        assert!(page.get("/entries?lane=customer").await.body.contains("您好"));
        // A further device that knows it is a guest who sees everything.
        let mut second = Page::visitor(&server, &link);
        let joined = second.join(&json!({"consent": true, "phone_tail": "8000"})).await;
        assert_eq!(joined.json()["me"]["kind"], "guest", "{}", joined.body);
        assert_eq!(second.state().await["lanes"]["customer"]["from"], 0);
        // The fifth wrong answer is the last: then the right one is refused as well, and guests still come in.
        let mut other = Page::visitor(&server, &link);
        let fifth = other.join(&json!({"consent": true, "phone_tail": "1111"})).await;
        assert_eq!(fifth.json()["tries_left"], 0);
        for tail in ["2222", "8000"] {
            let refusal = other.join(&json!({"consent": true, "phone_tail": tail})).await;
            assert_eq!(refused(&refusal), (429, "check_failed".to_owned()));
            assert!(refusal.json()["retry_after"].as_i64().is_some_and(|s| (1..=3600).contains(&s)));
        }
        assert_eq!(
            other.join(&json!({"consent": true, "phone_tail": ""})).await.json()["me"]["kind"],
            "guest"
        );

        // Without a number there is nothing to ask: as on a channel without a check.
        let (_, link) = group(&server, "p2").await;
        assert!(Page::visitor(&server, &link).get("/state").await.json()["check"].is_null());
        assert_eq!(Page::joined(&server, &link).await.state().await["me"]["kind"], "customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_bad_hands_does_not_fill_the_group_in_a_moment() {
    let server = Server::start(Engine::Sqlite).await;
    let (_, link) = group(&server, "123").await;
    let join = async |_| Page::visitor(&server, &link).join(&json!({"consent": true})).await;
    let answers = futures_util::future::join_all((0..100).map(join)).await;
    let joined = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(joined >= 40, "a crowd before a poster comes in: {joined}");
    let told = answers.iter().find(|answer| answer.status == 429).expect("not all at once");
    assert_eq!(refused(told), (429, "flood".to_owned()));
    assert!(told.json()["retry_after"].is_number());
}
