//! `/router/rest`: one call.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    response::Response,
};
use top::{Api, Code, Fault, Output, Request, Value, render, sub_code};
use tracing::{Instrument as _, Span};

use super::{
    Call, Done, Failed, MAX_BYTES, METHODS, Method, Seen, fault,
    incoming::{Incoming, respond},
    origin::Origin,
    panics::caught,
};
use crate::{
    app::{App, Live},
    domain::directory::{self, Directory},
    observe::trace,
};

/// How often a call starts over because the directory changed under it.
pub(super) const ATTEMPTS: usize = 4;

/// The handler.
pub async fn rest(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: http::Request<Body>,
) -> Response {
    let began = Instant::now();
    let request_id = app.ids.request_id();
    let incoming = match Incoming::read(&app, peer, request).await {
        Ok(incoming) => incoming,
        Err(unreadable) => return unreadable,
    };
    let (seen, span) = (Seen::default(), trace::call(incoming.headers(), &request_id));
    let mut out = Vec::with_capacity(1024);
    let request = Request::read(&incoming.http(), MAX_BYTES);
    let (output, outcome) = match &request {
        Err(rejected) => (rejected.output, Err(rejected.fault.clone())),
        Ok(request) => {
            let at = At { app: &app, live: &incoming.live, origin: incoming.origin, seen: &seen };
            let call = answer(at, request, true).instrument(span.clone());
            (request.output(), caught(&request_id, at.live.settings.gateway.business_error_code, call).await)
        }
    };
    let fault = outcome.as_ref().err();
    write(&outcome, output, &request_id, &mut out);
    let (request, bytes) = (request.as_ref().ok(), out.len());
    log(&app, &Answered { request, request_id: &request_id, seen: &seen, span: &span, fault, began, bytes });
    respond(output.content_type(), out)
}

/// Where a request arrived: the program, the settings that it is answered with, who sent it.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) app: &'a App,
    pub(super) live: &'a Live,
    pub(super) origin: Origin,
    pub(super) seen: &'a Seen,
}

