//! Whether a request comes from a page of ours.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, header, request::Parts};

use super::answer::Refused;
use crate::app::App;

/// A browser says where a request comes from; a program that says nothing carries no cookie of ours by accident.
pub(crate) fn is_from_our_page(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == app.live().public_url,
        (None, None) => true,
    }
}

/// Whether another site's page could do harm with it: it changes something, or opens a line that stays.
fn needs_our_page(method: &Method, headers: &HeaderMap) -> bool {
    !matches!(*method, Method::GET | Method::HEAD) || headers.contains_key(header::UPGRADE)
}

/// Refuses what another site's page asks for.
///
/// # Errors
/// [`Refused::FOREIGN`].
pub(super) fn check(app: &App, parts: &Parts) -> Result<(), Refused> {
    if needs_our_page(&parts.method, &parts.headers) && !is_from_our_page(app, &parts.headers) {
        tracing::warn!(
            public_url = app.live().public_url.as_str(),
            "a request from another origin was refused; is public_url the address people open?"
        );
        return Err(Refused::FOREIGN);
    }
    Ok(())
}

/// Extracted by handlers that take no [`super::Seated`]: the request comes from a page of ours.
#[derive(Debug, Clone, Copy)]
pub struct OurPage;

impl FromRequestParts<Arc<App>> for OurPage {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        check(app, parts).map(|()| Self)
    }
}
