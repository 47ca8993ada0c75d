//! `/customer-service/quick-replies`: what staff say often.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Body, Refused,
    answer::{answer, ok},
    seat::SignedIn,
};
use crate::{app::App, domain::quick_reply, web::show};

/// `GET`: one's own and everybody's.
pub async fn list(State(app): State<Arc<App>>, me: SignedIn) -> Result<Response, Refused> {
    let staff = me.staff;
    let found =
        app.store.read("quick_reply.list", move |r| quick_reply::list(r, &me.tenant, me.staff)).await?;
    let replies: Vec<_> = found
        .iter()
        .map(|reply| json!({"id": reply.id, "body": reply.body, "mine": reply.staff == Some(staff)}))
        .collect();
    Ok(ok(&json!({"replies": replies})))
}

/// The body of a new one.
#[derive(Debug, Deserialize)]
pub struct New {
    body: String,
    /// For everybody, not only for oneself.
    #[serde(default)]
    everybody: bool,
}

/// `POST`: a new one.
pub async fn add(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Body(New { body, everybody }): Body<New>,
) -> Result<Response, Refused> {
    let (actor, body) = (me.actor(&app), show::block(&body));
    let id = app.ids.uuid(actor.now_ms);
    let told = json!({"id": id, "body": body, "mine": !everybody});
    let staff = (!everybody).then_some(me.staff);
    let unit = move |tx: &mut store::Tx<'_>| quick_reply::add(tx, &actor, &me.tenant, id, staff, &body);
    app.store.write("quick_reply.add", unit).await?;
    Ok(answer(StatusCode::CREATED, &told))
}

/// `DELETE …/{id}`: one's own, or everybody's.
pub async fn remove(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = Uuid::parse_str(&id).map_err(|_| Refused::NOT_FOUND)?;
    let actor = me.actor(&app);
    let unit = move |tx: &mut store::Tx<'_>| quick_reply::remove(tx, &actor, &me.tenant, me.staff, id);
    if app.store.write("quick_reply.remove", unit).await? {
        Ok(ok(&json!({})))
    } else {
        Err(Refused::NOT_FOUND)
    }
}
