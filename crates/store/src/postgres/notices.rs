//! Telling other processes, and being told: LISTEN and NOTIFY on a connection of their own.
//!
//! Invariant: NOTIFY never runs inside a unit of work: it takes a lock that all commits of the database would queue for. One
//! notice says only "look"; what there is to see is in the tables. Whispers are notices on a channel of their own.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, NoTls, Notification, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{self, Address};
use crate::Error;
use crate::signals::Signals;

/// At most one notice in this time.
const COALESCE: Duration = Duration::from_millis(10);

/// The channel that says "look".
const LOOK: &str = "laqun_store";
/// The channel of whispers.
const WHISPER: &str = "laqun_whisper";

/// Moves a connection's bytes; ends with the connection.
type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An asynchronous connection, in the state that every connection of ours is in.
pub(super) async fn connect(address: &Address) -> Result<(Client, Driver), Error> {
    let (deaf, _) = mpsc::unbounded_channel();
    connect_listening(address, deaf).await
}

async fn connect_listening(
    address: &Address,
    heard: mpsc::UnboundedSender<Notification>,
) -> Result<(Client, Driver), Error> {
    match &address.tls {
        Some(tls) => drive(address, MakeRustlsConnect::new((**tls).clone()), heard).await,
        None => drive(address, NoTls, heard).await,
    }
}

async fn drive<T>(
    address: &Address,
    tls: T,
    heard: mpsc::UnboundedSender<Notification>,
) -> Result<(Client, Driver), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let failed = |error: tokio_postgres::Error| Error::Unavailable(address::explain(&error));
    let mut config = address.config.clone();
    config.connect_timeout(Duration::from_secs(3)).tcp_user_timeout(address.silence);
    let (client, mut connection) = config.connect(tls).await.map_err(failed)?;
    let driver = async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notice) = message {
                // Nobody listening is the usual case.
                let _ = heard.send(notice);
            }
        }
    };
    let mut driver: Driver = Box::pin(driver);
    let timeout = format!("SET statement_timeout = {}", address.statement_timeout.as_millis());
    tokio::select! {
        set = client.batch_execute(&timeout) => set.map_err(failed)?,
        () = &mut driver => return Err(Error::Unavailable("the connection was closed at once".to_owned())),
    }
    Ok((client, driver))
}

/// Listens, and tells, until the store closes.
pub(super) fn start(address: Arc<Address>, signals: &Arc<Signals>, closed: &watch::Receiver<bool>) {
    let committed = signals.others.subscribe();
    let signals = Arc::downgrade(signals);
    let mut closed = closed.clone();
    tokio::spawn(async move {
        while !*closed.borrow() {
            tokio::select! {
                lost = attend(&address, &signals, committed.clone()) => {
                    if let Err(error) = lost {
                        tracing::warn!(%error, "notices are interrupted; the feed is still looked at each second");
                    }
                }
                _ = closed.changed() => return,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
}

async fn attend(
    address: &Address,
    signals: &Weak<Signals>,
    mut committed: watch::Receiver<u64>,
) -> Result<(), Error> {
    let failed = |error: tokio_postgres::Error| Error::Unavailable(address::explain(&error));
    let Some(whispers) = signals.upgrade().map(|signals| signals.whispers.begin()) else { return Ok(()) };
    let (told, mut heard) = mpsc::unbounded_channel();
    let (client, driver) = connect_listening(address, told).await?;
    let talk = async {
        client.batch_execute("LISTEN laqun_store; LISTEN laqun_whisper").await.map_err(failed)?;
        let own: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.map_err(failed)?.get(0);
        let hear = async {
            while let Some(notice) = heard.recv().await {
                if notice.process_id() != own {
                    let Some(signals) = signals.upgrade() else { return };
                    match notice.channel() {
                        WHISPER => signals.whispers.hear(notice.payload()),
                        _ => signals.tick(),
                    }
                }
            }
        };
        let tell = async {
            loop {
                let whispered = tokio::select! {
                    changed = committed.changed() => match changed {
                        Ok(()) => false,
                        Err(_) => return Ok::<(), Error>(()),
                    },
                    () = whispers.notified() => true,
                };
                if whispered {
                    let payloads = signals.upgrade().map_or_else(Vec::new, |signals| signals.whispers.take());
                    for payload in payloads {
                        client
                            .execute("SELECT pg_notify($1, $2)", &[&WHISPER, &payload])
                            .await
                            .map_err(failed)?;
                    }
                } else {
                    client.batch_execute(&format!("NOTIFY {LOOK}")).await.map_err(failed)?;
                }
                tokio::time::sleep(COALESCE).await;
            }
        };
        tokio::select! { () = hear => Ok(()), told = tell => told }
    };
    tokio::select! {
        talked = talk => talked,
        () = driver => Err(Error::Unavailable("the connection was closed".to_owned())),
    }
}
