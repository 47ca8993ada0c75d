//! `/router/batch`: many calls in one request, answered in their order.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    response::Response,
};
use top::{
    Fault, Output, Request,
    batch::{Batch, SEPARATOR_HEADER},
};
use tracing::{Instrument as _, Span};

use super::{
    MAX_BYTES, Seen, fault,
    incoming::{Incoming, respond},
    panics::caught,
    rest::{ATTEMPTS, Answered, At, answer, authenticate, count_failure, log, settle, write},
};
use crate::{app::App, domain, observe::trace};

/// The handler. What is wrong with the request as a whole is one error document; each call has its own answer otherwise.
pub async fn batch(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: http::Request<Body>,
) -> Response {
    let began = Instant::now();
    let incoming = match Incoming::read(&app, peer, request).await {
        Ok(incoming) => incoming,
        Err(unreadable) => return unreadable,
    };
    let mut out = Vec::with_capacity(4096);
    let batch = Batch::read(&incoming.http(), incoming.header(SEPARATOR_HEADER), MAX_BYTES);
    let output = match &batch {
        Err(rejected) => {
            refuse(&app, None, rejected.fault.clone(), rejected.output, began, &mut out);
            rejected.output
        }
        Ok(batch) => {
            let request = batch.request();
            let seen = Seen::default();
            let at = At { app: &app, live: &incoming.live, origin: incoming.origin, seen: &seen };
            match check(at, batch).await {
                Ok(()) => batch.join(answers(at, &incoming, batch).await, &mut out),
                Err(fault) => refuse(&app, Some(request), fault, request.output(), began, &mut out),
            }
            request.output()
        }
    };
    respond(output.content_type(), out)
}

/// One document for the whole request, logged under the id that the caller sees.
fn refuse(
    app: &App,
    request: Option<&Request>,
    fault: Fault,
    output: Output,
    began: Instant,
    out: &mut Vec<u8>,
) {
    let (request_id, seen, span, outcome) = (app.ids.request_id(), Seen::default(), Span::none(), Err(fault));
    write(&outcome, output, &request_id, out);
    let (fault, bytes) = (outcome.as_ref().err(), out.len());
    log(app, &Answered { request, request_id: &request_id, seen: &seen, span: &span, fault, began, bytes });
}

async fn answers(at: At<'_>, incoming: &Incoming, batch: &Batch) -> Vec<Vec<u8>> {
    let mut answers = Vec::with_capacity(batch.calls().len());
    for request in batch.calls() {
        let (began, request_id) = (Instant::now(), at.app.ids.request_id());
        let (seen, span) = (Seen::default(), trace::call(incoming.headers(), &request_id));
        let at = At { seen: &seen, ..at };
        let call = answer(at, request, false).instrument(span.clone());
        let outcome = caught(&request_id, at.live.settings.gateway.business_error_code, call).await;
        let mut out = Vec::with_capacity(1024);
        write(&outcome, request.output(), &request_id, &mut out);
        let (fault, bytes) = (outcome.as_ref().err(), out.len());
        let request = Some(request);
        log(
            at.app,
            &Answered { request, request_id: &request_id, seen: &seen, span: &span, fault, began, bytes },
        );
        answers.push(out);
    }
    answers
}

/// The request itself: signed once, over query and body.
async fn check(at: At<'_>, batch: &Batch) -> Result<(), Fault> {
    let mut directory = at.app.directory.current();
    for _ in 0..ATTEMPTS {
        let checked = authenticate(at, &directory, batch.request(), at.app.clock.now_ms());
        let outcome = checked.map(|_| ((), false)).map_err(super::Failed::Fault);
        if let Some(outcome) = settle(at, &mut directory, outcome).await? {
            count_failure(at, batch.request(), outcome.as_ref().err());
            return outcome;
        }
    }
    Err(fault::of(domain::Error::Stale, at.live.settings.gateway.business_error_code))
}
