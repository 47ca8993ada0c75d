//! Looking at a database without opening it for work: nothing is made, migrated or repaired, and what
//! [`Store::open`](crate::Store::open) would refuse is told instead. Blocking: not for async threads.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::jobs::{DEPTH, Depth};
use crate::migrate::{Applied, compare};
use crate::unit::collect;
use crate::{Engine, Error, Location, MasterKey, Migration, Param, Read, Record, params, postgres, sqlite};

/// A connection for looking.
pub struct Inspection(Side);

enum Side {
    Sqlite(Connection),
    Postgres(Box<postgres::Look>),
}

/// How a database is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A file.
    File,
    /// On this machine, without encryption.
    Local,
    /// Over a network in the clear.
    Clear,
    /// By TLS, chain and name verified; the server's certificate, DER.
    Tls(Vec<u8>),
}

/// A setting as a connection of ours reads it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// As the engine calls it.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// None: as it should be. Else how grave it is, and the remedy.
    pub wrong: Option<(Harm, &'static str)>,
}

/// What a wrong setting does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The program does not start on it, or does not work.
    Stops,
    /// It works, and something may be lost or slow.
    Weakens,
}

/// The schema beside what this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// Nothing was ever stored here.
    Empty,
    /// The next opening brings it up.
    Older {
        /// Version in the database.
        found: u32,
        /// Newest version of this program.
        known: u32,
    },
    /// Equal.
    Current(u32),
    /// Written by a newer program.
    Newer {
        /// Version in the database.
        found: u32,
        /// Newest version of this program.
        known: u32,
    },
    /// An applied migration has another text here.
    Edited(u32),
}

/// PostgreSQL's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// How many the server allows to ordinary users.
    pub most: i64,
    /// How many are open now, this one included.
    pub open: i64,
    /// How many a server of ours keeps with these [`Options`](crate::Options).
    pub ours: i64,
}

/// Whether a master key is this database's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFit {
    /// The database has none yet.
    NoneYet,
    /// Id and check value agree.
    Fits,
    /// The database was made with the key of this id.
    Other(String),
}

impl Inspection {
    /// Connects; none where the SQLite file is not there yet.
    ///
    /// # Errors
    /// The address does not answer, or the file is no database.
    pub fn open(location: &Location) -> Result<Option<Self>, Error> {
        match location {
            Location::Sqlite(path) if !exists(path)? => Ok(None),
            Location::Sqlite(path) => {
                let connection = sqlite::open_reader(path)?;
                // The file is read only now.
                let read = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", (), |_| Ok(()));
                read.map_err(|error| sqlite::explain("inspect", "first read", error))?;
                Ok(Some(Self(Side::Sqlite(connection))))
            }
            Location::Postgres(address) => {
                Ok(Some(Self(Side::Postgres(Box::new(postgres::Look::open(address)?)))))
            }
        }
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.0 {
            Side::Sqlite(_) => Engine::Sqlite,
            Side::Postgres(_) => Engine::Postgres,
        }
    }

    /// How it is reached.
    pub fn way(&self) -> Way {
        match &self.0 {
            Side::Sqlite(_) => Way::File,
            Side::Postgres(look) => look.way(),
        }
    }

