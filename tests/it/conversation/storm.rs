//! Many at once: numbers are gapless, nothing is there twice, everybody sees the same order.

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Talk, entries, numbers, text};
use crate::{
    harness::{Engine, Page, Server},
    people,
};

async fn whole(page: &Page, lane: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or(0, |entry| entry["seq"].as_i64().expect("a number"));
        let page = entries(page, &format!("lane={lane}&after={after}&limit=200")).await;
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_senders_on_both_lanes_who_send_everything_twice_leave_no_gap_and_no_double() {
    for engine in Engine::all() {
        let limits = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];
        let server = Server::start_with(engine, &[], &limits).await;
        let talk = Talk::start(&server, "123").await;
        let mut senders = vec![(talk.staff.clone(), "customer"), (talk.staff.clone(), "internal")];
        for n in 0..3 {
            let staff_id = format!("w{n}");
            let colleague = talk.colleague(&server, "123", &staff_id).await;
            senders.push((colleague.clone(), "customer"));
            senders.push((colleague, "internal"));
        }
        senders.push((talk.customer.clone(), "customer"));
        for _ in 0..3 {
            senders.push((Page::joined(&server, &talk.link).await, "customer"));
        }
        let sends = senders.iter().enumerate().map(|(who, (page, lane))| async move {
            let mut sent = Vec::new();
            for n in 0..20 {
                let body = text(lane, &format!("{who}.{n}"));
                // Both at once, as a client that lost the answer and does not wait.
                let (one, two) = tokio::join!(page.post("/messages", &body), page.post("/messages", &body));
                let mut statuses = [one.status, two.status];
                statuses.sort_unstable();
                assert!(statuses == [200, 201] || statuses == [200, 200], "{} {}", one.body, two.body);
                assert_eq!(one.json()["entry"]["seq"], two.json()["entry"]["seq"]);
                sent.push(one.json()["entry"]["seq"].as_i64().expect("a number"));
            }
            assert!(sent.is_sorted(), "who waits for an answer comes later: {sent:?}");
            (*lane, sent)
        });
        let mut given: HashMap<&str, Vec<i64>> = HashMap::new();
        for (lane, sent) in join_all(sends).await {
            given.entry(lane).or_default().extend(sent);
        }
        for lane in ["customer", "internal"] {
            let all = whole(&talk.staff, lane).await;
            assert_eq!(numbers(&all), (1..).take(all.len()).collect::<Vec<i64>>(), "{lane} has no gap");
            let said: Vec<_> = all.iter().filter(|entry| entry["kind"] == "text").cloned().collect();
            let numbers = given.get_mut(lane).expect("sent");
            numbers.sort_unstable();
            assert_eq!(
                &super::numbers(&said),
                numbers,
                "each once, with the number that its sender was told"
            );
        }
        assert_eq!(whole(&talk.customer, "customer").await, whole(&talk.staff, "customer").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_while_sending_says_nothing_behind_the_line_that_tells_of_it() {
    for engine in Engine::all() {
        let limits = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];
        let server = Server::start_with(engine, &[], &limits).await;
        let talk = Talk::start(&server, "123").await;
        for _ in 0..5 {
            // Each removal renews the link.
            let link = talk.staff.state().await["group"]["customer_url"].as_str().expect("a link").to_owned();
            let guest = Page::joined(&server, &link).await;
            let person = guest.state().await["me"]["id"].clone();
            let sending = tokio::spawn(async move {
                let mut taken = 0;
                loop {
                    let answer = guest.post("/messages", &text("customer", "on and on")).await;
                    if answer.status != 201 {
                        assert_eq!(people::refused(&answer), (403, "removed".to_owned()));
                        return taken;
                    }
                    taken += 1;
                }
            });
            // One that is taken, so that there is something to be in time for.
            while !whole(&talk.staff, "customer").await.iter().any(|entry| entry["by"]["id"] == person) {}
            let path = format!("/members/{}", person.as_str().expect("an id"));
            assert_eq!(talk.staff.delete(&path).await.status, 200);
            let taken = sending.await.expect("it ends");
            let all = whole(&talk.staff, "customer").await;
            let gone = all
                .iter()
                .position(|e| e["system"]["what"] == "removed" && e["system"]["person"]["id"] == person);
            let gone = gone.expect("a line tells of it");
            let said: Vec<_> = (0..all.len()).filter(|at| all[*at]["by"]["id"] == person).collect();
            assert_eq!(said.len(), taken, "what was taken is there");
            assert!(said.iter().all(|at| *at < gone), "{said:?} {gone}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_while_the_group_is_closed_is_before_the_line_or_refused() {
    for engine in Engine::all() {
        let limits = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];
        let server = Server::start_with(engine, &[], &limits).await;
        let talk = Talk::start(&server, "123").await;
        let sends = (0..20).map(|n| {
            let page = talk.customer.clone();
            async move { page.post("/messages", &text("customer", &n.to_string())).await }
        });
        let nothing = json!({});
        let (answers, closed) = tokio::join!(join_all(sends), talk.staff.post("/close", &nothing));
        assert_eq!(closed.status, 200, "{}", closed.body);
        let all = whole(&talk.staff, "customer").await;
        let line = all.iter().position(|entry| entry["system"]["what"] == "closed").expect("a line");
        let taken = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(all.iter().filter(|entry| entry["kind"] == "text").count(), taken);
        assert!(all[line..].iter().all(|entry| entry["kind"] == "system"));
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(people::refused(answer), (409, "closed".to_owned()));
        }
    }
}
