//! Running the server: listen, work, read the settings again, drain.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use store::{Folder, blobs::Blobs};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    app::{App, open::Opened},
    config::{ConfigError, Mistake, Origin, Settings},
    jobs, listen,
    listen::Traffic,
    live::Hub,
    observe::{
        log::Logging,
        sample::{self, Samples},
    },
    ops::{self, Ops},
    router, supervisor,
};

/// How long the store may take to write down what was accepted, once nobody waits for it any more.
const CLOSE: Duration = Duration::from_secs(10);

const DAY_MS: i64 = 24 * 3_600_000;

/// What a server is made of.
pub struct Parts {
    /// The settings.
    pub settings: Settings,
    /// Store and key.
    pub opened: Opened,
    /// The data folder.
    pub folder: Folder,
    /// The public listener.
    pub listener: TcpListener,
    /// The listener of operations, if there is one.
    pub ops: Option<TcpListener>,
    /// The running log.
    pub logging: Logging,
}

/// A server that answers.
pub struct Serving {
    /// The program.
    pub app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its operations listener is, if there is one.
    pub ops: Option<SocketAddr>,
    logging: Logging,
    traffic: Arc<Traffic>,
    stop_listening: watch::Sender<bool>,
    stop_working: watch::Sender<bool>,
    http: JoinHandle<()>,
    worker: JoinHandle<()>,
    _operations: JoinSet<()>,
    _folder: Folder,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Ended {
    /// Everything that was accepted was finished.
    Whole,
    /// Something was cut off; the log says what.
    CutOff,
}

/// Reads the directory and begins to answer.
pub async fn start(parts: Parts) -> anyhow::Result<Serving> {
    let Parts { settings, opened: Opened { store, key }, folder, listener, ops, logging } = parts;
    let address = listener.local_addr()?;
    let ops_address = ops.as_ref().map(TcpListener::local_addr).transpose()?;
    let data = settings.data.clone();
    let blobs = Blobs::open(&settings.blobs())?;
    let app = Arc::new(App::new(store, key, settings, address));
    // What killed uploads left. A day: whoever shares the folder may be taking a file right now.
    match blobs.clear_incoming(app.clock.now_ms() - DAY_MS) {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "what uploads had left unfinished was removed"),
        Err(error) => tracing::warn!(%error, "what uploads left unfinished cannot be removed"),
    }
    app.directory.reload(&app.store, &app.key).await?;
    Hub::start(&app, uuid::Uuid::try_parse(folder.id())?);
    tokio::spawn(store::MasterKey::clone(&app.key).follow(app.store.clone()));
    let (stop_listening, stopped) = watch::channel(false);
    let (stop_working, work_stopped) = watch::channel(false);
    let traffic = Arc::<Traffic>::default();
    let worker = tokio::spawn(jobs::work(Arc::clone(&app), app.store.jobs(folder.id()), work_stopped));
    let router = router::router(Arc::clone(&app));
    let http = tokio::spawn(listen::serve(listener, router, Arc::clone(&traffic), stopped));
    let mut operations = JoinSet::new();
    if let Some(listener) = ops {
        let samples = Arc::<Samples>::default();
        operations.spawn(sample::take(Arc::clone(&app), Arc::clone(&samples), data.clone()));
        let (app, logging, traffic) = (Arc::clone(&app), logging.clone(), Arc::clone(&traffic));
        let router = ops::router(Arc::new(Ops { app, logging, traffic, samples, folder: data }));
        // It answers to the very end, and nobody is waited for here.
        let (never, stopped) = watch::channel(false);
        operations.spawn(async move {
            listen::serve(listener, router, Arc::default(), stopped).await;
            drop(never);
        });
    }
    Ok(Serving {
        app,
        address,
        ops: ops_address,
        logging,
        traffic,
        stop_listening,
        stop_working,
        http,
        worker,
        _operations: operations,
        _folder: folder,
    })
}

/// Binds the address of the settings.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another with --listen, or port 0 for a free one")
    })
}

/// The signals of a process that serves. To be listened for before anybody is told that the server is there.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    /// SIGTERM and SIGINT end the server; SIGHUP is left to the system, which ends it, too.
    pub fn listen() -> std::io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup: None })
    }

    /// The same, and SIGHUP reads the settings again.
    pub fn listen_for_all() -> std::io::Result<Self> {
        let hangup = Some(signal(SignalKind::hangup())?);
        Ok(Self { hangup, ..Self::listen()? })
    }

    /// Waits for the next that ends the server; its name.
    async fn end(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Waits for the next: the name of one that ends the server, none for one that reads the settings again.
    async fn next(&mut self) -> Option<&'static str> {
        let Some(hangup) = &mut self.hangup else { return Some(self.end().await) };
        tokio::select! {
            _ = self.terminate.recv() => Some("SIGTERM"),
            _ = self.interrupt.recv() => Some("SIGINT"),
            _ = hangup.recv() => None,
        }
    }
}

