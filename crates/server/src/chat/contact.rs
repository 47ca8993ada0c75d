//! `POST B/contact`: where a visitor wants the reply, if nobody answers while the page is open.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde_json::json;

use super::{Body, Refused, Seated, acts::run, answer::ok};
use crate::{
    app::App,
    domain::visitor::contact::{Contact, leave},
    web::show,
};

/// The handler.
pub async fn contact(
    State(app): State<Arc<App>>,
    visitor: Seated,
    Body(contact): Body<Contact>,
) -> Result<Response, Refused> {
    visitor.visitor_only()?;
    let contact = match contact {
        Contact::Phone(text) => Contact::Phone(show::line(&text)),
        Contact::Email(text) => Contact::Email(show::line(&text)),
        Contact::Address(text) => Contact::Address(show::block(&text)),
    };
    let contact = contact.check()?;
    let (kind, sealed) = (contact.word(), contact.seal(&app.key, visitor.seat.tenant.id()));
    run(&app, &visitor, "visitor.contact", move |tx, hand| leave(tx, hand, kind, &sealed)).await?;
    Ok(ok(&json!({"contact_left": true})))
}
