//! `/assets/…`: what pages load.

use axum::{
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use std::sync::Arc;

use super::Reader;
use crate::{app::App, web};

/// The handler.
pub async fn asset(state: State<Arc<App>>, uri: OriginalUri, headers: HeaderMap, reader: Reader) -> Response {
    match web::assets::asset(uri.0.path()) {
        Some(asset) => {
            let cache = if asset.immutable { web::ASSET_CACHE_CONTROL } else { "public, max-age=3600" };
            let answer = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, cache),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::VARY, "accept-encoding"),
            ];
            if takes_gzip(&headers) {
                (answer, [(header::CONTENT_ENCODING, "gzip")], &asset.gzip[..]).into_response()
            } else {
                (answer, &asset.bytes[..]).into_response()
            }
        }
        None => super::not_found(state, reader).await,
    }
}

/// Whether the browser says `gzip`, and not `gzip;q=0`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|text| text.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("gzip")
            && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}
