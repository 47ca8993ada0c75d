//! A connection for looking at a whole database, and its address in the form that PostgreSQL's own programs read.

use std::process::Command;

use tokio_postgres::config::Host;

use super::address::Address;
use super::wire::Wire;
use crate::backup::Contents;
use crate::migrate::{MIGRATION, Script as _};
use crate::unit::{Session as _, collect};
use crate::{Error, Record};

/// One visit: a connection that waits for long statements and may rest inside a transaction.
pub(crate) struct Visit {
    wire: Wire,
    address: Address,
}

impl Visit {
    pub(crate) fn begin(text: &str) -> Result<Self, Error> {
        let address = Address::parse(text, MIGRATION)?;
        let mut wire = Wire::connect(&address)?;
        wire.script(
            "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0",
        )?;
        Ok(Self { wire, address })
    }

    fn all<T: Record>(&mut self, sql: &'static str) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        self.wire.rows("backup", sql, &[], &mut |row| collect(row, &mut found))?;
        Ok(found)
    }

    /// The server's major version.
    pub(crate) fn version(&mut self) -> Result<u32, Error> {
        let sql = "SELECT CAST(current_setting('server_version_num') AS BIGINT) / 10000";
        let found: Vec<(u32,)> = self.all(sql)?;
        Ok(found.first().map_or(0, |(version,)| *version))
    }

    /// Begins a transaction that others can look through, and names what they see.
    pub(crate) fn export_snapshot(&mut self) -> Result<String, Error> {
        self.wire.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let found: Vec<(String,)> = self.all("SELECT pg_export_snapshot()")?;
        Ok(found.into_iter().next().map_or_else(String::new, |(name,)| name))
    }

    /// What is in the database. Without the ledger of migrations nothing of ours is.
    pub(crate) fn contents(&mut self) -> Result<Contents, Error> {
        const LEDGER: &str = "SELECT CAST(to_regclass('store_migration') AS TEXT) AS ledger \
            WHERE to_regclass('store_migration') IS NOT NULL AND to_regclass('store_meta') IS NOT NULL";
        const SCHEMA: &str = "SELECT namespace, MAX(version) FROM store_migration GROUP BY namespace \
            ORDER BY namespace COLLATE \"C\"";
        const TABLES: &str = "SELECT CAST(c.relname AS TEXT), CAST(CAST((xpath('/row/rows/text()', query_to_xml( \
                format('SELECT COUNT(*) AS rows FROM %I.%I', n.nspname, c.relname), false, true, '')))[1] AS TEXT) AS BIGINT) \
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
            WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
            ORDER BY c.relname COLLATE \"C\"";
        if self.all::<(String,)>(LEDGER)?.is_empty() {
            return Ok(Contents::default());
        }
        let tables: Vec<(String, i64)> = self.all(TABLES)?;
        let keys: Vec<(String,)> = self.all(crate::backup::MASTER_KEYS)?;
        Ok(Contents {
            schema: self.all(SCHEMA)?,
            tables: tables.into_iter().map(|(name, rows)| (name, rows.unsigned_abs())).collect(),
            master_keys: keys.into_iter().map(|(id,)| id).collect(),
        })
    }

    /// Whether there is no table, view or sequence of anybody's.
    pub(crate) fn is_empty(&mut self) -> Result<bool, Error> {
        const FIRST: &str = "SELECT CAST(c.relname AS TEXT) AS relname FROM pg_class c \
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' \
            AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') LIMIT 1";
        Ok(self.all::<(String,)>(FIRST)?.is_empty())
    }

    /// New tables have no statistics; plans need them before the server gets round to it.
    pub(crate) fn analyze(&mut self) {
        if let Err(error) = self.wire.script("ANALYZE") {
            tracing::warn!(%error, "ANALYZE failed; the server does it by itself later");
        }
    }

    /// Lets the snapshot go.
    pub(crate) fn end(mut self) {
        self.wire.roll_back("backup");
    }

    /// Gives a program of PostgreSQL's (of this major version) the address by its environment: arguments are seen by every
    /// user of the machine.
    pub(crate) fn environment<'c>(&self, command: &'c mut Command, version: u32) -> &'c mut Command {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        let config = &self.address.config;
        let list = |items: Vec<String>| items.join(",");
        let hosts = config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        });
        let mut words = vec![
            ("PGHOST", list(hosts.collect())),
            ("PGPORT", list(config.get_ports().iter().map(ToString::to_string).collect())),
            ("PGHOSTADDR", list(config.get_hostaddrs().iter().map(ToString::to_string).collect())),
            ("PGUSER", config.get_user().unwrap_or_default().to_owned()),
            ("PGDATABASE", config.get_dbname().or(config.get_user()).unwrap_or_default().to_owned()),
            ("PGPASSWORD", String::from_utf8_lossy(config.get_password().unwrap_or_default()).into_owned()),
            ("PGOPTIONS", config.get_options().unwrap_or_default().to_owned()),
        ];
        if self.address.tls.is_some() {
            // Programs before version 16 do not find the system's certificates by themselves.
            let system = if version >= 16 { "system" } else { "/etc/ssl/certs/ca-certificates.crt" };
            words.push(("PGSSLMODE", "verify-full".to_owned()));
            words.push(("PGSSLROOTCERT", self.address.root.clone().unwrap_or_else(|| system.to_owned())));
        } else {
            words.push(("PGSSLMODE", "disable".to_owned()));
        }
        command.envs(words.into_iter().filter(|(_, value)| !value.is_empty()))
    }
}
