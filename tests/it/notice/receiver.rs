//! Somebody who is told by webhook: a listener that keeps what came and answers what the test says.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::Notify;

/// A POST as it came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Came {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// How the receiver answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reply {
    Status(u16, Option<&'static str>),
    /// Never.
    Silence,
}

#[derive(Default)]
struct Inner {
    came: Mutex<Vec<Came>>,
    replies: Mutex<Vec<Reply>>,
    changed: Notify,
}

/// The receiver.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

impl Receiver {
    /// Answers these in turn, and 204 for ever after.
    pub(crate) async fn start(replies: &[Reply]) -> Self {
        let inner = Arc::new(Inner { replies: Mutex::new(replies.to_vec()), ..Inner::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/told?key=k", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(take).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// What came, once it is so many.
    pub(crate) async fn came(&self, count: usize) -> Vec<Came> {
        let waiting = async {
            loop {
                let changed = self.inner.changed.notified();
                let came = self.all();
                if came.len() >= count {
                    return came;
                }
                changed.await;
            }
        };
        let came = tokio::time::timeout(std::time::Duration::from_mins(1), waiting).await;
        came.unwrap_or_else(|_| panic!("{} of {count} came", self.all().len()))
    }

    /// What came so far.
    pub(crate) fn all(&self) -> Vec<Came> {
        self.inner.came.lock().expect("unpoisoned").clone()
    }
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    inner.came.lock().expect("unpoisoned").push(Came { headers, body });
    let reply = {
        let mut replies = inner.replies.lock().expect("unpoisoned");
        if replies.is_empty() { Reply::Status(204, None) } else { replies.remove(0) }
    };
    inner.changed.notify_waiters();
    match reply {
        Reply::Status(status, retry_after) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let mut answer = (status, "well").into_response();
            if let Some(after) = retry_after {
                answer.headers_mut().insert("retry-after", after.parse().expect("a value"));
            }
            answer
        }
        Reply::Silence => std::future::pending().await,
    }
}
