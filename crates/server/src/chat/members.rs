//! `POST B/members` invites a colleague, `DELETE B/members/{person}` removes somebody.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Body, Refused, Seated,
    acts::{fresh_link, run},
    answer::ok,
};
use crate::{app::App, domain::group::people};

/// The body of an invitation.
#[derive(Debug, Deserialize)]
pub struct Invite {
    staff_id: String,
}

/// Pulls a colleague in.
pub async fn invite(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(Invite { staff_id }): Body<Invite>,
) -> Result<Response, Refused> {
    seated.staff_only()?;
    let invite = move |tx: &mut store::Tx<'_>, hand: &people::Hand| people::invite(tx, hand, &staff_id);
    let (person, name) = run(&app, &seated, "group.invite", invite).await?;
    Ok(ok(&json!({"person": {"id": person, "kind": "staff", "name": name}})))
}

/// Removes a member: somebody else, or whoever asks. With a visitor goes the link: the answer has the new one.
pub async fn remove(
    State(app): State<Arc<App>>,
    Path(path): Path<BTreeMap<String, String>>,
    seated: Seated,
) -> Result<Response, Refused> {
    seated.staff_only()?;
    let person = path.get("person").and_then(|text| Uuid::parse_str(text).ok()).ok_or(Refused::NOT_FOUND)?;
    let (fresh, customer_url) = fresh_link(&app, &seated);
    let remove = move |tx: &mut store::Tx<'_>, hand: &people::Hand| people::remove(tx, hand, person, &fresh);
    let renewed = run(&app, &seated, "group.remove", remove).await?;
    let mut answer = json!({"removed": person});
    if renewed {
        answer["customer_url"] = json!(customer_url);
    }
    Ok(ok(&answer))
}
