//! `POST B/satisfaction`: how good the help was, by one who was helped.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::json;

use super::{Body, Refused, Seated, acts::run, answer::ok};
use crate::{app::App, domain::visitor::satisfaction::answer, web::show};

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Said {
    score: i64,
    #[serde(default)]
    comment: String,
}

/// The handler.
pub async fn satisfaction(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(Said { score, comment }): Body<Said>,
) -> Result<Response, Refused> {
    seated.visitor_only()?;
    let comment = show::block(&comment);
    run(&app, &seated, "visitor.satisfaction", move |tx, hand| answer(tx, hand, score, &comment)).await?;
    Ok(ok(&json!({"score": score})))
}
