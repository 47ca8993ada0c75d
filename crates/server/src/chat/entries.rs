//! `GET B/entries`: a page of a lane.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde_json::json;

use super::{Refused, Seated, answer::ok, query::Asked};
use crate::{app::App, domain::conversation::page};

/// How many entries a page has if nothing is said.
const PAGE: i64 = 50;

/// The handler: the newest entries, those before a number, or those after one; the oldest of them first.
pub async fn entries(State(app): State<Arc<App>>, seated: Seated, asked: Asked) -> Result<Response, Refused> {
    app.flood.call(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    let seat = &seated.seat;
    let view = asked.view(seat)?;
    let limit = asked.limit()?.unwrap_or(PAGE);
    let (tenant_id, group) = (seat.tenant.id(), seat.group);
    let page = match (asked.before()?, asked.after()?) {
        (Some(_), Some(_)) => {
            return Err(Refused::invalid("before 与 after 只能给一个", "Give before or after, not both"));
        }
        (None, Some(after)) => page::after(&app.store, tenant_id, group, view, after, limit).await?,
        (before, None) => {
            page::before(&app.store, tenant_id, group, view, before.unwrap_or(i64::MAX), limit).await?
        }
    };
    Ok(ok(&json!({"entries": page.entries, "more": page.more})))
}
