//! `/g/{token}` and its QR code.
//!
//! Before joining, the page shows company, group name and state, and nothing of the ticket.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};

use super::{PageError, Reader, send};
use crate::{
    app::App,
    chat::{self, seat::Standing},
    domain::{
        self,
        group::{State as GroupState, token::Token, view},
    },
    web,
};

/// The time zone of shown times until channels have their own.
pub(super) const TIME_ZONE: &str = "Asia/Shanghai";

/// The page.
pub async fn page(
    State(app): State<Arc<App>>,
    Path(text): Path<String>,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    let page = render(&app, &reader, &headers, &text).await;
    send(&app, &reader, page)
}

async fn render(
    app: &App,
    reader: &Reader,
    headers: &HeaderMap,
    text: &str,
) -> Result<(StatusCode, String), PageError> {
    let problem = |problem, company| {
        let page =
            web::LinkProblemPage { lang: reader.lang, problem, company, self_url: reader.self_url.clone() };
        let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::NOT_FOUND);
        Ok((status, page.render()?))
    };
    let Some(token) = Token::parse(text) else {
        return problem(web::LinkProblem::Malformed, None);
    };
    let Some(found) = view::by_token(&app.store, &token).await? else {
        return problem(web::LinkProblem::Unknown, None);
    };
    let company = company(app, found.tenant_id).await?;
    let standing = chat::seat::standing(app, &token, headers).await;
    if standing == Standing::Removed {
        return problem(web::LinkProblem::Removed, Some(company));
    }
    let joined = standing == Standing::In;
    // Who is in goes on with the old link; who is not needs the new one.
    if found.revoked_at.is_some() && !joined {
        return problem(web::LinkProblem::Renewed, Some(company));
    }
    let door = chat::seat::door(app, &token).await.ok();
    let entry = door.as_ref().map(|(_, tenant)| tenant.entry());
    let asks_phone_tail = match &door {
        Some((door, tenant)) => chat::join::asks_phone_tail(app, tenant, door).await?,
        None => false,
    };
    let page = web::GroupPage {
        lang: reader.lang,
        now: web::Now { ms: app.clock.now_ms(), tz: TIME_ZONE.to_owned() },
        company,
        group_name: found.title,
        state: shown(found.state),
        created_at_ms: found.created_at,
        link: format!("{}/g/{token}", app.live().public_url),
        qr_svg_url: format!("/g/{token}/qr.svg"),
        base: format!("/g/{token}"),
        privacy_url: entry.and_then(|entry| entry.privacy_url.clone()),
        asks_phone_tail,
        joined,
        self_url: reader.self_url.clone(),
    };
    Ok((StatusCode::from_u16(page.status()).unwrap_or(StatusCode::OK), page.render()?))
}

/// The QR code as a picture: black on white, any scanner reads it.
pub async fn qr_png(State(app): State<Arc<App>>, Path(text): Path<String>, reader: Reader) -> Response {
    picture(&app, &text, &reader, "image/png", web::qr::png).await
}

/// The QR code as a drawing.
pub async fn qr_svg(State(app): State<Arc<App>>, Path(text): Path<String>, reader: Reader) -> Response {
    let svg = |link: &str| web::qr::svg(link).map(String::into_bytes);
    picture(&app, &text, &reader, "image/svg+xml", svg).await
}

async fn picture(
    app: &App,
    text: &str,
    reader: &Reader,
    content_type: &'static str,
    draw: impl Fn(&str) -> Result<Vec<u8>, web::qr::QrError>,
) -> Response {
    let drawn = async {
        let token = Token::parse(text).ok_or(PageError::NotFound)?;
        let found = view::by_token(&app.store, &token).await?;
        found.filter(|group| group.revoked_at.is_none()).ok_or(PageError::NotFound)?;
        Ok(draw(&format!("{}/g/{token}", app.live().public_url))?)
    };
    match drawn.await {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, content_type),
                (header::CACHE_CONTROL, "private, max-age=300"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => send(app, reader, Err(error)),
    }
}

/// The tenant's name as it is now.
pub(super) async fn company(app: &App, tenant_id: i64) -> Result<String, domain::Error> {
    let tenant = app.directory.fresh(&app.store, &app.key).await?.tenant(tenant_id);
    Ok(tenant.map_or_else(String::new, |t| t.entry().name.clone()))
}

/// A group's state as pages show it.
pub(super) const fn shown(state: GroupState) -> web::GroupState {
    match state {
        GroupState::Reserved => web::GroupState::Reserved,
        GroupState::Creating => web::GroupState::Creating,
        GroupState::Active => web::GroupState::Active,
        GroupState::WaitingCustomer => web::GroupState::WaitingCustomer,
        GroupState::Closing => web::GroupState::Closing,
        GroupState::Sealed => web::GroupState::Sealed,
        GroupState::Archived => web::GroupState::Archived,
        GroupState::Failed => web::GroupState::Failed,
        GroupState::Dissolved => web::GroupState::Dissolved,
    }
}
