//! Read connections: taken, used, put back. Never held across an await, never waited for.

use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::{Sqlite, explain, look, open_reader};
use crate::unit::{Ran, Unit, collect};
use crate::{Error, Param, Record};

/// Read connections that wait for use. When all are busy a new one is opened: a reader that hangs holds up nobody,
/// and at most `keep` are kept afterwards.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    keep: usize,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, keep: usize) -> Self {
        Self { path, idle: Mutex::default(), keep }
    }

    fn with<R>(&self, run: impl FnOnce(&Connection) -> R) -> Result<R, Error> {
        let idle = self.idle.lock().pop();
        let connection = idle.map_or_else(|| open_reader(&self.path), Ok)?;
        let answer = run(&connection);
        let mut idle = self.idle.lock();
        // A connection that panicked out of `run` or still has a transaction open does not come back.
        if idle.len() < self.keep && connection.is_autocommit() {
            idle.push(connection);
        }
        Ok(answer)
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
        let length = |path: &std::path::Path| std::fs::metadata(path).map(|found| found.len());
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let file = length(&self.path).map_err(|error| Error::file(&self.path, error))?;
        // Without writers there is no log.
        Ok(file + length(std::path::Path::new(&log)).unwrap_or(0))
    }

    /// Closes the idle connections, so that the last one to close can fold the log into the database.
    pub(crate) fn close(&self) {
        self.idle.lock().clear();
    }
}
