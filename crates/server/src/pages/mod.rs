//! Handlers of the pages: they look up the facts, fill a view of [`crate::web`] and send it.

mod asset;
pub mod group;
pub mod poster;
pub(crate) mod reader;
pub mod session;
pub mod staff;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

pub use asset::asset;
pub use reader::Reader;

use crate::{
    app::App,
    domain,
    web::{self, Lang},
};

/// Why there is no page.
#[derive(Debug)]
pub enum PageError {
    /// Nothing of that address.
    NotFound,
    /// Not with that method.
    MethodNotAllowed,
    /// Data or program failed; logged where it happened.
    Failed {
        /// 503 if waiting helps, else 500.
        status: StatusCode,
    },
}

impl From<domain::Error> for PageError {
    fn from(error: domain::Error) -> Self {
        let waiting_helps = matches!(&error, domain::Error::Stale)
            || matches!(&error, domain::Error::Store(e) if e.is_retryable() || e.is_storage());
        tracing::error!(%error, "a page could not be made");
        let status =
            if waiting_helps { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
        Self::Failed { status }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a template could not be rendered");
        Self::Failed { status: StatusCode::INTERNAL_SERVER_ERROR }
    }
}

impl From<web::qr::QrError> for PageError {
    fn from(error: web::qr::QrError) -> Self {
        tracing::error!(%error, "a QR code could not be drawn");
        Self::Failed { status: StatusCode::INTERNAL_SERVER_ERROR }
    }
}

impl From<web::poster::PosterError> for PageError {
    fn from(error: web::poster::PosterError) -> Self {
        tracing::error!(%error, "a poster could not be drawn");
        Self::Failed { status: StatusCode::INTERNAL_SERVER_ERROR }
    }
}

/// Sends a page, or the error page in the reader's language.
fn send(app: &App, reader: &Reader, page: Result<(StatusCode, String), PageError>) -> Response {
    let (status, html) = match page {
        Ok((status, html)) => (status, html),
        Err(error) => {
            let status = match error {
                PageError::NotFound => StatusCode::NOT_FOUND,
                PageError::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
                PageError::Failed { status } => status,
            };
            let request_id = status.is_server_error().then(|| app.ids.request_id());
            if let Some(request_id) = &request_id {
                tracing::error!(request_id, status = status.as_u16(), route = reader.route, "page failed");
            }
            let page = web::ErrorPage {
                lang: reader.lang,
                status: status.as_u16(),
                request_id,
                self_url: reader.self_url.clone(),
            };
            (status, page.render().unwrap_or_else(|_| status.to_string()))
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in web::PAGE_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if reader.chose_lang
        && let Ok(cookie) = HeaderValue::from_str(&reader.lang.set_cookie())
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Every address that is none.
pub async fn not_found(State(app): State<Arc<App>>, reader: Reader) -> Response {
    send(&app, &reader, Err(PageError::NotFound))
}

/// An address that is there, with another method.
pub async fn method_not_allowed(State(app): State<Arc<App>>, reader: Reader) -> Response {
    send(&app, &reader, Err(PageError::MethodNotAllowed))
}

/// What is left when a handler panics: the panic is logged by its hook, nobody is told more.
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    let page = web::ErrorPage { lang: Lang::Zh, status: 500, request_id: None, self_url: "/".to_owned() };
    let body = page.render().unwrap_or_else(|_| "500".to_owned());
    (StatusCode::INTERNAL_SERVER_ERROR, web::PAGE_HEADERS, body).into_response()
}
