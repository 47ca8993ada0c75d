//! A WebSocket as a page uses it, and as one that means no good.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::{self, Message};

use super::{Socket, handshake, open, seq, server};
use crate::{
    conversation::{Talk, say},
    harness::{Engine, Page},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_comes_to_every_open_page_and_the_internal_lane_to_staff_alone() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "live-1").await;
        let mut staff = Socket::open(&talk.staff, "").await;
        let mut customer = Socket::open(&talk.customer, "").await;
        say(&talk.customer, "customer", "你好").await;
        say(&talk.staff, "internal", "secret").await;
        let last = say(&talk.staff, "customer", "Hello").await;
        let inside = say(&talk.staff, "internal", "secret too").await;
        staff.up_to("customer", seq(&last)).await;
        staff.up_to("internal", seq(&inside)).await;
        customer.up_to("customer", seq(&last)).await;
        customer.settle().await;
        assert_eq!(staff.known.texts("customer"), ["你好", "Hello"]);
        assert_eq!(staff.known.texts("internal"), ["secret", "secret too"]);
        assert_eq!(customer.known.texts("customer"), ["你好", "Hello"]);
        let seen = format!("{:?}", customer.known);
        assert!(!seen.contains("secret") && !seen.contains("internal"), "{seen}");
        // The entry is the one that sending answered with.
        assert_eq!(customer.known.lanes["customer"].last(), Some(&last));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_read_marks_and_presence_are_told_and_stay_in_their_lane() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "live-2").await;
        let colleague = talk.colleague(&server, "live-2", "lin").await;
        let me = |state: &serde_json::Value| state["me"]["id"].as_str().expect("an id").to_owned();
        let (staff_id, customer_id) = (me(&talk.staff.state().await), me(&talk.customer.state().await));
        let mut other = Socket::open(&colleague, "").await;
        let mut customer = Socket::open(&talk.customer, "").await;
        other.until(|f| f["t"] == "online" && f["people"].to_string().contains(&customer_id)).await;
        let mut staff = Socket::open(&talk.staff, "").await;
        customer.until(|f| f["t"] == "online" && f["people"].to_string().contains(&staff_id)).await;
        // Typing: internal first, so that it would have come before the other.
        staff.send(&json!({"t": "typing", "lane": "internal"})).await;
        assert_eq!(talk.staff.post("/typing", &json!({"lane": "customer"})).await.status, 204);
        other.until(|f| f["t"] == "typing" && f["lane"] == "internal").await;
        let typing = customer.until(|f| f["t"] == "typing").await;
        assert_eq!((&typing["lane"], &typing["person"]), (&json!("customer"), &json!(staff_id)));
        assert_eq!(talk.customer.post("/typing", &json!({"lane": "internal"})).await.status, 400);
        customer.send(&json!({"t": "typing", "lane": "internal"})).await;
        // Read marks likewise.
        let inside = say(&talk.staff, "internal", "between us").await;
        let said = say(&talk.staff, "customer", "to you").await;
        other.send(&json!({"t": "read", "lane": "internal", "seq": seq(&inside)})).await;
        staff.until(|f| f["t"] == "read" && f["lane"] == "internal" && f["person"] != json!(staff_id)).await;
        other.send(&json!({"t": "read", "lane": "customer", "seq": seq(&said)})).await;
        let read = customer.until(|f| f["t"] == "read" && f["person"] != json!(staff_id)).await;
        assert_eq!((&read["lane"], seq(&read)), (&json!("customer"), seq(&said)));
        customer.settle().await;
        staff.settle().await;
        let seen = format!("{:?}", customer.known);
        assert!(!seen.contains("internal") && !seen.contains("between us"), "{seen}");
        let own = staff.known.frames.iter().filter(|f| f["t"] == "typing").count();
        assert_eq!(own, 0, "nobody is told of his own typing, nor of a lane that the typist has not");
        // Who closes the last page is not there any more.
        drop(customer);
        staff.until(|f| f["t"] == "online" && !f["people"].to_string().contains(&customer_id)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_seat_or_comes_from_elsewhere_gets_no_socket() {
    let server = server(Engine::Sqlite).await;
    let talk = Talk::start(&server, "live-3").await;
    let status = |refused: tungstenite::Error| match refused {
        tungstenite::Error::Http(response) => {
            let body = response.body().clone().unwrap_or_default();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            (response.status().as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
        }
        other => panic!("{other}"),
    };
    let stranger = Page::visitor(&server, &talk.link);
    let refused = open(handshake(&stranger, "/live")).await.err().expect("not joined");
    assert_eq!(status(refused), (401, "not_joined".to_owned()));
    let mut foreign = handshake(&talk.customer, "/live");
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    assert_eq!(status(open(foreign).await.err().expect("foreign")), (403, "foreign".to_owned()));
    let mut foreign = handshake(&talk.customer, "/live");
    foreign.headers_mut().remove("sec-fetch-site");
    foreign.headers_mut().insert("origin", "https://evil.example".parse().expect("a value"));
    assert_eq!(status(open(foreign).await.err().expect("foreign")), (403, "foreign".to_owned()));
    // A plain request is told that this is a socket.
    assert_eq!(talk.customer.get("/live").await.status, 426);
    // As many pages as one person may have; one more is refused, until one is closed.
    let mut pages = Vec::new();
    for _ in 0..20 {
        pages.push(Socket::open(&talk.customer, "").await);
    }
    let refused = open(handshake(&talk.customer, "/live")).await.err().expect("too many");
    assert_eq!(status(refused), (429, "too_many_pages".to_owned()));
    pages.pop();
    loop {
        match open(handshake(&talk.customer, "/live")).await {
            Ok(_) => break,
            Err(refused) => assert_eq!(status(refused).0, 429),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_floods_end_their_own_socket_and_nothing_else() {
    let server = server(Engine::Sqlite).await;
    let talk = Talk::start(&server, "live-4").await;
    let mut staff = Socket::open(&talk.staff, "").await;
    let bad = [
        vec![Message::text("not json")],
        vec![Message::text("[1")],
        vec![Message::binary(vec![0, 1, 2])],
        vec![Message::text("x".repeat(5000))],
        (0..200).map(|_| Message::text(json!({"t": "typing", "lane": "customer"}).to_string())).collect(),
        (0..200).map(|_| Message::Ping(Vec::new().into())).collect(),
    ];
    for messages in bad {
        let mut socket = Socket::open(&talk.customer, "").await;
        for message in messages {
            // The other side may have closed already.
            let _ = socket.stream.send(message).await;
        }
        assert_eq!(socket.bye().await, "flood");
    }
    // What a later release may say is no garbage.
    let mut socket = Socket::open(&talk.customer, "").await;
    socket.send(&json!({"t": "later", "x": 1})).await;
    socket.send(&json!({"t": "typing", "lane": "none such"})).await;
    socket.settle().await;
    let said = say(&talk.customer, "customer", "still here").await;
    staff.up_to("customer", seq(&said)).await;
    socket.up_to("customer", seq(&said)).await;
}
