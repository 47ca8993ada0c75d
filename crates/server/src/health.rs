//! `/healthz` and `/readyz`: words for a load balancer, no details.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::{app::App, domain::directory};

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: not draining, and the database answers.
pub async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match directory::version(&app.store).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
