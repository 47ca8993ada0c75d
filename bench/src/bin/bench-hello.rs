//! The yardstick: a bare axum server that reads the body of any request and answers `hello`.
//!
//! `bench-hello 127.0.0.1:7701`

use anyhow::Context;
use axum::{Router, body::Bytes};

async fn hello(body: Bytes) -> &'static str {
    drop(body);
    "hello"
}

fn main() -> anyhow::Result<()> {
    let listen = std::env::args().nth(1).context("usage: bench-hello ADDRESS:PORT")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&listen).await.context("listen")?;
        axum::serve(listener, Router::new().fallback(hello)).await.context("serve")
    })
}
