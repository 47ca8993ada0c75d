//! `/router/batch`: many calls in one request, answered in their order.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    response::Response,
};
use http::header;
use top::{
    Fault, HttpRequest,
    batch::{Batch, SEPARATOR_HEADER},
};

use super::{
    MAX_BYTES,
    origin::Origin,
    rest::{answer, authenticate, broken_off, log, read_body, respond, settle, text_header, write},
};
use crate::{app::App, domain};

/// The handler. What is wrong with the request as a whole is one error document; each call has its own answer otherwise.
pub async fn batch(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: http::Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let origin = Origin::of(peer, &parts.headers, &app.settings.trusted_proxies);
    let Some(body) = read_body(body).await else { return broken_off() };
    let http = HttpRequest {
        verb: parts.method.as_str(),
        query: parts.uri.query().unwrap_or_default(),
        content_type: text_header(&parts.headers, &header::CONTENT_TYPE),
        body: &body,
    };
    let separator = parts.headers.get(SEPARATOR_HEADER).and_then(|value| value.to_str().ok());
    let mut out = Vec::with_capacity(4096);
    let output = match Batch::read(&http, separator, MAX_BYTES) {
        Err(rejected) => {
            write(Err(rejected.fault), rejected.output, &app.ids.request_id(), &mut out);
            rejected.output
        }
        Ok(batch) => {
            let output = batch.request().output();
            match answers(&app, &batch, origin).await {
                Ok(answers) => batch.join(answers, &mut out),
                Err(fault) => write(Err(fault), output, &app.ids.request_id(), &mut out),
            }
            output
        }
    };
    respond(output.content_type(), out)
}

async fn answers(app: &App, batch: &Batch, origin: Origin) -> Result<Vec<Vec<u8>>, Fault> {
    check(app, batch, origin).await?;
    let mut answers = Vec::with_capacity(batch.calls().len());
    for request in batch.calls() {
        let (began, request_id) = (Instant::now(), app.ids.request_id());
        let outcome = answer(app, request, origin, false).await;
        log(Some(request), &outcome, &request_id, began);
        let mut out = Vec::with_capacity(1024);
        write(outcome, request.output(), &request_id, &mut out);
        answers.push(out);
    }
    Ok(answers)
}

/// The request itself: signed once, over query and body.
async fn check(app: &App, batch: &Batch, origin: Origin) -> Result<(), Fault> {
    let mut directory = app.directory.current();
    for _ in 0..4 {
        let checked = authenticate(app, &directory, batch.request(), origin, app.clock.now_ms());
        let outcome = checked.map(|_| ((), false)).map_err(super::Failed::Fault);
        if let Some(outcome) = settle(app, &mut directory, outcome).await? {
            return outcome;
        }
    }
    Err(super::fault::of(domain::Error::Stale, app.settings.gateway.business_error_code))
}
