//! `POST B/typing`: somebody is typing in a lane.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;

use super::{Body, Refused, Seated};
use crate::{app::App, domain::conversation::Lane};

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Typing {
    lane: String,
}

/// The handler.
pub async fn typing(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(Typing { lane }): Body<Typing>,
) -> Result<StatusCode, Refused> {
    app.flood.call(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    let lane = Lane::from_word(&lane).filter(|lane| app.hub.types(&app.store, &seated.seat, *lane));
    lane.map(|_| StatusCode::NO_CONTENT).ok_or_else(|| {
        Refused::new(StatusCode::BAD_REQUEST, "lane", "没有这个频道", "There is no such lane for you")
    })
}
