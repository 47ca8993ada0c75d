//! `/assets/…`: what pages load.

use axum::{
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use http::header;
use std::sync::Arc;

use super::Reader;
use crate::{app::App, web};

/// The handler.
pub async fn asset(state: State<Arc<App>>, uri: OriginalUri, reader: Reader) -> Response {
    match web::assets::asset(uri.0.path()) {
        Some(asset) => {
            let cache = if asset.immutable { web::ASSET_CACHE_CONTROL } else { "public, max-age=3600" };
            let headers = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, cache),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, asset.bytes).into_response()
        }
        None => super::not_found(state, reader).await,
    }
}
