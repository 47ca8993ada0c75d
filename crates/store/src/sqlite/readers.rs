//! Read connections: taken, used, put back. Never held across an await.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use super::{Place, Sqlite, explain, look, open_reader};
use crate::unit::{Ran, Unit, collect};
use crate::{Error, Param, Record};

/// How long a read waits for a connection of others where none can be opened: out of file descriptors.
const SHORTAGE: Duration = Duration::from_secs(1);

/// Read connections that wait for use. When all are busy a new one is opened: a reader that hangs holds up nobody,
/// and at most `keep` are kept afterwards.
pub(crate) struct Readers {
    place: Arc<Place>,
    idle: Mutex<Vec<Connection>>,
    back: Condvar,
    keep: usize,
    closed: AtomicBool,
}

impl Readers {
    /// Opens those that are kept, now: later there may be no file descriptor for them.
    pub(crate) fn open(place: Arc<Place>, keep: usize) -> Result<Self, Error> {
        let idle: Vec<_> = (0..keep).map(|_| open_reader(place.path())).collect::<Result<_, _>>()?;
        for connection in &idle {
            // A connection has its files only once it has read.
            let read = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", (), |_| Ok(()));
            read.map_err(|error| explain("open", "first read", error))?;
        }
        Ok(Self { place, idle: Mutex::new(idle), back: Condvar::new(), keep, closed: AtomicBool::new(false) })
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    fn with<R>(&self, run: impl FnOnce(&Connection) -> R) -> Result<R, Error> {
        let idle = self.idle.lock().pop();
        let connection = idle.map_or_else(|| self.another(), Ok)?;
        let answer = run(&connection);
        let mut idle = self.idle.lock();
        // A connection that panicked out of `run` or still has a transaction open does not come back.
        let is_kept = idle.len() < self.keep && !self.closed.load(Ordering::Relaxed);
        if is_kept && connection.is_autocommit() {
            idle.push(connection);
            drop(idle);
            self.back.notify_one();
        }
        Ok(answer)
    }

    /// A new connection to the file that the writer has open; if none can be had, one that comes back meanwhile.
    fn another(&self) -> Result<Connection, Error> {
        self.place.check()?;
        let error = match open_reader(self.place.path()) {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        let deadline = Instant::now() + SHORTAGE;
        let mut idle = self.idle.lock();
        loop {
            if let Some(connection) = idle.pop() {
                return Ok(connection);
            }
            if self.back.wait_until(&mut idle, deadline).timed_out() {
                return Err(error);
            }
        }
    }

    /// One statement, on the calling thread.
    pub(crate) fn query<T: Record>(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error> {
        self.with(|connection| {
            let mut found = Vec::new();
            look(connection, "query", sql, params, &mut |row| collect(row, &mut found))?;
            Ok(found)
        })?
    }

    /// Several reads in one snapshot, on the calling thread (one that may block).
    pub(crate) fn read(&self, mut unit: Box<dyn Unit>) {
        let name = unit.name();
        let ran = self.with(|connection| {
            connection.execute_batch("BEGIN").map_err(|error| explain(name, "BEGIN", error))?;
            let ran = unit.run(&mut Sqlite(connection));
            connection.execute_batch("ROLLBACK").map_err(|error| explain(name, "ROLLBACK", error))?;
            Ok::<Ran, Error>(ran)
        });
        match ran.and_then(|inner| inner) {
            Ok(_) => unit.settle(),
            Err(error) => unit.fail(error),
        }
    }

    /// Connections that wait for use, and how many are kept at most.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.idle.lock().len(), self.keep)
    }

    /// Bytes of the database: its file and its log.
    pub(crate) fn size(&self) -> Result<u64, Error> {
        self.place.size()
    }

    /// Closes the idle connections, so that the writer, which is to be the last one to close, can fold the log into the
    /// database.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.idle.lock().clear();
    }
}
