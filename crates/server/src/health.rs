//! `/healthz` and `/readyz`: words for a load balancer, no details.

use std::{sync::Arc, time::Duration};

use axum::extract::State;
use http::StatusCode;
use tokio::time::timeout;

use crate::{
    app::App,
    domain::{Error, directory},
};

/// A load balancer waits less long for a word than a caller for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: not draining, and the database answers and takes writes.
pub async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    let works = async {
        directory::version(&app.store).await?;
        Ok::<_, Error>(app.store.writable().await?)
    };
    match timeout(PATIENCE, works).await {
        Ok(Ok(())) => return (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => tracing::error!(%error, "not ready"),
        Err(_) => tracing::error!("not ready: the database does not answer"),
    }
    (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
}
