//! Three ways to be told: a socket, events, polls; the same frames over each.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{DEADLINE, Known, Socket, seq, server};
use crate::{
    conversation::{Talk, say},
    harness::{Engine, Page},
};

/// A page's stream of events.
struct Events {
    response: reqwest::Response,
    text: String,
    known: Known,
    last_id: String,
}

impl Events {
    async fn open(page: &Page, query: &str, last_id: Option<&str>) -> Self {
        let mut request = page.request(Method::GET, &format!("/events{query}"), None);
        // As a browser asks: whoever compressed the stream would hold it back.
        request = request.header("accept", "text/event-stream").header("accept-encoding", "gzip");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok());
        assert_eq!(header("content-type"), Some("text/event-stream"));
        assert_eq!((header("content-encoding"), header("cache-control")), (None, Some("no-store")));
        Self { response, text: String::new(), known: Known::default(), last_id: String::new() }
    }

    /// The next frame; none when the stream has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let fields: BTreeMap<&str, &str> =
                    event.lines().filter_map(|line| line.split_once(": ")).collect();
                let (id, data) = (fields.get("id").map(ToString::to_string), fields.get("data").copied());
                let frame = data.map(|data| serde_json::from_str(data).expect("JSON"));
                let rest = rest.to_owned();
                self.text = rest;
                if let Some(id) = id {
                    self.last_id = id;
                }
                match frame {
                    Some(frame) => return Some(self.known.take(frame)),
                    None => continue,
                }
            }
            let chunk = timeout(DEADLINE, self.response.chunk()).await.expect("an event in time").ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).expect("whole events"));
        }
    }

    async fn up_to(&mut self, lane: &str, seq: i64) {
        while self.known.last(lane) < seq {
            assert!(self.next().await.is_some(), "ended at {}", self.known.last(lane));
        }
    }
}

async fn poll(page: &Page, query: &str) -> Known {
    let answer = page.get(&format!("/poll{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut known = Known::default();
    for frame in answer.json()["frames"].as_array().expect("frames") {
        known.take(frame.clone());
    }
    known
}

/// The frames that are no matter of who happened to be there.
fn lasting(known: &Known) -> Vec<&Value> {
    known.frames.iter().filter(|frame| ["hello", "read", "behind"].iter().any(|t| frame["t"] == *t)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_polls_give_the_frames_that_a_socket_gives() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "ways-1").await;
        for number in 0..70 {
            say(&talk.staff, "customer", &format!("{number}")).await;
        }
        let inside = say(&talk.staff, "internal", "between us").await;
        let said = say(&talk.customer, "customer", "last").await;
        let read = json!({"lane": "customer", "seq": seq(&said)});
        assert_eq!(talk.staff.post("/read", &read).await.status, 204);
        for (page, query, lanes) in [
            (&talk.customer, "?c=1", &["customer"][..]),
            (&talk.staff, "?c=1&i=0", &["customer", "internal"]),
        ] {
            let (mut socket, mut events) =
                (Socket::open(page, query).await, Events::open(page, query, None).await);
            for (lane, last) in lanes.iter().zip([seq(&said), seq(&inside)]) {
                socket.up_to(lane, last).await;
                events.up_to(lane, last).await;
            }
            socket.until(|frame| frame["t"] == "online").await;
            while events.known.frames.last().is_none_or(|frame| frame["t"] != "online") {
                events.next().await.expect("it goes on");
            }
            let polled = poll(page, query).await;
            for known in [&events.known, &polled] {
                assert_eq!(known.lanes, socket.known.lanes);
                assert_eq!(lasting(known), lasting(&socket.known));
            }
            let at = if lanes.len() == 2 {
                format!("{}.{}", seq(&said), seq(&inside))
            } else {
                seq(&said).to_string()
            };
            assert_eq!(events.last_id, at, "a visitor is not told that there is another lane");
        }
        // A browser that comes back says where it was; what the address says is older.
        let mut events = Events::open(&talk.customer, "?c=1", Some(&(seq(&said) - 1).to_string())).await;
        events.up_to("customer", seq(&said)).await;
        assert_eq!(events.known.texts("customer"), ["last"]);
        // Live ones come as well.
        let live = say(&talk.staff, "customer", "live").await;
        events.up_to("customer", seq(&live)).await;
        assert_eq!(poll(&talk.customer, &format!("?c={}", seq(&said))).await.texts("customer"), ["live"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_polls_is_there_too() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "ways-2").await;
        let me = talk.customer.state().await["me"]["id"].as_str().expect("an id").to_owned();
        let mut staff = Socket::open(&talk.staff, "").await;
        poll(&talk.customer, "").await;
        staff.until(|frame| frame["t"] == "online" && frame["people"].to_string().contains(&me)).await;
        let state = talk.staff.state().await;
        let members = state["members"].as_array().expect("members");
        assert!(members.iter().any(|m| m["id"] == me.as_str() && m["online"] == true), "{state}");
    }
}
