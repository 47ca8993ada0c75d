//! Migrations: numbered SQL texts, written once for both engines, applied once, never edited.

use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::unit::{Session, collect};
use crate::{Engine, Error, SqlCause};

/// How long a migration may take, and how long others wait for one: there may be millions of rows to rewrite.
pub(crate) const MIGRATION: Duration = Duration::from_hours(2);

/// One step of a schema. Written with BIGINT, TEXT, BYTEA, DOUBLE PRECISION and `BIGSERIAL PRIMARY KEY`; the runner maps
/// these words for SQLite and makes its tables STRICT. A line that begins with `--postgres:` or `--sqlite:` is for that
/// engine only.
///
/// Invariant: never edited once released. The SHA-256 of every applied text is kept and compared.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Position, from 1, without gaps.
    pub version: u32,
    /// A few words, for the operator.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

/// The store's own tables, apart from the program's.
const OWN: &[Migration] = &[
    Migration { version: 1, name: "store", sql: include_str!("migrations/0001_store.sql") },
    Migration { version: 2, name: "keys", sql: include_str!("migrations/0002_keys.sql") },
];

/// Version of the store's own tables.
pub const SCHEMA_VERSION: usize = OWN.len();

/// The table of applied migrations; made before any of them.
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS store_migration (namespace TEXT NOT NULL, version BIGINT NOT NULL, \
    name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (namespace, version));";

/// A session that can also run whole scripts.
pub(crate) trait Script: Session {
    fn script(&mut self, sql: &str) -> Result<(), Error>;
}

/// A migration that a database has not had yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Whose: the store's own (`store`), or the program's.
    pub namespace: &'static str,
    /// Its number there.
    pub version: u32,
    /// Its few words.
    pub name: &'static str,
}

/// What is still to be applied, in order. Only reads, and takes no lock.
pub(crate) fn pending(
    session: &mut dyn Session,
    engine: Engine,
    namespace: &'static str,
    migrations: &[Migration],
) -> Result<Vec<Step>, Error> {
    const SQLITE: &str = "SELECT name FROM sqlite_master WHERE name = 'store_migration'";
    const POSTGRES: &str = "SELECT CAST(to_regclass('store_migration') AS TEXT) WHERE to_regclass('store_migration') IS NOT NULL";
    let mut ledger: Vec<(String,)> = Vec::new();
    let sql = if engine == Engine::Sqlite { SQLITE } else { POSTGRES };
    session.rows("migrate", sql, &[], &mut |row| collect(row, &mut ledger))?;
    let mut steps = Vec::new();
    for (namespace, known) in [("store", OWN), (namespace, migrations)] {
        let done = if ledger.is_empty() { Vec::new() } else { applied(session, namespace)? };
        let missing = missing(namespace, known, &done)?.iter();
        steps.extend(missing.map(|m| Step { namespace, version: m.version, name: m.name }));
    }
    Ok(steps)
}

/// Brings both namespaces up to date in one transaction, under a lock that other processes wait for.
pub(crate) fn migrate(
    session: &mut dyn Script,
    engine: Engine,
    namespace: &'static str,
    migrations: &[Migration],
) -> Result<(), Error> {
    match engine {
        Engine::Sqlite => begin_when_free(session)?,
        // The number is arbitrary; that it is the same in every process is what counts.
        Engine::Postgres => session.script(
            "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7093480012)",
        )?,
    }
    session.script(&translate(LEDGER, engine))?;
    let done =
        apply(session, engine, "store", OWN).and_then(|()| apply(session, engine, namespace, migrations));
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    done.and(session.script(end))
}

/// Another process may be migrating a large database, which takes longer than a connection otherwise waits.
fn begin_when_free(session: &mut dyn Script) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        match session.script("BEGIN IMMEDIATE") {
            Err(Error::Sql { cause: SqlCause::Contention, .. }) if began.elapsed() < MIGRATION => {
                tracing::info!("another process holds the database, perhaps to migrate it; waiting");
            }
            other => return other,
        }
    }
}

/// What was applied, by version.
fn applied(session: &mut dyn Session, namespace: &'static str) -> Result<Vec<(u32, String)>, Error> {
    const APPLIED: &str = "SELECT version, digest FROM store_migration WHERE namespace = $1 ORDER BY version";
    let mut applied = Vec::new();
    session.rows("migrate", APPLIED, crate::params![namespace], &mut |row| collect(row, &mut applied))?;
    Ok(applied)
}

fn digest(migration: &Migration) -> String {
    HEXLOWER.encode(&Sha256::digest(migration.sql.as_bytes()))
}

