//! A request as it arrives: where it comes from, its body, its answer's envelope.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use tokio::time::timeout;
use top::HttpRequest;

use super::{MAX_BYTES, origin::Origin};
use crate::app::{App, Live};

/// A body larger than this is not even drained; the connection is closed.
const DRAIN_BYTES: usize = 16 << 20;
/// How long a body may take to arrive: who sends more slowly only holds a connection.
const BODY: Duration = Duration::from_secs(30);

/// A request that was read to its end.
pub(super) struct Incoming {
    /// The settings that this request is answered with.
    pub(super) live: Arc<Live>,
    pub(super) origin: Origin,
    parts: Parts,
    body: Vec<u8>,
}

impl Incoming {
    /// Reads the request; the error is the answer to one that cannot be read.
    pub(super) async fn read(
        app: &App,
        peer: SocketAddr,
        request: http::Request<Body>,
    ) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let body = read_body(body).await.ok_or_else(broken_off)?;
        let live = app.live();
        let origin = Origin::of(peer, &parts.headers, &live.settings.trusted_proxies);
        Ok(Self { live, origin, parts, body })
    }

    /// As the protocol's library reads it.
    pub(super) fn http(&self) -> HttpRequest<'_> {
        HttpRequest {
            verb: self.parts.method.as_str(),
            query: self.parts.uri.query().unwrap_or_default(),
            content_type: text_header(&self.parts.headers, header::CONTENT_TYPE.as_str()).unwrap_or_default(),
            body: &self.body,
        }
    }

    /// All headers.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// A header, if it is readable text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        text_header(&self.parts.headers, name)
    }
}

fn text_header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The body, or as much more than allowed as tells the reader that it is too large; none if it breaks off or does not
/// come, for half a body is no call although its parameters may all be there.
///
/// What is too much is drained up to a bound, so that a client which only reads after writing gets its answer.
async fn read_body(body: Body) -> Option<Vec<u8>> {
    timeout(BODY, async {
        let mut stream = body.into_data_stream();
        let mut bytes = Vec::new();
        let mut seen = 0;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.ok()?;
            seen += chunk.len();
            if seen > DRAIN_BYTES {
                break;
            }
            let room = (MAX_BYTES + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Some(bytes)
    })
    .await
    .ok()
    .flatten()
}

/// The answer to an HTTP request that cannot be read: the only one that is not 200, and hardly ever received.
fn broken_off() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

pub(super) fn respond(content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    /// The clock stands still until nothing else is left to do, and then jumps to the next deadline.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_to_its_end_is_given_up() {
        let first = stream::iter([Ok::<_, Infallible>("half a body")]);
        assert_eq!(read_body(Body::from_stream(first.chain(stream::pending()))).await, None);
        // A byte now and then does not help: the whole has to arrive.
        let trickle = stream::repeat("1").then(|byte| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(byte)
        });
        assert_eq!(read_body(Body::from_stream(trickle)).await, None);
        assert_eq!(read_body(Body::from("whole")).await.as_deref(), Some(&b"whole"[..]));
    }
}