impl Serving {
    /// Serves until SIGTERM or SIGINT, then finishes the calls at hand; a second signal ends it at once. At SIGHUP the
    /// settings are read again from `origin`.
    pub async fn until_signal(self, mut signals: Signals, origin: Option<&Origin>) -> anyhow::Result<Ended> {
        let signal = loop {
            match (signals.next().await, origin) {
                (Some(signal), _) => break signal,
                (None, Some(origin)) => {
                    supervisor::reloading();
                    self.reload(origin);
                    supervisor::ready();
                }
                (None, None) => {}
            }
        };
        supervisor::stopping();
        let settings = self.app.live();
        let (delay, drain) = (settings.settings.drain_delay(), settings.settings.drain_seconds());
        tracing::info!(signal, ?delay, ?drain, calls = self.traffic.calls(), "draining");
        let traffic = Arc::clone(&self.traffic);
        tokio::select! {
            ended = self.end(delay, drain) => ended,
            signal = signals.end() => {
                let (calls, connections) = (traffic.calls(), traffic.connections());
                tracing::warn!(signal, calls, connections, "a second signal: ended at once, calls at hand are cut off");
                Ok(Ended::CutOff)
            }
        }
    }

    /// Stops accepting, finishes what was accepted, closes the store.
    pub async fn shut_down(self) -> anyhow::Result<Ended> {
        let drain = self.app.live().settings.drain_seconds();
        self.end(Duration::ZERO, drain).await
    }

    async fn end(mut self, delay: Duration, drain: Duration) -> anyhow::Result<Ended> {
        let mut ended = Ended::Whole;
        self.app.drain();
        // Load balancers ask from time to time whether we are ready; until they have, they send calls here.
        sleep(delay).await;
        self.app.hub.restart();
        self.stop_listening.send_replace(true);
        match timeout(drain, &mut self.http).await {
            Ok(drained) => drained?,
            // Half a request and then silence: whoever sends that must not keep the process.
            Err(_) => {
                let (calls, connections) = (self.traffic.calls(), self.traffic.connections());
                tracing::warn!(calls, connections, after = ?drain, "what did not end in time is cut off");
                self.http.abort();
                ended = Ended::CutOff;
            }
        }
        // Only now: a call that was accepted may be waiting for a group that the worker is making.
        self.stop_working.send_replace(true);
        match timeout(CLOSE, &mut self.worker).await {
            Ok(worked) => worked?,
            Err(_) => {
                tracing::warn!(after = ?CLOSE, "the worker did not end in time; its jobs are taken up after the start");
                self.worker.abort();
                ended = Ended::CutOff;
            }
        }
        if timeout(CLOSE, self.app.store.close()).await.is_err() {
            tracing::warn!(after = ?CLOSE, "the store did not close in time; what was answered is on disk");
            ended = Ended::CutOff;
        }
        tracing::info!(whole = (ended == Ended::Whole), "ended");
        Ok(ended)
    }

    /// Reads the settings again. A mistake changes nothing.
    fn reload(&self, origin: &Origin) {
        let live = self.app.live();
        let reloaded = match origin.reload(&live.settings) {
            Ok(reloaded) => reloaded,
            Err(error) => {
                if let ConfigError::Mistakes(mistakes) = &error {
                    for Mistake { source, what, .. } in mistakes {
                        tracing::error!(%source, mistake = what, "SIGHUP: a mistake in the settings");
                    }
                    let mistakes = mistakes.len();
                    tracing::error!(mistakes, "SIGHUP: all settings stay as they were");
                } else {
                    tracing::error!(%error, "SIGHUP: all settings stay as they were");
                }
                self.app.metrics.reloaded(false);
                return;
            }
        };
        if let Some(why) = reloaded.settings.cannot_serve() {
            tracing::error!(why, "SIGHUP: all settings stay as they were");
            self.app.metrics.reloaded(false);
            return;
        }
        for warning in &reloaded.warnings {
            tracing::warn!(warning, "SIGHUP: a doubt about the settings");
        }
        if !reloaded.restart.is_empty() {
            let settings = reloaded.restart.join(", ");
            tracing::warn!(settings, "SIGHUP: changed, but in force only after a restart");
        }
        // Also when the setting is as before: a level that was set in passing ends with the next reading.
        if let Err(why) = self.logging.set(&reloaded.settings.log.level) {
            tracing::error!(why, "the log's level stays as it was");
        }
        let changed = reloaded.changed.join(", ");
        self.app.change(reloaded.settings);
        self.app.metrics.reloaded(true);
        tracing::info!(changed, "SIGHUP: the settings were read again");
    }
}
