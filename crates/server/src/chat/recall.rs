//! `DELETE B/messages/{lane}/{seq}`: somebody takes a message back.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;

use super::{Refused, Seated, answer::ok, query};
use crate::{
    app::App,
    domain::conversation::{Denied, recall::recall as write},
};

/// The handler: the entry that tells of the recall.
pub async fn recall(
    State(app): State<Arc<App>>,
    seated: Seated,
    Path(path): Path<BTreeMap<String, String>>,
) -> Result<Response, Refused> {
    let lane = query::lane(path.get("lane").map(String::as_str))?;
    let seq = path.get("seq").and_then(|text| text.parse().ok()).ok_or(Denied::NotFound)?;
    let entry = write(&app.store, &seated.seat, lane, seq, app.clock.now_ms()).await?;
    app.hub.touch(seated.seat.group);
    Ok(ok(&json!({"entry": entry})))
}