/// Renders a result or a fault.
pub(super) fn write(
    outcome: &Result<(&'static Api, Value), Fault>,
    output: Output,
    request_id: &str,
    out: &mut Vec<u8>,
) {
    match outcome {
        Ok((api, value)) => render::answer(api, value, output, request_id, out),
        Err(fault) => render::fault(fault, output, request_id, out),
    }
}

/// The call's result, asked again while the directory turns out to be older than the rows. `signed` as with [`attempt`].
pub(super) async fn answer(
    at: At<'_>,
    request: &Request,
    signed: bool,
) -> Result<(&'static Api, Value), Fault> {
    let mut directory = at.app.directory.current();
    // A call that starts over is one call still.
    let mut charged = Charged::NotYet;
    for _ in 0..ATTEMPTS {
        let outcome = attempt(at, &directory, request, signed, &mut charged).await;
        if let Some(outcome) = settle(at, &mut directory, outcome).await? {
            count_failure(at, request, outcome.as_ref().err());
            return outcome;
        }
    }
    Err(fault::of(crate::domain::Error::Stale, at.live.settings.gateway.business_error_code))
}

/// Decides whether an outcome may leave: none if it was made with an old directory, which is then read again.
pub(super) async fn settle<T>(
    at: At<'_>,
    directory: &mut Arc<Directory>,
    outcome: Result<(T, bool), Failed>,
) -> Result<Option<Result<T, Fault>>, Fault> {
    let app = at.app;
    let code = at.live.settings.gateway.business_error_code;
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

/// Whether a call took one of its app's budget, and by which limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Charged {
    NotYet,
    By(Option<u32>),
}

/// One attempt with one directory. `signed` is false for a call inside a batch, whose request was checked as a whole.
async fn attempt(
    at: At<'_>,
    directory: &Arc<Directory>,
    request: &Request,
    signed: bool,
    charged: &mut Charged,
) -> Result<((&'static Api, Value), bool), Failed> {
    let At { app, live, .. } = at;
    let method = find(request.method()?)?;
    let now_ms = app.clock.now_ms();
    let caller =
        if signed { authenticate(at, directory, request, now_ms)? } else { caller(at, directory, request)? };
    // Charged once; a limit that the operator has changed meanwhile counts as well.
    if *charged != Charged::By(caller.calls_per_second) {
        app.limits
            .call(&caller.key, caller.calls_per_second)
            .map_err(|seconds| Fault::call_limited(sub_code::APP_LIMIT, seconds))?;
        *charged = Charged::By(caller.calls_per_second);
    }
    method.api.check_session(request)?;
    let call = Call { app, live, seen: at.seen, caller: &caller, directory, request, now_ms };
    let Done { value, version_checked } = call.run(method).await?;
    Ok(((method.api, value), version_checked))
}

fn find(name: &str) -> Result<&'static Method, Fault> {
    METHODS.iter().find(|method| method.api.name == name).ok_or_else(|| Fault::platform(Code::InvalidMethod))
}

/// App, signature and permission.
pub(super) fn authenticate(
    at: At<'_>,
    directory: &Directory,
    request: &Request,
    now_ms: i64,
) -> Result<Arc<directory::App>, Fault> {
    let At { app, live, origin, .. } = at;
    let caller = caller(at, directory, request)?;
    // Before the digests are computed: whoever guesses signatures is not to cost more than a look-up.
    app.limits
        .signature(&caller.key, origin.address)
        .map_err(|seconds| Fault::call_limited(sub_code::API_LIMIT, seconds))?;
    request.authenticate(&caller.secrets(now_ms), now_ms, live.settings.gateway.clock_skew)?;
    if !caller.allows(origin.address) {
        return Err(Fault::platform(Code::InsufficientIsvPermissions).with_sub(
            sub_code::ADDRESS_LIMIT,
            format!("The appkey {} is not allowed to call from your ip {}", caller.key, origin.address),
        ));
    }
    Ok(caller)
}

/// Counts a signature that failed, once its request's outcome is settled: a stale directory has not failed it.
pub(super) fn count_failure(at: At<'_>, request: &Request, fault: Option<&Fault>) {
    if fault.is_some_and(|fault| fault.code == Code::InvalidSignature.number())
        && let Ok(key) = request.app_key()
    {
        at.app.limits.failed_signature(key, at.origin.address);
    }
}

/// The app of the request, if it may be used here at all.
fn caller(at: At<'_>, directory: &Directory, request: &Request) -> Result<Arc<directory::App>, Fault> {
    let At { app, live, origin, .. } = at;
    let key = request.app_key()?;
    let unknown = || Fault::platform(Code::InvalidAppKey);
    let caller = directory.app(key).filter(|found| found.enabled).ok_or_else(unknown)?;
    if caller.demo && !(live.loopback && !origin.forwarded && origin.address.is_loopback()) {
        if app.limits.may_warn_of_sample() {
            tracing::warn!(
                app_key = key,
                "the sample app works on loopback only; make your own with `laqun app add`"
            );
        }
        return Err(unknown());
    }
    Ok(Arc::clone(caller))
}

/// The most characters of a caller's text in a log line.
const LOGGED: usize = 80;

/// A call that was answered.
pub(super) struct Answered<'a> {
    /// None, where it was not even one.
    pub(super) request: Option<&'a Request>,
    pub(super) request_id: &'a str,
    pub(super) seen: &'a Seen,
    pub(super) span: &'a Span,
    pub(super) fault: Option<&'a Fault>,
    pub(super) began: Instant,
    /// Of the answer.
    pub(super) bytes: usize,
}

/// Counts a call and writes its one line. What it was about, and who signed how, stands in no log.
pub(super) fn log(app: &App, call: &Answered<'_>) {
    let Answered { request, request_id, seen, span, fault, began, bytes } = *call;
    let took = began.elapsed();
    app.metrics.calls.count(request.and_then(|request| request.get("method")), fault, took);
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let text = |name| request.and_then(|r| r.get(name)).map_or("-", |text| cut(text, LOGGED));
    let (method, app_key) = (text("method"), text("app_key"));
    let tenant = seen.tenant.load(Ordering::Relaxed);
    let tenant = (tenant != 0).then_some(tenant);
    let known = find(method).ok().map(|method| method.api.name);
    trace::ended(span, trace::Ended { method: known, app_key, tenant, fault });
    match fault {
        None => tracing::info!(request_id, method, app_key, tenant, took_us, bytes, code = 0, "call"),
        Some(fault) => {
            let (code, sub_code) = (fault.code, fault.sub_code.as_deref().unwrap_or("-"));
            tracing::info!(
                request_id,
                method,
                app_key,
                tenant,
                took_us,
                bytes,
                code,
                sub_code,
                "call refused"
            );
        }
    }
}

fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}
