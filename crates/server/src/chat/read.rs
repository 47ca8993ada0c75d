//! `POST B/read`: how far somebody has read.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;

use super::{Body, Refused, Seated, query};
use crate::{app::App, domain::conversation::mark};

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Request {
    lane: Option<String>,
    seq: i64,
}

/// The handler. A number that lies behind the mark, or behind the lane's last entry, is no mistake: pages are late.
pub async fn read(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(request): Body<Request>,
) -> Result<Response, Refused> {
    app.flood.call(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    let lane = query::lane(request.lane.as_deref())?;
    mark::read(&app.store, &seated.seat, lane, request.seq, app.clock.now_ms()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
