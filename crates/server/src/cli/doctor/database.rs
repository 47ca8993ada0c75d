//! The database: answers, keeps what it is given, fits this program, is whole, has room for our connections.

use std::time::Duration;

use store::{Engine, Harm, Schema, Way};

use super::{
    facts::{Database, Facts},
    finding::Finding,
    tls::expiry,
};
use crate::app::open::{DATABASE_FILE, MIGRATIONS};

/// How long the quick check may take.
const QUICK: Duration = Duration::from_secs(20);
/// How long the deep one may.
const DEEP: Duration = Duration::from_hours(12);
/// A transaction that is open so long holds back the change feed, and vacuum.
const LONG_S: i64 = 60;
const TOO_LONG_S: i64 = 3600;

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let is_sqlite = facts.settings.database_url.is_none();
    let now_ms = facts.now_ms();
    let inspection = match &mut facts.database {
        Database::Open(inspection) => inspection,
        Database::Absent => {
            let file = facts.settings.data.join(DATABASE_FILE);
            return vec![Finding::warning(
                "database",
                format!("{} is not there yet", file.display()),
                "the first `laqun serve` makes it; if it should be there, name the right folder with --data, or restore a backup with `laqun restore`",
            )];
        }
        Database::Closed(error) => {
            let remedy = match error {
                _ if is_sqlite => {
                    "run as the owner of the data folder; if the file is damaged, put a backup in its place with `laqun restore`"
                }
                store::Error::Unavailable(_) => {
                    "start PostgreSQL, and check host and port in database_url (LAQUN_DATABASE_URL) with `pg_isready`"
                }
                _ => {
                    "correct database_url (LAQUN_DATABASE_URL): user, password, database, sslmode, sslrootcert"
                }
            };
            let finding = Finding::problem("database", error.to_string(), remedy);
            let is_unreachable = matches!(error, store::Error::Unavailable(_));
            return vec![if is_unreachable { finding.unreachable() } else { finding }];
        }
    };
    let version = inspection.version().unwrap_or_else(|error| error.to_string());
    let mut findings = vec![Finding::ok("database", version)];
    match inspection.way() {
        Way::File => {}
        Way::Local => findings.push(Finding::ok("database.tls", "not needed: it is on this machine")),
        Way::Clear => findings.push(Finding::warning(
            "database.tls",
            "passwords and tickets cross the network in the clear",
            "say sslmode=verify-full in database_url (and ssl = on in postgresql.conf)",
        )),
        Way::Tls(leaf) => {
            let remedy = "renew the certificate of the PostgreSQL server (ssl_cert_file) and reload it";
            findings.push(expiry("database.tls", &leaf, now_ms, remedy));
        }
    }
    findings
}

/// Durability and what else the engine is set to.
pub(super) fn settings(facts: &mut Facts) -> Vec<Finding> {
    const CHECK: &str = "database.settings";
    let accepts = facts.settings.unsafe_durability;
    let inspection = match facts.inspection(CHECK) {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let found = match inspection.settings() {
        Ok(found) => found,
        Err(error) => return vec![Finding::skipped(CHECK, error.to_string())],
    };
    let all: Vec<String> =
        found.iter().map(|setting| format!("{} {}", setting.name, setting.value)).collect();
    let mut findings: Vec<Finding> = found
        .iter()
        .filter_map(|setting| {
            let (harm, remedy) = setting.wrong?;
            let measured = format!("{} is {}", setting.name, setting.value);
            Some(match harm {
                Harm::Stops => Finding::problem(CHECK, measured, remedy),
                Harm::Weakens => Finding::warning(CHECK, measured, remedy),
            })
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, all.join(", ")));
    }
    if accepts {
        findings.push(Finding::warning(
            CHECK,
            "unsafe_durability is set: answered calls may be lost in a power cut",
            "remove unsafe_durability (LAQUN_UNSAFE_DURABILITY, --unsafe-durability)",
        ));
    }
    findings
}

