//! `GET B/poll`: the same frames at once, for who can hold no connection open.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::header;

use super::{Refused, Seated, live::Asked};
use crate::{app::App, live::page};

/// The handler.
pub async fn poll(
    State(app): State<Arc<App>>,
    seated: Seated,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    app.flood.call(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    let frames = page::poll(&app, seated.seat, (&asked).into()).await?;
    let mut body = String::from("{\"frames\":[");
    for (at, out) in frames.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        body.push_str(&out.text);
    }
    body.push_str("]}");
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, body).into_response())
}
