//! The one HTTP client.

use std::time::Duration;

/// A client that asks what it is told to ask, without a proxy in between.
///
/// # Errors
/// The system gives no TLS or no sockets.
pub fn client(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    builder(timeout).build()
}

/// The same, for who wants to say more.
pub fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    // Two libraries may have chosen a provider already; whichever it is will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(timeout).no_proxy()
}