pub(super) fn schema(facts: &mut Facts) -> Vec<Finding> {
    let inspection = match facts.inspection("schema") {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    vec![match inspection.schema("laqun", MIGRATIONS) {
        Ok(Schema::Current(version)) => Finding::ok("schema", format!("version {version}, this program's")),
        Ok(Schema::Empty) => Finding::warning(
            "schema",
            "nothing was ever stored in this database",
            "the first `laqun serve` makes the schema; if there should be data, name the right database in database_url or folder with --data",
        ),
        Ok(Schema::Older { found, known }) => Finding::warning(
            "schema",
            format!("version {found}, this program's is {known}"),
            "make a backup with `laqun backup`, then the next start (or `laqun migrate`) brings it up",
        ),
        Ok(Schema::Newer { found, known }) => Finding::problem(
            "schema",
            format!("version {found}, this program knows {known}: a newer release has upgraded it"),
            "run that release of laqun, or restore the backup taken before the upgrade with `laqun restore`",
        ),
        Ok(Schema::Edited(version)) => Finding::problem(
            "schema",
            format!("migration {version} was applied with another text than this program has"),
            "run the release of laqun that made this database; a program built from changed sources does not fit it",
        ),
        Err(error) => Finding::skipped("schema", error.to_string()),
    }]
}

pub(super) fn integrity(facts: &mut Facts) -> Vec<Finding> {
    const CHECK: &str = "database.integrity";
    let deep = facts.deep;
    let inspection = match facts.inspection(CHECK) {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let (how, remedy) = match (inspection.engine(), deep) {
        (Engine::Sqlite, false) => (
            "quick check",
            "stop the server, keep a copy of the files, and put a backup in their place with `laqun restore`",
        ),
        (Engine::Sqlite, true) => (
            "integrity and references",
            "stop the server, keep a copy of the files, and put a backup in their place with `laqun restore`",
        ),
        (Engine::Postgres, _) => (
            "checksums, as far as its statistics know",
            "look into PostgreSQL's log, check its disk, and restore a backup with `laqun restore`",
        ),
    };
    vec![match inspection.damage(deep, if deep { DEEP } else { QUICK }) {
        Ok(Some(damage)) if damage.is_empty() => Finding::ok(CHECK, how),
        Ok(Some(damage)) => Finding::problem(CHECK, damage.join("; "), remedy),
        Ok(None) => Finding::skipped(
            CHECK,
            format!("it takes longer than {} s: `laqun doctor --deep` takes the time", QUICK.as_secs()),
        ),
        Err(error) => Finding::problem(CHECK, error.to_string(), remedy),
    }]
}

/// PostgreSQL: connections, and transactions that stay open.
pub(super) fn connections(facts: &mut Facts) -> Vec<Finding> {
    const CHECK: &str = "database.connections";
    if facts.settings.database_url.is_none() {
        return Vec::new();
    }
    let is_served = facts.is_served();
    let inspection = match facts.inspection(CHECK) {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let mut findings = Vec::new();
    match inspection.connections() {
        Ok(Some(found)) => {
            let wanted = if is_served { 0 } else { found.ours };
            let measured =
                format!("{} of {} are open; a server of laqun keeps {}", found.open, found.most, found.ours);
            findings.push(if found.open + wanted > found.most || found.ours > found.most {
                Finding::problem(
                    CHECK,
                    format!("{measured}: there are too few"),
                    format!(
                        "set max_connections to {} or more for each server of laqun in postgresql.conf, and restart PostgreSQL",
                        found.ours + 10
                    ),
                )
            } else {
                Finding::ok(CHECK, measured)
            });
        }
        Ok(None) => {}
        Err(error) => findings.push(Finding::skipped(CHECK, error.to_string())),
    }
    if let Ok(Some((seconds, who))) = inspection.oldest_transaction()
        && seconds > LONG_S
    {
        let measured = format!("one has been open for {seconds} s ({who}): what is new is told late");
        let remedy =
            "end it: psql -c 'SELECT pg_terminate_backend(PID)', or set idle_in_transaction_session_timeout";
        findings.push(if seconds > TOO_LONG_S {
            Finding::problem("database.transactions", measured, remedy)
        } else {
            Finding::warning("database.transactions", measured, remedy)
        });
    }
    findings
}
