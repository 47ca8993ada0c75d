//! The operations listener: figures, details of health, the log's level. For whoever runs the machine, never public.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    app::App,
    health,
    listen::Traffic,
    observe::{checks, log::Logging, metrics, sample::Samples},
};

/// What the operations listener may look at.
pub struct Ops {
    /// The program.
    pub app: Arc<App>,
    /// The running log.
    pub logging: Logging,
    /// What passes over the public listener.
    pub traffic: Arc<Traffic>,
    /// Figures that are looked for in the background.
    pub samples: Arc<Samples>,
    /// The data folder.
    pub folder: PathBuf,
}

/// What it begins to say of itself, by which one laqun knows another.
const NAME: &str = "laqun operations";

/// Its table of contents.
pub fn router(ops: Arc<Ops>) -> Router {
    let health = Router::new().route("/healthz", get(health::healthz)).with_state(Arc::clone(&ops.app));
    Router::new()
        .route("/", get(contents))
        .route("/metrics", get(exposition))
        .route("/readyz", get(readyz))
        .route("/log", get(level).put(set_level))
        .with_state(ops)
        .merge(health)
        .layer(from_fn(no_browser))
}

/// A page of somebody else's that a browser on this machine shows must not be able to change anything here.
async fn no_browser(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return (StatusCode::FORBIDDEN, "not from a web page\n").into_response();
    }
    next.run(request).await
}

async fn contents() -> String {
    format!(
        "{NAME}, release {}\n\n\
         /metrics         figures for Prometheus\n\
         /healthz         whether the process answers\n\
         /readyz          whether it can do its work; /readyz?verbose tells each check and its remedy\n\
         /log             what is logged; PUT another filter, such as info,store=debug\n",
        env!("CARGO_PKG_VERSION")
    )
}

async fn exposition(State(ops): State<Arc<Ops>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::page(&ops))
        .into_response()
}

/// In a word as on the public listener; with `?verbose`, everything that was looked at.
async fn readyz(State(ops): State<Arc<Ops>>, request: Request) -> Response {
    if request.uri().query() != Some("verbose") {
        return health::readyz(State(Arc::clone(&ops.app))).await.into_response();
    }
    let checks = checks::all(&ops).await;
    let ready = checks.iter().all(|check| check.ok || !check.needed);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": ready, "checks": checks}))).into_response()
}

async fn level(State(ops): State<Arc<Ops>>) -> Response {
    let settings = &ops.app.live().settings.log.level;
    Json(json!({"level": ops.logging.level(), "settings": settings})).into_response()
}

/// Until the next SIGHUP or start, which take what the settings say. From this machine alone: figures may be read from
/// wherever the listener was opened to, but there is no password that would let a neighbour silence the log.
async fn set_level(
    State(ops): State<Arc<Ops>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: String,
) -> Response {
    if !peer.ip().to_canonical().is_loopback() {
        let error = json!({"error": "only from the server's own machine: run `laqun log set` there"});
        return (StatusCode::FORBIDDEN, Json(error)).into_response();
    }
    let (wanted, before) = (body.trim(), ops.logging.level());
    match ops.logging.set(wanted) {
        Ok(()) => {
            tracing::info!(level = wanted, before, "the log's level was changed");
            level(State(ops)).await
        }
        Err(why) => {
            let what = "off, error, warn, info, debug or trace, or a filter such as info,store=debug";
            (StatusCode::BAD_REQUEST, Json(json!({"error": format!("{why}; it must be {what}")})))
                .into_response()
        }
    }
}

/// Binds the operations listener. The default address may be taken, by another laqun most likely: the service is worth
/// more than its figures, so it then runs without, and says so. An address that somebody asked for must be free.
pub async fn bind(address: SocketAddr, asked_for: bool) -> anyhow::Result<Option<TcpListener>> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && !asked_for => {
            let by = if is_laqun(address).await { "another laqun" } else { "another program" };
            tracing::warn!(
                %address,
                by,
                "no metrics and no /readyz?verbose: the default address of operations is taken; choose another with --ops-listen, or \"\" for none"
            );
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| {
            format!(
                "cannot listen for operations on {address}; choose another with --ops-listen, port 0 for a free one, or \"\" for none"
            )
        }),
    }
}

/// Whether a laqun answers there.
async fn is_laqun(address: SocketAddr) -> bool {
    let Ok(client) = crate::client::client(Duration::from_secs(1)) else { return false };
    let Ok(answer) = client.get(format!("http://{address}/")).send().await else { return false };
    answer.text().await.is_ok_and(|text| text.starts_with(NAME))
}
