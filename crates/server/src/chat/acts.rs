//! What somebody in the group does to it: close, reopen, rename, renew the link, hand over, allow history.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Body, Refused, Seated, answer::ok};
use crate::{
    app::App,
    domain::{
        self,
        group::{
            people::{self, Fresh, Hand},
            token::Token,
        },
    },
    web::show,
};

/// Runs one act of the person's in one unit, and wakes the pages that are open.
pub(super) async fn run<T: Send + 'static>(
    app: &App,
    seated: &Seated,
    unit: &'static str,
    act: impl Fn(&mut store::Tx<'_>, &Hand) -> Result<T, domain::Error> + Send + 'static,
) -> Result<T, Refused> {
    let hand = Hand { seat: seated.seat.clone(), actor: seated.actor(app) };
    let done = app.store.write(unit, move |tx| act(tx, &hand)).await?;
    app.hub.touch(seated.seat.group);
    Ok(done)
}

/// `POST B/close`.
pub async fn close(State(app): State<Arc<App>>, seated: Seated) -> Result<Response, Refused> {
    seated.staff_only()?;
    let state = run(&app, &seated, "group.close", people::close).await?;
    Ok(ok(&json!({"state": state.word()})))
}

/// `POST B/reopen`: the only act that is the customer's too.
pub async fn reopen(State(app): State<Arc<App>>, seated: Seated) -> Result<Response, Refused> {
    let state = run(&app, &seated, "group.reopen", people::reopen).await?;
    Ok(ok(&json!({"state": state.word()})))
}

/// The body of `rename`.
#[derive(Debug, Deserialize)]
pub struct Name {
    name: String,
}

/// `POST B/rename`.
pub async fn rename(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(Name { name }): Body<Name>,
) -> Result<Response, Refused> {
    seated.staff_only()?;
    let name = show::line(&name);
    let answer = json!({"name": name});
    run(&app, &seated, "group.rename", move |tx, hand| people::rename(tx, hand, &name)).await?;
    Ok(ok(&answer))
}

/// `POST B/renew-link`.
pub async fn renew_link(State(app): State<Arc<App>>, seated: Seated) -> Result<Response, Refused> {
    seated.staff_only()?;
    let (fresh, customer_url) = fresh_link(&app, &seated);
    run(&app, &seated, "group.renew_link", move |tx, hand| people::renew(tx, hand, &fresh)).await?;
    Ok(ok(&json!({"customer_url": customer_url})))
}

/// A token that the group may get, and the link that it makes.
pub(super) fn fresh_link(app: &App, seated: &Seated) -> (Fresh, String) {
    let token = Token::random(&app.ids);
    let fresh = Fresh { hash: token.hash(), sealed: token.seal(&app.key, seated.seat.tenant.id()) };
    (fresh, format!("{}/g/{token}", app.live().public_url))
}

/// The body of `hand-over`.
#[derive(Debug, Deserialize)]
pub struct Person {
    person: Uuid,
}

/// `POST B/hand-over`.
pub async fn hand_over(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(Person { person }): Body<Person>,
) -> Result<Response, Refused> {
    seated.staff_only()?;
    run(&app, &seated, "group.hand_over", move |tx, hand| people::hand_over(tx, hand, person)).await?;
    Ok(ok(&json!({"owner": person})))
}

/// The body of `history`.
#[derive(Debug, Deserialize)]
pub struct History {
    guests_see: bool,
}

/// `POST B/history`.
pub async fn history(
    State(app): State<Arc<App>>,
    seated: Seated,
    Body(History { guests_see }): Body<History>,
) -> Result<Response, Refused> {
    seated.staff_only()?;
    run(&app, &seated, "group.history", move |tx, hand| people::history(tx, hand, guests_see)).await?;
    app.hub.check_group(seated.seat.group);
    Ok(ok(&json!({"guests_see": guests_see})))
}
