//! Single queries: many callers share a few connections, and each round trip carries whatever is waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row as PgRow, Statement};

use super::address::Address;
use super::{notices, refusal};
use crate::queue::Queue;
use crate::unit::{Unit, collect};
use crate::{Error, Options, Param, Record, Row};

/// Pause after a connection was lost under a query.
const LOST: Duration = Duration::from_millis(5);

/// A connection that is up, and the statements prepared on it.
struct Shared {
    client: Client,
    /// By the address of the text: texts are static.
    prepared: Mutex<HashMap<usize, Statement>>,
    waiting: AtomicUsize,
}

type Slot = watch::Receiver<Option<Arc<Shared>>>;

/// The shared connections, and the queue of those who want a snapshot.
pub(crate) struct Readers {
    slots: Vec<Slot>,
    reads: Arc<Queue>,
    patience: Duration,
    closing: watch::Sender<bool>,
}

impl Readers {
    pub(super) fn start(
        address: &Arc<Address>,
        options: &Options,
        reads: Arc<Queue>,
        closing: watch::Sender<bool>,
    ) -> Self {
        let slots =
            (0..options.readers.max(1)).map(|_| keep_up(address.clone(), closing.subscribe())).collect();
        Self { slots, reads, patience: options.patience, closing }
    }

    /// One statement. Asked again when its connection is lost, on as many connections as there are: a restart of the server
    /// ends them all, and a read does no harm twice.
    pub(crate) async fn query<T: Record>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, Error> {
        let mut rows = Err(Error::Closed);
        for _ in 0..=self.slots.len() {
            rows = self.up().await?.query(sql, params).await;
            if !matches!(rows, Err(Error::Unavailable(_))) {
                break;
            }
            // Long enough for the lost connection to be seen as lost.
            tokio::time::sleep(LOST).await;
        }
        let mut found = Vec::new();
        for row in rows? {
            collect(&Row { statement: sql, source: &row }, &mut found)?;
        }
        Ok(found)
    }

    /// Several reads in one snapshot, by a thread of their own.
    pub(crate) fn read(&self, unit: Box<dyn Unit>) -> Result<(), Error> {
        self.reads.push(unit)
    }

    /// Shared connections that are up, and how many there should be.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.slots.iter().filter(|slot| slot.borrow().is_some()).count(), self.slots.len())
    }

    pub(crate) fn close(&self) {
        self.reads.close();
        self.closing.send_replace(true);
    }

    /// The connection with the fewest callers waiting; waits for one if none is up.
    async fn up(&self) -> Result<Arc<Shared>, Error> {
        let find = || {
            let live = self.slots.iter().filter_map(|slot| slot.borrow().clone());
            live.filter(|shared| !shared.client.is_closed())
                .min_by_key(|shared| shared.waiting.load(Ordering::Relaxed))
        };
        if let Some(shared) = find() {
            return Ok(shared);
        }
        let wait = async {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if let Some(shared) = find() {
                    return shared;
                }
            }
        };
        let found = tokio::time::timeout(self.patience, wait).await;
        found.map_err(|_| Error::Unavailable("no connection for reading has come up".to_owned()))
    }
}

impl Shared {
    async fn query(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<PgRow>, Error> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let rows = self.ask(sql, params).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        rows.map_err(|error| {
            let error = refusal::explain(sql, error);
            if matches!(error, Error::Unavailable(_)) {
                // Also after a migration elsewhere: the plan is stale, the connection well.
                self.prepared.lock().clear();
            }
            error
        })
    }

    async fn ask(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<PgRow>, tokio_postgres::Error> {
        let key = sql.as_ptr().addr();
        let known = self.prepared.lock().get(&key).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let statement = self.client.prepare(sql).await?;
                self.prepared.lock().insert(key, statement.clone());
                statement
            }
        };
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        self.client.query(&statement, &params).await
    }
}

/// Keeps one connection up until the store closes.
fn keep_up(address: Arc<Address>, mut closed: watch::Receiver<bool>) -> Slot {
    let (up, slot) = watch::channel(None);
    tokio::spawn(async move {
        while !*closed.borrow() {
            match notices::connect(&address).await {
                Ok((client, driver)) => {
                    let waiting = AtomicUsize::new(0);
                    up.send_replace(Some(Arc::new(Shared { client, prepared: Mutex::default(), waiting })));
                    tokio::select! {
                        () = driver => tracing::warn!("a connection for reading was lost"),
                        _ = closed.changed() => {}
                    }
                    up.send_replace(None);
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection for reading");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    });
    slot
}
