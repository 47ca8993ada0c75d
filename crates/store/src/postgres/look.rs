//! What a look at a PostgreSQL database tells; see [`Inspection`](crate::Inspection).

use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::config::Host;

use super::address::Address;
use super::settle;
use super::wire::Wire;
use crate::inspect::{Connections, Harm, Setting, Way};
use crate::unit::{Session, collect};
use crate::{Error, Location, Options, Record};

/// A server that does not answer a question of ours for so long is not well.
const STATEMENT: Duration = Duration::from_secs(15);

/// One connection in the state that every connection of ours is in.
pub(crate) struct Look {
    wire: Wire,
    address: Address,
}

impl Look {
    pub(crate) fn open(text: &str) -> Result<Self, Error> {
        let address = Address::parse(text, STATEMENT)?;
        let wire = settle(Wire::connect(&address)?, &address, true)?;
        Ok(Self { wire, address })
    }

    pub(crate) fn session(&mut self) -> &mut dyn Session {
        &mut self.wire
    }

    pub(crate) fn way(&self) -> Way {
        let local = self.address.config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
            Host::Unix(_) => true,
        });
        match self.wire.certificate() {
            Some(leaf) => Way::Tls(leaf),
            None if local => Way::Local,
            None => Way::Clear,
        }
    }

    fn one<T: Record>(&mut self, sql: &'static str) -> Result<T, Error> {
        let mut found = Vec::new();
        self.wire.rows("inspect", sql, &[], &mut |row| collect(row, &mut found))?;
        found.pop().ok_or_else(|| Error::Unavailable("the server did not tell its settings".to_owned()))
    }

    pub(crate) fn settings(&mut self) -> Result<Vec<Setting>, Error> {
        type Wrong = fn(&str) -> bool;
        let wanted: &[(&'static str, &'static str, Wrong, Harm, &'static str)] = &[
            (
                "fsync",
                "SELECT current_setting('fsync')",
                |value| value != "on",
                Harm::Stops,
                "set fsync = on in postgresql.conf",
            ),
            (
                "synchronous_commit",
                "SELECT current_setting('synchronous_commit')",
                |value| value == "off",
                Harm::Stops,
                "ALTER ROLE … RESET synchronous_commit (and ALTER DATABASE likewise)",
            ),
            (
                "full_page_writes",
                "SELECT current_setting('full_page_writes')",
                |value| value != "on",
                Harm::Weakens,
                "set full_page_writes = on in postgresql.conf: without it a crash can tear pages, unless the file system writes them whole",
            ),
            (
                "server_encoding",
                "SELECT current_setting('server_encoding')",
                |value| value != "UTF8",
                Harm::Stops,
                "make the database anew with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            ),
            (
                "version",
                "SELECT current_setting('server_version_num')",
                |value| value.parse::<u32>().is_ok_and(|number| number < 130_000),
                Harm::Stops,
                "upgrade the server to PostgreSQL 13 or newer",
            ),
            (
                "read-only",
                "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE current_setting('transaction_read_only') END",
                |value| value != "off",
                Harm::Stops,
                "name the primary in database_url, or ALTER DATABASE … RESET default_transaction_read_only",
            ),
        ];
        let mut found = Vec::new();
        for (name, sql, is_wrong, harm, remedy) in wanted {
            let (value,): (String,) = self.one(sql)?;
            let wrong = is_wrong(&value).then_some((*harm, *remedy));
            found.push(Setting { name, value, wrong });
        }
        Ok(found)
    }

    pub(crate) fn damage(&mut self) -> Result<Vec<String>, Error> {
        const FAILED: &str = "SELECT CAST(COALESCE(SUM(checksum_failures), 0) AS BIGINT) FROM pg_stat_database \
            WHERE datname = current_database()";
        let (failed,): (i64,) = self.one(FAILED)?;
        Ok(if failed == 0 { Vec::new() } else { vec![format!("{failed} pages failed their checksum")] })
    }

    pub(crate) fn connections(&mut self) -> Result<Connections, Error> {
        const COUNT: &str = "SELECT CAST(current_setting('max_connections') AS BIGINT) - \
            CAST(current_setting('superuser_reserved_connections') AS BIGINT), \
            (SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend')";
        let (most, open): (i64, i64) = self.one(COUNT)?;
        let Options { readers, writers, .. } = Options::new(Location::Postgres(String::new()));
        // Writers, as many threads for snapshots as shared connections for queries, and one that listens.
        let ours = i64::try_from(writers + 2 * readers + 1).unwrap_or(i64::MAX);
        Ok(Connections { most, open, ours })
    }
}