/// The migrations behind those that were applied. Refuses a database that is newer, and a text that was edited.
fn missing<'m>(
    namespace: &'static str,
    migrations: &'m [Migration],
    applied: &[(u32, String)],
) -> Result<&'m [Migration], Error> {
    let known = migrations.last().map_or(0, |last| last.version);
    if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known) {
        return Err(Error::NewerSchema { namespace, found: *found, known });
    }
    for (index, migration) in migrations.iter().enumerate() {
        let Migration { version, name, .. } = *migration;
        let wrong = |what: String| Error::Migration { namespace, version, what };
        if usize::try_from(version).ok() != Some(index + 1) {
            return Err(wrong(format!("stands at place {}: number migrations 1, 2, 3, …", index + 1)));
        }
        if applied.get(index).is_some_and(|(_, recorded)| *recorded != digest(migration)) {
            return Err(wrong(format!(
                "`{name}` was edited after it had been applied; restore its text and write a new migration"
            )));
        }
    }
    Ok(migrations.get(applied.len()..).unwrap_or_default())
}

fn apply(
    session: &mut dyn Script,
    engine: Engine,
    namespace: &'static str,
    migrations: &[Migration],
) -> Result<(), Error> {
    const RECORD: &str =
        "INSERT INTO store_migration (namespace, version, name, digest) VALUES ($1, $2, $3, $4)";
    let done = applied(session, namespace)?;
    for migration in missing(namespace, migrations, &done)? {
        let Migration { version, name, sql } = *migration;
        session.script(&translate(sql, engine)).map_err(|error| Error::Migration {
            namespace,
            version,
            what: format!("`{name}` failed: {error}"),
        })?;
        session.exec("migrate", RECORD, crate::params![namespace, version, name, &digest(migration)])?;
        tracing::info!(namespace, version, name, "migration applied");
    }
    Ok(())
}

/// What was applied beside what is known.
pub(crate) enum Applied {
    /// As far as both go they agree.
    Prefix,
    /// This one has another text.
    Edited(u32),
}

/// Compares the digests of what was applied, from the first on, with the texts that are known.
pub(crate) fn compare(applied: &[(u32, String)], migrations: &[Migration]) -> Applied {
    let differs = |((version, digest), known): (&(u32, String), &Migration)| {
        (HEXLOWER.encode(&Sha256::digest(known.sql.as_bytes())) != *digest).then_some(*version)
    };
    let edited = applied.iter().zip(migrations).find_map(differs);
    edited.map_or(Applied::Prefix, Applied::Edited)
}

/// The text as `engine` wants it.
fn translate(sql: &str, engine: Engine) -> String {
    let own = if engine == Engine::Postgres { "--postgres:" } else { "--sqlite:" };
    let text: String = sql
        .lines()
        .map(|line| line.trim_start().strip_prefix(own).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    if engine == Engine::Postgres { text } else { sqlite(&text) }
}

/// Maps the type words and makes tables STRICT; strings, quoted names and comments are left alone.
fn sqlite(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    let mut words: Vec<String> = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            'a'..='z' | 'A'..='Z' | '_' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if first.is_ascii_alphabetic() || first == '_' {
            let previous = words.last().map_or("", String::as_str);
            let word = token.to_ascii_uppercase();
            match (previous, word.as_str()) {
                (_, "BIGINT" | "BIGSERIAL") => out.push_str("INTEGER"),
                (_, "BYTEA") => out.push_str("BLOB"),
                (_, "DOUBLE") => out.push_str("REAL"),
                ("DOUBLE", "PRECISION") => {}
                ("PRIMARY", "KEY") if words.iter().rev().nth(1).is_some_and(|word| word == "BIGSERIAL") => {
                    out.push_str("KEY AUTOINCREMENT");
                }
                _ => out.push_str(token),
            }
            words.push(word);
            continue;
        }
        if first == ';' {
            if words.len() > 1 && words[0] == "CREATE" && words[1] == "TABLE" {
                out.push_str(" STRICT");
            }
            words.clear();
        }
        out.push_str(token);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_mapped_and_strings_are_not() {
        let text = "-- BIGINT here\nCREATE TABLE t (id BIGSERIAL PRIMARY KEY, at BIGINT, b BYTEA,\n\
                    d DOUBLE PRECISION DEFAULT 1, s TEXT DEFAULT 'BIGINT; ''x''');\n--sqlite: SELECT 1;\n--postgres: SELECT 2;";
        assert_eq!(
            translate(text, Engine::Sqlite),
            "-- BIGINT here\nCREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, b BLOB,\n\
             d REAL  DEFAULT 1, s TEXT DEFAULT 'BIGINT; ''x''') STRICT;\n SELECT 1;\n--postgres: SELECT 2;\n"
        );
        assert!(translate(text, Engine::Postgres).contains("BIGSERIAL PRIMARY KEY"));
        assert!(translate(text, Engine::Postgres).ends_with("\n SELECT 2;\n"));
    }
}
