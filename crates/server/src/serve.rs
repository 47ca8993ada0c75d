//! Running the server: listen, work, drain.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use store::Folder;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::{app::App, app::open::Opened, config::Settings, jobs, listen, router};

/// How long accepted calls may take to end after a signal. Longer than any sensible patience.
const DRAIN: Duration = Duration::from_secs(20);

/// A server that answers.
pub struct Serving {
    /// The program.
    pub app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
    stop_listening: watch::Sender<bool>,
    stop_working: watch::Sender<bool>,
    http: JoinHandle<()>,
    worker: JoinHandle<()>,
    _folder: Folder,
}

/// Binds, reads the directory and begins to answer.
pub async fn start(
    settings: Settings,
    opened: Opened,
    folder: Folder,
    listener: TcpListener,
) -> anyhow::Result<Serving> {
    let address = listener.local_addr()?;
    let Opened { store, key } = opened;
    let app = Arc::new(App::new(store, key, settings, address));
    app.directory.reload(&app.store, &app.key).await?;
    let (stop_listening, stopped) = watch::channel(false);
    let (stop_working, work_stopped) = watch::channel(false);
    let worker = tokio::spawn(jobs::work(Arc::clone(&app), app.store.jobs(folder.id()), work_stopped));
    let http = tokio::spawn(listen::serve(listener, router::router(Arc::clone(&app)), stopped));
    Ok(Serving { app, address, stop_listening, stop_working, http, worker, _folder: folder })
}

/// Binds the address of the settings.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another with --listen, or port 0 for a free one")
    })
}

impl Serving {
    /// Serves until SIGTERM or SIGINT, then finishes the calls at hand.
    pub async fn until_signal(self) -> anyhow::Result<()> {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("draining");
        self.shut_down().await
    }

    /// Stops accepting, finishes what was accepted, closes the store.
    pub async fn shut_down(mut self) -> anyhow::Result<()> {
        self.app.drain();
        self.stop_listening.send_replace(true);
        match timeout(DRAIN, &mut self.http).await {
            Ok(drained) => drained?,
            // Half a request and then silence: whoever sends that must not keep the process.
            Err(_) => {
                tracing::warn!("connections that did not end are cut off");
                self.http.abort();
            }
        }
        // Only now: a call that was accepted may be waiting for a group that the worker is making.
        self.stop_working.send_replace(true);
        self.worker.await?;
        self.app.store.close().await;
        Ok(())
    }
}
