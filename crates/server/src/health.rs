//! `/healthz` and `/readyz`: words for a load balancer, no details.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderName, HeaderValue, StatusCode, Uri};
use store::MasterKey;
use tokio::time::timeout;

use crate::{
    app::App,
    domain::{Error, directory},
};

/// A load balancer waits less long for a word than a caller for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The header of an answered challenge.
pub const PROOF: HeaderName = HeaderName::from_static("laqun-proof");

/// The most characters of a challenge.
const CHALLENGE: usize = 64;

/// The process answers. Asked with `?challenge=…` (letters and digits), it shows by a header that it holds the master key,
/// which tells nobody anything who does not hold it too: so `laqun doctor` knows a server of its own data from others.
pub async fn healthz(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let challenge = uri.query().and_then(|query| query.strip_prefix("challenge="));
    let sound = |text: &&str| {
        (1..=CHALLENGE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let proof = challenge.filter(sound).and_then(|text| proof(&app.key, text).parse().ok());
    let mut response = "ok\n".into_response();
    if let Some(proof) = proof {
        let proof: HeaderValue = proof;
        response.headers_mut().insert(PROOF, proof);
    }
    response
}

/// What only a holder of this key answers to a challenge.
pub fn proof(key: &MasterKey, challenge: &str) -> String {
    let derived = key.derived(&format!("laqun server proof {challenge}"));
    // The newest is the one that servers use.
    derived.keys.first().map_or_else(String::new, |(secret, _)| HEXLOWER.encode(&secret[..]))
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
