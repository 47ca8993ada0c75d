//! `GET` and `PUT B/ticket`: the ticket form.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Body, Refused, Seated, acts::run, answer::ok};
use crate::{
    app::App,
    domain::{
        attachment,
        group::snapshot::Snapshot,
        ticket::form::{self, Form, Fresh},
    },
    web::show,
};

/// What the form sends; what is absent stays.
#[derive(Debug, Deserialize)]
pub struct Fields {
    title: Option<String>,
    description: Option<String>,
    priority: Option<String>,
    status: Option<String>,
    customer_name: Option<String>,
    attachments: Option<Vec<Uuid>>,
}

/// The ticket as it is.
pub async fn show(State(app): State<Arc<App>>, seated: Seated) -> Result<Response, Refused> {
    seated.staff_only()?;
    let seat = seated.seat.clone();
    let now_ms = app.clock.now_ms();
    let seen = app.store.read("chat.ticket", move |r| Snapshot::read(r, &seat, now_ms)).await?;
    let ticket = seen.ticket.ok_or(Refused::NOT_FOUND)?;
    Ok(ok(&json!({
        "case_id": ticket.case_id,
        "title": ticket.title,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "customer_name": ticket.customer_name,
        "assignee": ticket.assignee_name,
        "attachments": seen.files.iter().map(attachment::view).collect::<Vec<_>>(),
    })))
}

/// Saves it, and answers it as it is then.
pub async fn save(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(fields): Body<Fields>,
) -> Result<Response, Refused> {
    seated.staff_only()?;
    let form = Form {
        title: fields.title.map(|text| show::line(&text)),
        description: fields.description.map(|text| show::block(&text)),
        priority: fields.priority,
        status: fields.status,
        customer_name: fields.customer_name.map(|text| show::line(&text)),
        attachments: fields.attachments,
    };
    let fresh = Fresh { customer: app.ids.uuid(app.clock.now_ms()), user_identify: app.ids.user_identify() };
    run(&app, &seated, "ticket.save", move |tx, hand| form::save(tx, hand, &form, &fresh)).await?;
    self::show(State(app), seated).await
}
