//! Two servers on one PostgreSQL behind a forwarder: the same order on both, and nothing lost when one is killed.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{sync::Semaphore, time::sleep};

use super::{Known, Socket, handshake, open, seq, server};
use crate::{
    conversation::{Talk, say, text},
    harness::{Engine, Forwarder, Page},
};

/// How many numbered messages.
fn messages() -> usize {
    if std::env::var("LAQUN_TEST_FULL").is_ok_and(|v| v == "1") { 10_000 } else { 2_000 }
}

fn at(page: &Page, url: &str) -> Page {
    let mut page = page.clone();
    url.clone_into(&mut page.url);
    page
}

/// Sends until it is taken, as a page does: the answer may be lost, the server may be gone.
async fn insist(page: &Page, message: &Value) -> i64 {
    loop {
        let sent = page.request(http::Method::POST, "/messages", Some(message)).send().await;
        if let Ok(answer) = sent
            && [200, 201].contains(&answer.status().as_u16())
            && let Ok(body) = answer.json::<Value>().await
        {
            return seq(&body["entry"]);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// A page that stays open: whenever its socket ends it comes back and goes on behind what it knows.
async fn stay(page: Page, lane: &'static str, until: i64) -> (Known, usize) {
    let (mut known, mut opened) = (Known::default(), 0);
    while known.last(lane) < until {
        let Ok(mut socket) = open(handshake(&page, &format!("/live?c={}&i=0", known.last("customer")))).await
        else {
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        opened += 1;
        // The internal lane is not what this is about; it begins anew each time.
        known.lanes.remove("internal");
        socket.known = known;
        while socket.known.last(lane) < until && socket.next().await.is_some() {}
        known = socket.known;
    }
    (known, opened)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_on_two_servers_are_told_the_same_in_the_same_order_and_see_each_other() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let one = server(Engine::Postgres).await;
    let talk = Talk::start(&one, "two-1").await;
    let two = one.beside();
    let (staff, customer) = (talk.staff.clone(), at(&talk.customer, &two.url));
    let ids = (staff.state().await["me"]["id"].clone(), customer.state().await["me"]["id"].clone());
    let mut here = Socket::open(&staff, "").await;
    let mut there = Socket::open(&customer, "").await;
    let sees = |frame: &Value, id: &Value| {
        frame["t"] == "online" && frame["people"].to_string().contains(&id.to_string())
    };
    here.until(|frame| sees(frame, &ids.1)).await;
    if !there.known.frames.iter().any(|frame| sees(frame, &ids.0)) {
        there.until(|frame| sees(frame, &ids.0)).await;
    }
    // Typing is whispered; a whisper may be lost, and a person who types goes on.
    let typing = tokio::spawn({
        let staff = staff.clone();
        async move {
            loop {
                staff.post("/typing", &json!({"lane": "internal"})).await;
                staff.post("/typing", &json!({"lane": "customer"})).await;
                sleep(Duration::from_millis(300)).await;
            }
        }
    });
    let typed = there.until(|frame| frame["t"] == "typing").await;
    assert_eq!((&typed["lane"], &typed["person"]), (&json!("customer"), &ids.0));
    typing.abort();
    let mut writers = Vec::new();
    for (page, lane) in
        [(&staff, "customer"), (&customer, "customer"), (&staff, "internal"), (&customer, "customer")]
    {
        let page = page.clone();
        writers.push(tokio::spawn(async move {
            for number in 0..50 {
                say(&page, lane, &format!("{lane} {number}")).await;
            }
        }));
    }
    for writer in writers {
        writer.await.expect("it writes");
    }
    let last = say(&customer, "customer", "end").await;
    here.up_to("customer", seq(&last)).await;
    there.up_to("customer", seq(&last)).await;
    here.up_to("internal", 50).await;
    assert_eq!(here.known.lanes["customer"], there.known.lanes["customer"]);
    assert_eq!(there.known.texts("customer").len(), 151);
    assert!(!format!("{:?}", there.known).contains("internal"));
    // Signing out there ends the page here.
    at(&staff, &two.url).delete("//customer-service/session").await;
    assert_eq!(here.bye().await, "signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_is_killed_its_pages_go_on_at_the_other_and_no_message_is_lost_or_doubled() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let mut one = server(Engine::Postgres).await;
    let talk = Talk::start(&one, "two-2").await;
    let two = one.beside();
    let forwarder = Forwarder::start(&[&one.url, &two.url]).await;
    let (staff, customer) = (at(&talk.staff, &forwarder.url), at(&talk.customer, &forwarder.url));
    let before = seq(&say(&staff, "customer", "before").await);
    let all = messages();
    let until = before + i64::try_from(all).expect("few");
    let pages: Vec<_> = [&staff, &customer, &staff, &customer, &staff, &customer]
        .into_iter()
        .map(|page| tokio::spawn(stay(page.clone(), "customer", until)))
        .collect();
    let room = Arc::new(Semaphore::new(16));
    let mut writers = Vec::new();
    for number in 0..all {
        let place = Arc::clone(&room).acquire_owned().await.expect("a place");
        if number == all / 2 {
            one.kill();
        }
        let page = if number % 2 == 0 { staff.clone() } else { customer.clone() };
        writers.push(tokio::spawn(async move {
            let message = text("customer", &format!("number {number}"));
            let numbered = insist(&page, &message).await;
            drop(place);
            (number, numbered)
        }));
    }
    let mut numbers = BTreeSet::new();
    for writer in writers {
        let (number, numbered) = writer.await.expect("it is sent");
        assert!(numbers.insert(numbered), "number {number} shares a number with another");
    }
    assert_eq!(numbers.iter().copied().collect::<Vec<_>>(), (before + 1..=until).collect::<Vec<_>>());
    let mut order: Option<Vec<String>> = None;
    let mut opened = Vec::new();
    for page in pages {
        let (known, times) = page.await.expect("it stays");
        opened.push(times);
        // That each number came once and in order, the page itself has checked at each frame.
        let texts: Vec<_> =
            known.texts("customer").into_iter().filter(|t| t.starts_with("number ")).collect();
        assert_eq!(texts.len(), all);
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), all, "none twice");
        assert_eq!(*order.get_or_insert_with(|| texts.clone()), texts, "the same order for everyone");
    }
    assert!(opened.iter().any(|times| *times > 1), "somebody was at the killed server: {opened:?}");
}
