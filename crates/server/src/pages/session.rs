//! `/customer-service/session`: `POST` gives a session cookie for a sign-in ticket, `DELETE` ends the session.

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::{
    PageError, Reader,
    reader::{cookie_name, is_https},
};
use crate::{
    app::App,
    chat::origin::is_from_our_page,
    domain::{
        self,
        sign_in::{self, SESSION_BYTES, SESSION_LIFETIME_MS, TicketError},
    },
};

/// What the page's script sends.
#[derive(Debug, Deserialize)]
pub struct Redeem {
    st: String,
}

/// Why nobody was signed in.
enum Refused {
    Ticket(TicketError),
    /// The request comes from another site's page.
    Foreign,
    /// Not JSON with an `st`.
    Unreadable,
    Failed(domain::Error),
}

/// The handler.
pub async fn redeem(
    State(app): State<Arc<App>>,
    reader: Reader,
    headers: HeaderMap,
    body: Result<Json<Redeem>, JsonRejection>,
) -> Response {
    match sign_in(&app, &reader, &headers, body).await {
        Ok((session, same)) => signed_in(&app, &session, same),
        Err(refused) => say_no(&app, refused),
    }
}

async fn sign_in(
    app: &App,
    reader: &Reader,
    headers: &HeaderMap,
    body: Result<Json<Redeem>, JsonRejection>,
) -> Result<([u8; SESSION_BYTES], bool), Refused> {
    if !is_from_our_page(app, headers) {
        return Err(Refused::Foreign);
    }
    let Json(Redeem { st }) = body.map_err(|_| Refused::Unreadable)?;
    let now_ms = app.clock.now_ms();
    let ticket = match app.tickets.open(&st, now_ms) {
        // Minted by another server, with a key that is newer than our last look.
        Err(TicketError::Invalid) => {
            app.refresh_key().await.map_err(Refused::Failed)?;
            app.tickets.open(&st, now_ms)
        }
        opened => opened,
    };
    let ticket = ticket.map_err(Refused::Ticket)?;
    let mut tenant = app.directory.current().tenant(ticket.tenant_id);
    if tenant.is_none() {
        tenant = app
            .directory
            .reload(&app.store, &app.key)
            .await
            .map_err(Refused::Failed)?
            .tenant(ticket.tenant_id);
    }
    let tenant = tenant.ok_or(Refused::Ticket(TicketError::Invalid))?;
    let before = match reader.session {
        Some(cookie) => sign_in::session(&app.store, &cookie, now_ms).await.map_err(Refused::Failed)?,
        None => None,
    };
    let (session, act): ([u8; SESSION_BYTES], _) = (app.ids.random(), app.ids.uuid(now_ms));
    app.store
        .write("sign_in.redeem", move |tx| sign_in::redeem(tx, &tenant, &ticket, &session, act, now_ms))
        .await
        .map_err(Refused::Failed)?
        .map_err(Refused::Ticket)?;
    let same = before.is_some_and(|s| s.tenant_id == ticket.tenant_id && s.staff == ticket.staff);
    Ok((session, same))
}

/// Signs out. Whoever is not signed in is so already.
pub async fn sign_out(State(app): State<Arc<App>>, reader: Reader, headers: HeaderMap) -> Response {
    if !is_from_our_page(&app, &headers) {
        return say_no(&app, Refused::Foreign);
    }
    if let Some(session) = reader.session {
        let now_ms = app.clock.now_ms();
        let act = app.ids.uuid(now_ms);
        let whose = sign_in::session(&app.store, &session, now_ms).await;
        let unit = move |tx: &mut store::Tx<'_>| sign_in::end(tx, &session, act, now_ms);
        if let Err(error) = app.store.write("sign_in.end", unit).await {
            return say_no(&app, Refused::Failed(error));
        }
        // Pages that are open under that session learn of it now; one that cannot be told does in a minute.
        if let Ok(Some(whose)) = whose {
            app.hub.check(whose.staff);
        }
    }
    with_cookie(&app, "", 0, &json!({"signed_in": false}))
}

fn signed_in(app: &App, session: &[u8; SESSION_BYTES], same: bool) -> Response {
    let value = data_encoding::BASE64URL_NOPAD.encode(session);
    with_cookie(app, &value, SESSION_LIFETIME_MS / 1000, &json!({"signed_in": true, "same": same}))
}

fn with_cookie(app: &App, value: &str, seconds: i64, body: &serde_json::Value) -> Response {
    let https = is_https(app);
    let (name, secure) = (cookie_name(https), if https { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut response = answer(StatusCode::OK, body);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn say_no(app: &App, refused: Refused) -> Response {
    let (status, code, zh, en) = match refused {
        Refused::Ticket(TicketError::Invalid) => (
            StatusCode::UNAUTHORIZED,
            "invalid",
            "登录凭证无效，请重新点击一键拉群",
            "The ticket is not valid: click 一键拉群 again",
        ),
        Refused::Ticket(TicketError::Expired) => (
            StatusCode::UNAUTHORIZED,
            "expired",
            "登录凭证已过 10 分钟，请重新点击一键拉群",
            "The ticket is older than ten minutes: click 一键拉群 again",
        ),
        Refused::Ticket(TicketError::Used) => (
            StatusCode::UNAUTHORIZED,
            "used",
            "登录凭证已用过，请重新点击一键拉群",
            "The ticket was used already: click 一键拉群 again",
        ),
        Refused::Foreign => {
            tracing::warn!(
                public_url = app.live().public_url.as_str(),
                "sign-in from another origin refused; is public_url the address people open?"
            );
            (
                StatusCode::FORBIDDEN,
                "foreign",
                "请从群链接打开的页面登录",
                "Sign in from the page that the group link opens",
            )
        }
        Refused::Unreadable => (
            StatusCode::BAD_REQUEST,
            "unreadable",
            "请求体须为 {\"st\": \"…\"}",
            "Send {\"st\": \"…\"} as JSON",
        ),
        Refused::Failed(error) => {
            let PageError::Failed { status } = PageError::from(error) else {
                return answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({"code": "failed"}));
            };
            (
                status,
                "failed",
                "暂时无法登录，请稍后再试",
                "Sign-in does not work at the moment, try again later",
            )
        }
    };
    answer(status, &json!({"code": code, "zh": zh, "en": en}))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, Json(body)).into_response()
}
