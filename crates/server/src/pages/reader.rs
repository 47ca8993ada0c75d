//! Who reads a page: language, address, session cookie.

use std::{convert::Infallible, sync::Arc};

use axum::extract::{FromRequestParts, MatchedPath};
use http::{HeaderMap, Uri, header, request::Parts};
use percent_encoding::percent_decode_str;

use crate::{app::App, domain::sign_in::SESSION_BYTES, web::Lang};

/// What a page needs to know of its request.
#[derive(Debug)]
pub struct Reader {
    /// The language to answer in.
    pub(crate) lang: Lang,
    /// The language came with the address: remember it.
    pub(crate) chose_lang: bool,
    /// Path and query as asked for.
    pub(crate) self_url: String,
    /// The pattern of the route, for logs: path and query may name people, and a group's path is its customer's key.
    pub(crate) route: String,
    /// The session's cookie, if it has the right shape.
    pub(crate) session: Option<[u8; SESSION_BYTES]>,
    query: String,
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let route = parts.extensions.get::<MatchedPath>().map_or("-", MatchedPath::as_str);
        Ok(Self::of(app, route, &parts.uri, &parts.headers))
    }
}

impl Reader {
    /// From the request's address and headers.
    fn of(app: &App, route: &str, uri: &Uri, headers: &HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default().to_owned();
        let chosen = parameter(&query, "lang");
        let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let lang = Lang::negotiate(chosen.as_deref(), cookie(headers, Lang::COOKIE), accept);
        let session = session_of(app, headers);
        Self {
            lang,
            chose_lang: chosen.is_some(),
            self_url: uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string),
            route: route.to_owned(),
            session,
            query,
        }
    }

    /// A parameter of the query, decoded; the first of equal names.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.query, name)
    }
}

/// The session's cookie, if it has the right shape.
pub(crate) fn session_of(app: &App, headers: &HeaderMap) -> Option<[u8; SESSION_BYTES]> {
    let text = cookie(headers, session_cookie(app))?;
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The name of the session's cookie: `__Host-` wherever the browser can be held to https.
fn session_cookie(app: &App) -> &'static str {
    cookie_name(is_https(app))
}

pub(super) fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-lq_session" } else { "lq_session" }
}

pub(crate) fn is_https(app: &App) -> bool {
    app.live().public_url.starts_with("https://")
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    percent_decode_str(&pair.1.replace('+', " ")).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_cookies_are_found_by_their_whole_name() {
        assert_eq!(parameter("a=1&lang=zh%2BCN+x", "lang").as_deref(), Some("zh+CN x"));
        assert_eq!(parameter("xlang=1&lang=%FF", "lang"), None);
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "xlq=1; lq=2".parse().unwrap());
        assert_eq!(cookie(&headers, "lq"), Some("2"));
        assert_eq!(cookie(&headers, "q"), None);
    }
}
