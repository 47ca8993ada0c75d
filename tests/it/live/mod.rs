//! Open pages: what they are told, over which way, and what a bad one costs the others.

mod going;
mod processes;
mod resume;
mod socket;
mod ways;

use std::{collections::BTreeMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::harness::{Engine, Page, Server};

/// A fail-safe only: nothing is decided by it.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// No limit to how much one person says.
pub(crate) const TALKATIVE: [(&str, &str); 1] = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];

/// A server on which one person may say as much as a test wants.
pub(crate) async fn server(engine: Engine) -> Server {
    Server::start_with(engine, &[], &TALKATIVE).await
}

/// A page's socket.
pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<TcpStream>,
    /// What it knows of each lane, and every frame that was no entry.
    pub(crate) known: Known,
}

/// What a page knows, and that it was told everything once and in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Known {
    pub(crate) lanes: BTreeMap<String, Vec<Value>>,
    pub(crate) frames: Vec<Value>,
}

impl Known {
    /// Takes a frame.
    pub(crate) fn take(&mut self, frame: Value) -> Value {
        if frame["t"] == "entries" {
            let lane = frame["lane"].as_str().expect("a lane").to_owned();
            let entries = frame["entries"].as_array().expect("entries");
            assert!(!entries.is_empty(), "a frame of entries has some");
            let known = self.lanes.entry(lane.clone()).or_default();
            for entry in entries {
                assert_eq!(entry["lane"], lane.as_str());
                if let Some(last) = known.last() {
                    let (last, next) = (last["seq"].as_i64(), entry["seq"].as_i64());
                    assert_eq!(last.map(|seq| seq + 1), next, "once, in order, without a gap: {lane}");
                }
                known.push(entry.clone());
            }
        } else {
            self.frames.push(frame.clone());
        }
        frame
    }

    /// The last number of a lane.
    pub(crate) fn last(&self, lane: &str) -> i64 {
        self.lanes.get(lane).and_then(|entries| entries.last()?["seq"].as_i64()).unwrap_or(0)
    }

    /// The texts of a lane, of those that have any.
    pub(crate) fn texts(&self, lane: &str) -> Vec<String> {
        let entries = self.lanes.get(lane).map(Vec::as_slice).unwrap_or_default();
        let texts = entries.iter().filter_map(|entry| entry["text"].as_str()).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect()
    }
}

/// The handshake's request of a page; a browser says where it comes from.
pub(crate) fn handshake(page: &Page, path: &str) -> http::Request<()> {
    let url = format!("{}{}{path}", page.url.replacen("http", "ws", 1), page.base);
    let mut request = url.into_client_request().expect("an address");
    let headers = request.headers_mut();
    headers.insert("sec-fetch-site", "same-origin".parse().expect("a value"));
    if let Some(cookie) = &page.cookie {
        headers.insert("cookie", cookie.parse().expect("a value"));
    }
    for (name, value) in &page.headers {
        let name: http::HeaderName = name.parse().expect("a name");
        headers.insert(name, value.parse().expect("a value"));
    }
    request
}

/// Tries to open a socket.
pub(crate) async fn open(request: http::Request<()>) -> Result<Socket, tungstenite::Error> {
    let host = request.uri().authority().expect("an address").to_string();
    let connection = TcpStream::connect(host).await?;
    let (stream, _) = client_async(request, connection).await?;
    Ok(Socket { stream, known: Known::default() })
}

impl Socket {
    /// Opens it and reads `hello`; `query` is where to go on, such as `?c=3`.
    pub(crate) async fn open(page: &Page, query: &str) -> Self {
        let mut socket = open(handshake(page, &format!("/live{query}"))).await.expect("a socket");
        let hello = socket.next().await.expect("a frame");
        assert_eq!(hello["t"], "hello", "{hello}");
        socket
    }

    /// The next frame; none when the socket was closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match timeout(DEADLINE, self.stream.next()).await.expect("a frame in time")? {
                Ok(Message::Text(text)) => {
                    let frame = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
                    return Some(self.known.take(frame));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads until a frame like that comes.
    pub(crate) async fn until(&mut self, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed; {:?}", self.known.frames));
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// Reads until it knows a lane up to a number.
    pub(crate) async fn up_to(&mut self, lane: &str, seq: i64) {
        while self.known.last(lane) < seq {
            assert!(self.next().await.is_some(), "closed at {}", self.known.last(lane));
        }
    }

    /// The code of the good-bye that must come.
    pub(crate) async fn bye(&mut self) -> String {
        let bye = self.until(|frame| frame["t"] == "bye").await;
        assert_eq!(self.next().await, None, "good-bye is the last word");
        bye["code"].as_str().expect("a code").to_owned()
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        self.stream.send(Message::text(frame.to_string())).await.expect("it is sent");
    }

    /// Everything that was told before this is answered was told.
    pub(crate) async fn settle(&mut self) {
        self.send(&json!({"t": "ping"})).await;
        self.until(|frame| frame["t"] == "pong").await;
    }
}

/// The number of an entry.
pub(crate) fn seq(entry: &Value) -> i64 {
    entry["seq"].as_i64().expect("a number")
}
