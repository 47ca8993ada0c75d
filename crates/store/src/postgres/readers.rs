//! Single queries: many callers share a few connections, and each round trip carries whatever is waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

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

/// Pause between attempts to reach a lost database: how soon the end of an outage is noticed.
const PROBE: Duration = Duration::from_millis(200);

/// How often a connection that cannot be made is told of.
const TELL: Duration = Duration::from_secs(10);

/// A connection that is up, and the statements prepared on it.
struct Shared {
    client: Client,
    /// By the address of the text: texts are static.
    prepared: Mutex<HashMap<usize, Statement>>,
    waiting: AtomicUsize,
}

type Slot = watch::Receiver<Option<Arc<Shared>>>;

/// How many connections are up, and since when none is.
struct Reach {
    up: usize,
    none_since: Option<Instant>,
}

/// The shared connections, and the queue of those who want a snapshot.
pub(crate) struct Readers {
    slots: Vec<Slot>,
    reads: Arc<Queue>,
    patience: Duration,
    reach: Arc<Mutex<Reach>>,
    closing: watch::Sender<bool>,
}

impl Readers {
    pub(super) fn start(
        address: &Arc<Address>,
        options: &Options,
        reads: Arc<Queue>,
        closing: watch::Sender<bool>,
    ) -> Self {
        let reach = Arc::new(Mutex::new(Reach { up: 0, none_since: Some(Instant::now()) }));
        let slots = (0..options.readers.max(1))
            .map(|_| keep_up(address.clone(), reach.clone(), closing.subscribe()))
            .collect();
        Self { slots, reads, patience: options.patience, reach, closing }
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
        self.known_down()?;
        self.reads.push(unit)
    }

    /// Shared connections that are up, and how many there should be.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.slots.iter().filter(|slot| slot.borrow().is_some()).count(), self.slots.len())
    }

    /// Refuses at once while the database is known to be down: no connection for longer than anybody's patience. Until then
    /// callers wait, so that a restart or a failover is not noticed; after that waiting would only pile them up. The
    /// connections go on trying to come up, and the first that does ends it.
    pub(crate) fn known_down(&self) -> Result<(), Error> {
        if *self.closing.borrow() {
            return Err(Error::Closed);
        }
        match self.reach.lock().none_since {
            Some(since) if since.elapsed() >= self.patience => {
                Err(Error::Unavailable(format!("no connection to it for {} s", since.elapsed().as_secs())))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn close(&self) {
        self.reads.close();
        self.closing.send_replace(true);
    }

    /// The connection with the fewest callers waiting; waits for one if none is up, until the database counts as down.
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
                self.known_down()?;
                tokio::time::sleep(Duration::from_millis(20)).await;
                if let Some(shared) = find() {
                    return Ok(shared);
                }
            }
        };
        let found = tokio::time::timeout(self.patience, wait).await;
        found.unwrap_or_else(|_| Err(Error::Unavailable("no connection for reading has come up".to_owned())))
    }
}

impl Reach {
    fn gained(&mut self) {
        self.up += 1;
        if let Some(since) = self.none_since.take().filter(|since| since.elapsed() > TELL) {
            tracing::info!(after_s = since.elapsed().as_secs(), "the database is reached again");
        }
    }

    fn lost(&mut self) {
        self.up -= 1;
        if self.up == 0 {
            self.none_since = Some(Instant::now());
        }
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
fn keep_up(address: Arc<Address>, reach: Arc<Mutex<Reach>>, mut closed: watch::Receiver<bool>) -> Slot {
    let (up, slot) = watch::channel(None);
    tokio::spawn(async move {
        let mut told: Option<Instant> = None;
        while !*closed.borrow() {
            match notices::connect(&address).await {
                Ok((client, driver)) => {
                    let waiting = AtomicUsize::new(0);
                    up.send_replace(Some(Arc::new(Shared { client, prepared: Mutex::default(), waiting })));
                    reach.lock().gained();
                    tokio::select! {
                        () = driver => tracing::warn!("a connection for reading was lost"),
                        _ = closed.changed() => {}
                    }
                    up.send_replace(None);
                    reach.lock().lost();
                }
                Err(error) => {
                    // In full at first, then now and then: an outage of hours is no reason for a log of gigabytes.
                    if told.is_none_or(|last| last.elapsed() > TELL) {
                        tracing::warn!(%error, "no connection for reading");
                        told = Some(Instant::now());
                    }
                    tokio::time::sleep(PROBE).await;
                }
            }
        }
    });
    slot
}
