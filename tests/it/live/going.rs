//! How a page's time ends: removed, signed out, dissolved, the server's end; or because it takes nothing.

use http::Method;
use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::client_async;

use super::{Socket, TALKATIVE, handshake, open, seq, server};
use crate::{
    conversation::{Talk, say},
    harness::{Engine, Page, Server},
    people::member,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_or_signs_out_is_told_and_hears_nothing_more() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "going-1").await;
        let guest = Page::joined(&server, &talk.link).await;
        let colleague = talk.colleague(&server, "going-1", "lin").await;
        let id = guest.state().await["me"]["id"].as_str().expect("an id").to_owned();
        let mut socket = Socket::open(&guest, "").await;
        let mut customer = Socket::open(&talk.customer, "").await;
        let mut lin = Socket::open(&colleague, "").await;
        let removed = talk.staff.delete(&format!("/members/{id}")).await;
        assert_eq!(removed.status, 200, "{}", removed.body);
        assert_eq!(socket.bye().await, "removed");
        assert!(open(handshake(&guest, "/live")).await.is_err());
        // Signing out ends the pages of that session, and no other's.
        let out = colleague.delete("//customer-service/session").await;
        assert_eq!(out.status, 200, "{}", out.body);
        assert_eq!(lin.bye().await, "signed_out");
        let said = say(&talk.staff, "customer", "after").await;
        customer.up_to("customer", seq(&said)).await;
        assert!(!socket.known.texts("customer").contains(&"after".to_owned()));
        let state = talk.staff.state().await;
        assert!(member(&state, "lin")["id"].is_string(), "signing out is not leaving: {state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_again_when_its_guest_may_see_more_or_less_of_the_history() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "going-5").await;
        let mut customer = Socket::open(&talk.customer, "").await;
        let first = say(&talk.customer, "customer", "before the guest").await;
        let guest = Page::joined(&server, &talk.link).await;
        let from = seq(&first) - 1;
        for (sees, texts) in [(true, vec!["before the guest"]), (false, vec![])] {
            let mut socket = Socket::open(&guest, "").await;
            let answer = talk.staff.post("/history", &json!({"guests_see": sees})).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(socket.bye().await, "restart");
            let mut back = Socket::open(&guest, &format!("?c={from}")).await;
            back.settle().await;
            assert_eq!(back.known.texts("customer"), texts);
        }
        let said = say(&talk.staff, "customer", "after").await;
        customer.up_to("customer", seq(&said)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_asks_without_end_is_told_to_wait_and_nobody_else_is() {
    let few = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "1")];
    let server = Server::start_with(Engine::Sqlite, &[], &few).await;
    let talk = Talk::start(&server, "going-6").await;
    for path in ["/poll", "/state", "/entries?lane=customer"] {
        let answers = futures_util::future::join_all((0..200).map(|_| talk.customer.get(path))).await;
        let refused = answers.iter().find(|answer| answer.status == 429).expect("too many");
        assert_eq!(refused.json()["code"], "flood");
    }
    assert_eq!(talk.staff.get("/state").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dissolved_group_ends_its_pages() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "going-2").await;
        let (mut staff, mut customer) =
            (Socket::open(&talk.staff, "").await, Socket::open(&talk.customer, "").await);
        let group = talk.staff.state().await["group"]["id"].as_str().expect("an id").to_owned();
        let done = server.admin("group dissolve", &[&group]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(staff.bye().await, "dissolved");
        assert_eq!(customer.bye().await, "dissolved");
        assert_eq!(talk.customer.get("/events").await.status, 410);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_sends_its_pages_elsewhere_and_does_not_wait_for_the_deaf() {
    for engine in Engine::all() {
        let mut server = server(engine).await;
        let talk = Talk::start(&server, "going-3").await;
        let said = say(&talk.staff, "customer", "before").await;
        let mut socket = Socket::open(&talk.customer, "").await;
        let events = talk.staff.request(Method::GET, "/events", None).send().await.expect("an answer");
        // One that never reads, and one that never sends.
        let _deaf = Socket::open(&talk.staff, "").await;
        let ended = tokio::task::spawn_blocking(move || (server.stop(), server));
        assert_eq!(socket.bye().await, "restart");
        let bye = socket.known.frames.last().expect("a frame");
        assert!(bye["after"].as_i64().is_some_and(|after| (200..3000).contains(&after)), "{bye}");
        let text = events.text().await.expect("the stream ends as it should");
        assert!(text.contains(r#"{"t":"bye","code":"restart""#), "{text}");
        let (code, mut server) = ended.await.expect("it ends");
        assert_eq!(code, Some(0), "nothing had to be cut off: {}", server.log());
        // The next one goes on where the last one ended.
        server.restart();
        let mut customer = talk.customer.clone();
        customer.url.clone_from(&server.url);
        let mut back = Socket::open(&customer, &format!("?c={}", seq(&said) - 1)).await;
        back.up_to("customer", seq(&said)).await;
        assert_eq!(back.known.texts("customer"), ["before"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_takes_nothing_is_dropped_and_holds_up_nobody() {
    let ops = ["--ops-listen", "127.0.0.1:0"];
    let server = Server::start_with(Engine::Sqlite, &ops, &TALKATIVE).await;
    let talk = Talk::start(&server, "going-4").await;
    // A window so small that not even the first long messages fit.
    let request = handshake(&talk.customer, "/live");
    let host = request.uri().authority().expect("an address").to_string();
    let small = TcpSocket::new_v4().expect("a socket");
    small.set_recv_buffer_size(4096).expect("a buffer");
    let connection = small.connect(host.parse().expect("an address")).await.expect("a connection");
    let (deaf, _) = client_async(request, connection).await.expect("a socket");
    let mut reader = Socket::open(&talk.customer, "").await;
    let long = "长".repeat(4000);
    for _ in 0..400 {
        say(&talk.staff, "customer", &long).await;
    }
    let last = say(&talk.staff, "customer", "end").await;
    reader.up_to("customer", seq(&last)).await;
    assert_eq!(reader.known.texts("customer").len(), 401);
    let metrics = loop {
        let ops = server.printed["ops"].as_str().expect("an operations listener");
        let answer = server.caller().http.get(format!("http://{ops}/metrics")).send().await;
        let text = answer.expect("an answer").text().await.expect("figures");
        if !text.contains("laqun_live_dropped_total{reason=\"slow\"} 0") {
            break text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    };
    assert!(metrics.contains("laqun_live_dropped_total{reason=\"slow\"} 1"), "{metrics}");
    assert!(metrics.contains("laqun_live_pages{transport=\"websocket\"} 1"), "{metrics}");
    drop(deaf);
    assert_eq!(talk.customer.post("/typing", &json!({"lane": "customer"})).await.status, 204);
}
