//! The one thread that writes: a transaction a batch.
//!
//! A batch is first run without savepoints, which cost a copy of every page that a unit touches. If a unit refuses, the
//! batch is rolled back and run again with a savepoint a unit, which is what closures that may be run again are for.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{Place, Sqlite, explain};
use crate::queue::Queue;
use crate::signals::Signals;
use crate::unit::{Ran, Unit, Wakes};
use crate::{Error, SqlCause};

/// How long BEGIN is asked again while another process holds the write lock, past SQLite's own waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the writer. It ends when the queue is closed and empty.
pub(crate) fn start(
    connection: Connection,
    place: Arc<Place>,
    queue: Arc<Queue>,
    signals: Arc<Signals>,
    most: usize,
) -> Result<JoinHandle<()>, Error> {
    let writer = Writer { connection, place, signals, careful: Cell::new(0) };
    Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || {
            let mut batch = Vec::new();
            writer.signals.writers.fetch_add(1, Ordering::Relaxed);
            while queue.take(most, &mut batch) {
                for unit in &batch {
                    writer.signals.waits.count_time(unit.queued().elapsed());
                }
                writer.commit(std::mem::take(&mut batch));
            }
            // No `PRAGMA optimize`: it counts too little to choose indexes by. A schema brings its own statistics.
        })
        .map_err(|error| Error::Unavailable(format!("cannot start the writer thread: {error}")))
}

struct Writer {
    connection: Connection,
    place: Arc<Place>,
    signals: Arc<Signals>,
    /// How many more batches get savepoints from the start, because a unit refused not long ago.
    careful: Cell<u32>,
}

/// After a unit refused, so many batches get savepoints from the start: who refuses often should not be run twice.
const CAREFUL: u32 = 16;

impl Writer {
    /// Runs a batch in one transaction and answers only after its COMMIT returned, which is after the sync of the log.
    fn commit(&self, mut batch: Vec<Box<dyn Unit>>) {
        if batch.is_empty() {
            return;
        }
        match self.attempt(&mut batch) {
            Ok(wakes) => {
                self.signals.committed(batch.len(), wakes);
                batch.into_iter().for_each(Unit::settle);
            }
            Err(error) => {
                self.roll_back();
                self.signals.failed(batch.len(), &error);
                // Invariant: a failed COMMIT fails every answer of its batch, also those whose unit went well.
                for unit in batch {
                    unit.fail(error.clone());
                }
            }
        }
    }

    fn attempt(&self, batch: &mut [Box<dyn Unit>]) -> Result<Wakes, Error> {
        let careful = self.careful.get();
        if batch.len() > 1 && careful == 0 {
            if let Some(wakes) = self.together(batch)? {
                return Ok(wakes);
            }
            self.careful.set(CAREFUL);
        } else {
            self.careful.set(careful.saturating_sub(1));
        }
        self.one_by_one(batch)
    }

    /// All units in one go; none if one of them does not want to be kept, and then nothing is.
    fn together(&self, batch: &mut [Box<dyn Unit>]) -> Result<Option<Wakes>, Error> {
        let mut wakes = Wakes::default();
        self.begin(batch[0].name())?;
        for unit in &mut *batch {
            match unit.run(&mut Sqlite(&self.connection)) {
                Ran::Keep(more) => wakes |= more,
                Ran::RollBack | Ran::Broken(_) => {
                    self.roll_back();
                    return Ok(None);
                }
            }
        }
        self.keep()?;
        Ok(Some(wakes))
    }

    fn one_by_one(&self, batch: &mut [Box<dyn Unit>]) -> Result<Wakes, Error> {
        let alone = batch.len() == 1;
        let mut full = false;
        let mut wakes = Wakes::default();
        self.begin(batch[0].name())?;
        for unit in &mut *batch {
            if !alone {
                self.run(unit.name(), "SAVEPOINT unit")?;
            }
            match unit.run(&mut Sqlite(&self.connection)) {
                Ran::Keep(more) => {
                    wakes |= more;
                    if !alone {
                        self.run(unit.name(), "RELEASE unit")?;
                    }
                    continue;
                }
                // A full disk can make SQLite give up the whole transaction, the neighbours' work with it.
                Ran::Broken(error) if self.connection.is_autocommit() => return Err(error),
                Ran::Broken(error) => {
                    full |= error.is_storage();
                    self.signals.refused(&error);
                }
                Ran::RollBack => {}
            }
            if alone {
                self.run(unit.name(), "ROLLBACK")?;
                return Ok(wakes);
            }
            self.run(unit.name(), "ROLLBACK TO unit")?;
            self.run(unit.name(), "RELEASE unit")?;
        }
        self.keep()?;
        // What a small unit still found room for does not tell that there is room for the next one.
        Ok(Wakes { wrote: wakes.wrote && !full, ..wakes })
    }

    /// `BEGIN IMMEDIATE`: a transaction that reads first and writes later would fail with `SQLITE_BUSY_SNAPSHOT`, which
    /// no waiting cures. Another process that writes is waited for, by SQLite's own timeout and then by asking again.
    fn begin(&self, unit: &'static str) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            match self.run(unit, "BEGIN IMMEDIATE") {
                Err(Error::Sql { cause: SqlCause::Contention, .. }) if started.elapsed() < PATIENCE => {}
                other => return other,
            }
        }
    }

    /// Invariant: nothing is committed into a file that nobody will find again.
    fn keep(&self) -> Result<(), Error> {
        self.place.check()?;
        self.sync()
    }

    fn run(&self, unit: &'static str, sql: &'static str) -> Result<(), Error> {
        let statement = self.connection.prepare_cached(sql);
        statement
            .and_then(|mut statement| statement.raw_execute())
            .map(drop)
            .map_err(|e| explain(unit, sql, e))
    }

    fn sync(&self) -> Result<(), Error> {
        let began = Instant::now();
        let synced = self.run("batch", "COMMIT");
        self.signals.syncs.count_time(began.elapsed());
        synced
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.run("batch", "ROLLBACK")
        {
            tracing::error!(%error, "rollback failed");
        }
    }
}
