//! `/g/{token}/poster`: something to print that brings the customer into the group, and the same as a file.
//!
//! Whoever has the token may have it, as the code alone; a token that was renewed or never was answers as the code does.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use tokio::sync::Semaphore;

use super::{PageError, Reader, group, send};
use crate::{
    app::App,
    domain::group::{token::Token, view},
    web::{
        self, Lang,
        poster::{Poster, PosterError, PosterPage, Size},
    },
};

/// Pictures drawn at a time: each takes some ten megabytes while it is drawn.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// The page.
pub async fn page(State(app): State<Arc<App>>, Path(text): Path<String>, reader: Reader) -> Response {
    let page = async {
        let poster = poster(&app, &text, reader.lang).await?;
        let (size, path) = (size(&reader)?, format!("/g/{text}"));
        let page = PosterPage { poster, size, path, self_url: reader.self_url.clone() };
        Ok((StatusCode::OK, page.render()?))
    };
    send(&app, &reader, page.await)
}

/// As a drawing.
pub async fn svg(state: State<Arc<App>>, text: Path<String>, reader: Reader) -> Response {
    file(state, text, reader, "image/svg+xml", "svg", |poster, size| poster.svg(size).map(String::into_bytes))
        .await
}

/// As a page for printers.
pub async fn pdf(state: State<Arc<App>>, text: Path<String>, reader: Reader) -> Response {
    file(state, text, reader, "application/pdf", "pdf", Poster::pdf).await
}

/// As a picture.
pub async fn png(state: State<Arc<App>>, text: Path<String>, reader: Reader) -> Response {
    file(state, text, reader, "image/png", "png", Poster::png).await
}

async fn file(
    State(app): State<Arc<App>>,
    Path(text): Path<String>,
    reader: Reader,
    content_type: &'static str,
    end: &'static str,
    draw: fn(&Poster, Size) -> Result<Vec<u8>, PosterError>,
) -> Response {
    let drawn = async {
        let poster = poster(&app, &text, reader.lang).await?;
        let size = size(&reader)?;
        let _turn = DRAWING.acquire().await;
        let drawn = tokio::task::spawn_blocking(move || draw(&poster, size)).await;
        let bytes = drawn.map_err(|e| PosterError::Picture(e.to_string())).flatten()?;
        Ok::<_, PageError>((bytes, size))
    };
    match drawn.await {
        Ok((bytes, size)) => {
            let name = format!("inline; filename=\"poster-{}.{end}\"", size.word());
            let headers = [
                (header::CONTENT_TYPE, content_type),
                (header::CONTENT_DISPOSITION, name.as_str()),
                (header::CACHE_CONTROL, "private, max-age=300"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
                (header::VARY, "accept-language, cookie"),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => send(&app, &reader, Err(error)),
    }
}

/// What the poster of a token tells.
async fn poster(app: &App, text: &str, lang: Lang) -> Result<Poster, PageError> {
    let token = Token::parse(text).ok_or(PageError::NotFound)?;
    let found = view::by_token(&app.store, &token).await?;
    let found = found.filter(|group| group.revoked_at.is_none()).ok_or(PageError::NotFound)?;
    Ok(Poster {
        lang,
        company: group::company(app, found.tenant_id).await?,
        group_name: found.title,
        date: web::Now { ms: app.clock.now_ms(), tz: group::TIME_ZONE.to_owned() }.day(found.created_at),
        link: format!("{}/g/{token}", app.live().public_url),
    })
}

/// The paper that was asked for; a paper that there is not is an address that there is not.
fn size(reader: &Reader) -> Result<Size, PageError> {
    match reader.parameter("size") {
        None => Ok(Size::A6),
        Some(word) => Size::from_word(&word).ok_or(PageError::NotFound),
    }
}
