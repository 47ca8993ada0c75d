//! The table of contents: every address of the public listener.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, delete, get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{app::App, chat, gateway, health, pages};

/// The most bytes of a body outside the gateway, which has its own cap.
const BODY_BYTES: usize = 64 << 10;

/// The public listener.
pub fn router(app: Arc<App>) -> Router {
    let panicking = Arc::clone(&app);
    let panicked = move |panic: Box<dyn std::any::Any + Send>| gateway::panicked(&panicking, &*panic);
    // The TOP gateway
    let gateway = Router::new()
        .route("/router/rest", any(gateway::rest))
        .route("/router/batch", any(gateway::batch))
        .layer(CatchPanicLayer::custom(panicked));
    Router::new()
        .merge(gateway)
        // A group, for whoever has its token
        .route("/g/{token}", get(pages::group::page))
        .route("/g/{token}/join", post(chat::join::join))
        .nest("/g/{token}", member())
        .route("/g/{token}/qr.png", get(pages::group::qr_png))
        .route("/g/{token}/qr.svg", get(pages::group::qr_svg))
        .route("/g/{token}/poster", get(pages::poster::page))
        .route("/g/{token}/poster.html", get(pages::poster::page))
        .route("/g/{token}/poster.svg", get(pages::poster::svg))
        .route("/g/{token}/poster.pdf", get(pages::poster::pdf))
        .route("/g/{token}/poster.png", get(pages::poster::png))
        // A group, for staff: the address of the documented link
        .route("/customer-service/index.html", get(pages::staff::page))
        .nest("/customer-service/groups/{group}", member())
        .route("/customer-service/colleagues", get(chat::colleagues::colleagues))
        .route(
            "/customer-service/quick-replies",
            get(chat::quick_replies::list).post(chat::quick_replies::add),
        )
        .route("/customer-service/quick-replies/{id}", delete(chat::quick_replies::remove))
        .route("/customer-service/session", post(pages::session::redeem).delete(pages::session::sign_out))
        // What pages load
        .route("/assets/{*path}", get(pages::asset))
        .route("/favicon.ico", get(pages::asset))
        // Operations, without details
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .method_not_allowed_fallback(pages::method_not_allowed)
        .fallback(pages::not_found)
        .layer(CatchPanicLayer::custom(pages::panicked))
        .layer(CompressionLayer::new().gzip(true))
        // Files, as they are: a part of one, asked for by its bytes, must not be packed
        .merge(files())
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(app)
}

/// What a member of a group asks for and does: the same below both bases.
fn member() -> Router<Arc<App>> {
    Router::new()
        .route("/state", get(chat::state::state))
        .merge(conversation())
        .merge(open_page())
        .merge(people())
}

/// What is said.
fn conversation() -> Router<Arc<App>> {
    Router::new()
        .route("/entries", get(chat::entries::entries))
        .route("/messages", post(chat::send::send))
        .route("/messages/{lane}/{seq}", delete(chat::recall::recall))
        .route("/read", post(chat::read::read))
        .route("/search", get(chat::search::search))
        .route("/transcript", get(chat::transcript::transcript))
}

/// While the page is open: a socket, else events, else polls.
fn open_page() -> Router<Arc<App>> {
    Router::new()
        .route("/live", get(chat::live::live))
        .route("/events", get(chat::events::events))
        .route("/poll", get(chat::poll::poll))
        .route("/typing", post(chat::typing::typing))
}

/// What people do to the group.
fn people() -> Router<Arc<App>> {
    Router::new()
        .route("/close", post(chat::acts::close))
        .route("/reopen", post(chat::acts::reopen))
        .route("/rename", post(chat::acts::rename))
        .route("/renew-link", post(chat::acts::renew_link))
        .route("/hand-over", post(chat::acts::hand_over))
        .route("/history", post(chat::acts::history))
        .route("/ticket", get(chat::ticket::show).put(chat::ticket::save))
        .route("/satisfaction", post(chat::satisfaction::satisfaction))
        .route("/contact", post(chat::contact::contact))
        .route("/members", post(chat::members::invite))
        .route("/members/{person}", delete(chat::members::remove))
}

/// The files of a group: the same below both bases. Their bodies are read by and by, up to a cap of their own.
fn files() -> Router<Arc<App>> {
    let files = Router::new()
        .route("/files", post(chat::files::upload))
        .route("/files/{id}", get(chat::files::file).delete(chat::files::discard))
        .route("/files/{id}/thumb", get(chat::files::thumb));
    Router::new()
        .nest("/g/{token}", files.clone())
        .nest("/customer-service/groups/{group}", files)
        .layer(CatchPanicLayer::custom(pages::panicked))
}
