//! `GET B/search`: words in a lane.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde_json::json;

use super::{Refused, Seated, answer::ok, query::Asked};
use crate::{app::App, domain::conversation::search::search as find};

/// The handler: the newest first. Where `more` is true, the next answer begins with `before`.
pub async fn search(State(app): State<Arc<App>>, seated: Seated, asked: Asked) -> Result<Response, Refused> {
    app.flood.look(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    let (lane, query) = (asked.lane()?, asked.q.as_deref().unwrap_or_default());
    let before = asked.before()?.unwrap_or(i64::MAX);
    let found = find(&app.store, &seated.seat, lane, query, before).await?;
    let mut body = json!({"hits": found.hits, "more": found.more.is_some()});
    if let Some(before) = found.more {
        body["before"] = json!(before);
    }
    Ok(ok(&body))
}