    /// The engine's version, in its own words.
    pub fn version(&mut self) -> Result<String, Error> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT 'SQLite ' || sqlite_version()",
            Engine::Postgres => "SELECT 'PostgreSQL ' || current_setting('server_version')",
        };
        Ok(self.one::<(String,)>(sql, &[])?.map_or_else(String::new, |(version,)| version))
    }

    /// What durability and operation hang on, as a connection set up like the server's reads it back.
    pub fn settings(&mut self) -> Result<Vec<Setting>, Error> {
        match &mut self.0 {
            Side::Sqlite(connection) => sqlite::settings(connection),
            Side::Postgres(look) => look.settings(),
        }
    }

    /// The schema of `namespace` beside the migrations this program knows.
    pub fn schema(&mut self, namespace: &'static str, migrations: &[Migration]) -> Result<Schema, Error> {
        const APPLIED: &str =
            "SELECT version, digest FROM store_migration WHERE namespace = $1 ORDER BY version";
        if !self.has_table("store_migration")? {
            return Ok(Schema::Empty);
        }
        let applied: Vec<(u32, String)> = self.all(APPLIED, params![namespace])?;
        let found = applied.last().map_or(0, |last| last.0);
        let known = migrations.last().map_or(0, |last| last.version);
        Ok(match compare(&applied, migrations) {
            Applied::Edited(version) => Schema::Edited(version),
            Applied::Prefix if found == 0 => Schema::Empty,
            Applied::Prefix if found < known => Schema::Older { found, known },
            Applied::Prefix if found == known => Schema::Current(found),
            Applied::Prefix => Schema::Newer { found, known },
        })
    }

    /// Whether a table is there.
    pub fn has_table(&mut self, name: &str) -> Result<bool, Error> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Engine::Postgres => "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)",
        };
        Ok(self.one::<(i64,)>(sql, params![name])?.is_some_and(|(count,)| count > 0))
    }

    /// SQLite: what its own check finds damaged, `deep` with every index and reference; none when that took longer than
    /// `most`. PostgreSQL: the pages whose checksum failed, as far as its statistics know.
    pub fn damage(&mut self, deep: bool, most: Duration) -> Result<Option<Vec<String>>, Error> {
        match &mut self.0 {
            Side::Sqlite(connection) => sqlite::damage(connection, deep, most),
            Side::Postgres(look) => look.damage().map(Some),
        }
    }

    /// The database server's clock, milliseconds since 1970; none on SQLite, which has no clock of its own.
    pub fn clock_ms(&mut self) -> Result<Option<i64>, Error> {
        const NOW: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        match self.engine() {
            Engine::Sqlite => Ok(None),
            Engine::Postgres => Ok(self.one::<(i64,)>(NOW, &[])?.map(|(now,)| now)),
        }
    }

    /// PostgreSQL's connections; none on SQLite.
    pub fn connections(&mut self) -> Result<Option<Connections>, Error> {
        match &mut self.0 {
            Side::Sqlite(_) => Ok(None),
            Side::Postgres(look) => look.connections().map(Some),
        }
    }

    /// PostgreSQL: how long the oldest open transaction of this database has been open, seconds, and who opened it. The
    /// change feed reads only below it. None on SQLite, or where there is none.
    pub fn oldest_transaction(&mut self) -> Result<Option<(i64, String)>, Error> {
        const OLDEST: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp() - xact_start) AS BIGINT), \
            'pid ' || CAST(pid AS TEXT) || ' ' || application_name FROM pg_stat_activity \
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL \
            ORDER BY xact_start LIMIT 1";
        match self.engine() {
            Engine::Sqlite => Ok(None),
            Engine::Postgres => self.one(OLDEST, &[]),
        }
    }

    /// The job queue's state at `now_ms`; none where there is no queue yet.
    pub fn jobs(&mut self, now_ms: i64) -> Result<Option<Depth>, Error> {
        if self.has_table("store_job")? { self.one(DEPTH, params![now_ms]) } else { Ok(None) }
    }

    /// Whether `key` is the one this database uses. If so, it follows the database's keys from then on.
    pub fn key_fits(&mut self, key: &MasterKey) -> Result<KeyFit, Error> {
        const MARK: &str = "SELECT value FROM store_meta WHERE name = 'master_key_id'";
        if !self.has_table("store_meta")? {
            return Ok(KeyFit::NoneYet);
        }
        let Some((id,)) = self.one::<(String,)>(MARK, &[])? else { return Ok(KeyFit::NoneYet) };
        if self.has_table("store_key")? {
            match key.refresh(self) {
                Ok(()) => {}
                Err(Error::Key { .. }) => return Ok(KeyFit::Other(id)),
                Err(error) => return Err(error),
            }
        }
        // A database of a release that had no data keys yet is its master key's.
        Ok(if key.version() > 0 || key.id() == id { KeyFit::Fits } else { KeyFit::Other(id) })
    }
}

impl Read for Inspection {
    fn all<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        let mut each = |row: &crate::Row<'_>| collect(row, &mut found);
        match &mut self.0 {
            Side::Sqlite(connection) => sqlite::look(connection, "inspect", sql, params, &mut each)?,
            Side::Postgres(look) => look.session().rows("inspect", sql, params, &mut each)?,
        }
        Ok(found)
    }
}

fn exists(path: &Path) -> Result<bool, Error> {
    path.try_exists().map_err(|error| Error::file(path, error))
}
