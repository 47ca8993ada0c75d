//! `GET /customer-service/colleagues?group=&q=`: whom one can invite.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::Response,
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use super::{Refused, answer::ok, seat};
use crate::{app::App, domain::staff};

/// What is looked for.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    group: String,
    #[serde(default)]
    q: String,
}

/// Colleagues of whoever is in the group, by name or `staff_id`.
pub async fn colleagues(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(Wanted { group, q }): Query<Wanted>,
) -> Result<Response, Refused> {
    let seat = seat::of_session(&app, &headers, &group).await?.seat;
    let found = move |r: &mut store::Reader<'_>| staff::search(r, &seat.tenant, seat.group, q.trim());
    let people = app.store.read("chat.colleagues", found).await?;
    let people: Vec<_> = people
        .iter()
        .map(|person| json!({"staff_id": person.staff_id, "name": person.name, "member": person.member}))
        .collect();
    Ok(ok(&json!({"people": people})))
}
