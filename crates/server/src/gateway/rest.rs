//! `/router/rest`: one call.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    response::Response,
};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use top::{Api, Code, Fault, HttpRequest, Output, Request, Value, render, sub_code};

use super::{Call, Done, Failed, MAX_BYTES, METHODS, Method, fault, origin::Origin};
use crate::{
    app::App,
    domain::directory::{self, Directory},
};

/// A body larger than this is not even drained; the connection is closed.
const DRAIN_BYTES: usize = 16 << 20;
/// How often a call starts over because the directory changed under it.
const ATTEMPTS: usize = 4;

/// The handler.
pub async fn rest(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: http::Request<Body>,
) -> Response {
    let began = Instant::now();
    let request_id = app.ids.request_id();
    let (parts, body) = request.into_parts();
    let origin = Origin::of(peer, &parts.headers, &app.settings.trusted_proxies);
    let Some(body) = read_body(body).await else { return broken_off() };
    let http = HttpRequest {
        verb: parts.method.as_str(),
        query: parts.uri.query().unwrap_or_default(),
        content_type: text_header(&parts.headers, &header::CONTENT_TYPE),
        body: &body,
    };
    let mut out = Vec::with_capacity(1024);
    let request = Request::read(&http, MAX_BYTES);
    let (output, outcome) = match &request {
        Err(rejected) => (rejected.output, Err(rejected.fault.clone())),
        Ok(request) => (request.output(), answer(&app, request, origin, true).await),
    };
    log(request.as_ref().ok(), &outcome, &request_id, began);
    write(outcome, output, &request_id, &mut out);
    respond(output.content_type(), out)
}

/// Renders a result or a fault.
pub(super) fn write(
    outcome: Result<(&'static Api, Value), Fault>,
    output: Output,
    request_id: &str,
    out: &mut Vec<u8>,
) {
    match outcome {
        Ok((api, value)) => render::answer(api, &value, output, request_id, out),
        Err(fault) => render::fault(&fault, output, request_id, out),
    }
}

pub(super) fn respond(content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The call's result, asked again while the directory turns out to be older than the rows. `signed` as with [`attempt`].
pub(super) async fn answer(
    app: &App,
    request: &Request,
    origin: Origin,
    signed: bool,
) -> Result<(&'static Api, Value), Fault> {
    let mut directory = app.directory.current();
    for _ in 0..ATTEMPTS {
        let outcome = attempt(app, &directory, request, origin, signed).await;
        if let Some(outcome) = settle(app, &mut directory, outcome).await? {
            return outcome;
        }
    }
    Err(fault::of(crate::domain::Error::Stale, app.settings.gateway.business_error_code))
}

/// Decides whether an outcome may leave: none if it was made with an old directory, which is then read again.
pub(super) async fn settle<T>(
    app: &App,
    directory: &mut Arc<Directory>,
    outcome: Result<(T, bool), Failed>,
) -> Result<Option<Result<T, Fault>>, Fault> {
    let code = app.settings.gateway.business_error_code;
    let outcome = match outcome {
        Ok((done, true)) => return Ok(Some(Ok(done))),
        Ok((done, false)) => Some(Ok(done)),
        Err(Failed::Fault(fault)) => Some(Err(fault)),
        Err(Failed::Stale) => None,
    };
    let version = directory::version(&app.store).await.map_err(|e| fault::of(e, code))?;
    if version == directory.version && outcome.is_some() {
        return Ok(outcome);
    }
    *directory = app.directory.reload(&app.store, &app.key).await.map_err(|e| fault::of(e, code))?;
    Ok(None)
}

/// One attempt with one directory. `signed` is false for a call inside a batch, whose request was checked as a whole.
async fn attempt(
    app: &App,
    directory: &Arc<Directory>,
    request: &Request,
    origin: Origin,
    signed: bool,
) -> Result<((&'static Api, Value), bool), Failed> {
    let method = find(request.method()?)?;
    let now_ms = app.clock.now_ms();
    let caller = if signed {
        authenticate(app, directory, request, origin, now_ms)?
    } else {
        caller(app, directory, request, origin)?
    };
    method.api.check_session(request)?;
    let call = Call { app, caller: &caller, directory, request, now_ms };
    let Done { value, version_checked } = call.run(method).await?;
    Ok(((method.api, value), version_checked))
}

fn find(name: &str) -> Result<&'static Method, Fault> {
    METHODS.iter().find(|method| method.api.name == name).ok_or_else(|| Fault::platform(Code::InvalidMethod))
}

/// App, signature, permission and flow control.
pub(super) fn authenticate(
    app: &App,
    directory: &Directory,
    request: &Request,
    origin: Origin,
    now_ms: i64,
) -> Result<Arc<directory::App>, Fault> {
    let caller = caller(app, directory, request, origin)?;
    request.authenticate(&caller.secrets, now_ms, app.settings.gateway.clock_skew).map_err(|fault| {
        if fault.code != Code::InvalidSignature.number() {
            return fault;
        }
        match app.limits.failed_signature(origin.address) {
            Ok(()) => fault,
            Err(seconds) => Fault::call_limited(sub_code::API_LIMIT, seconds),
        }
    })?;
    if !caller.allows(origin.address) {
        return Err(Fault::platform(Code::InsufficientIsvPermissions).with_sub(
            sub_code::ADDRESS_LIMIT,
            format!("The appkey {} is not allowed to call from your ip {}", caller.key, origin.address),
        ));
    }
    app.limits
        .call(&caller.key, caller.calls_per_second)
        .map_err(|seconds| Fault::call_limited(sub_code::APP_LIMIT, seconds))?;
    Ok(caller)
}

/// The app of the request, if it may be used here at all.
fn caller(
    app: &App,
    directory: &Directory,
    request: &Request,
    origin: Origin,
) -> Result<Arc<directory::App>, Fault> {
    let key = request.app_key()?;
    let unknown = || Fault::platform(Code::InvalidAppKey);
    let caller = directory.app(key).filter(|found| found.enabled).ok_or_else(unknown)?;
    if caller.demo && !(app.loopback && !origin.forwarded && origin.address.is_loopback()) {
        tracing::warn!(
            app_key = key,
            "the sample app works on loopback only; make your own with `laqun app add`"
        );
        return Err(unknown());
    }
    Ok(Arc::clone(caller))
}

/// The body, or as much more than allowed as tells the reader that it is too large; none if it breaks off, for half a
/// body is no call although its parameters may all be there.
///
/// What is too much is drained up to a bound, so that a client which only reads after writing gets its answer.
pub(super) async fn read_body(body: Body) -> Option<Vec<u8>> {
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
}

/// The answer to an HTTP request that cannot be read: the only one that is not 200, and hardly ever received.
pub(super) fn broken_off() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

pub(super) fn text_header<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The most characters of a caller's text in a log line.
const LOGGED: usize = 80;

/// One line a call.
pub(super) fn log(
    request: Option<&Request>,
    outcome: &Result<(&'static Api, Value), Fault>,
    request_id: &str,
    began: Instant,
) {
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let text = |name| request.and_then(|r| r.get(name)).map_or("-", |text| cut(text, LOGGED));
    let (method, app_key) = (text("method"), text("app_key"));
    match outcome {
        Ok(_) => tracing::info!(request_id, method, app_key, took_us, "call"),
        Err(fault) => {
            let sub_code = fault.sub_code.as_deref().unwrap_or("-");
            tracing::info!(request_id, method, app_key, took_us, code = fault.code, sub_code, "call refused");
        }
    }
}

fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}
