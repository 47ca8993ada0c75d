//! Migrations: numbered SQL texts, written once for both engines, applied once, never edited.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::unit::{Session, collect};
use crate::{Engine, Error};

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
const OWN: &[Migration] =
    &[Migration { version: 1, name: "store", sql: include_str!("migrations/0001_store.sql") }];

/// The table of applied migrations; made before any of them.
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS store_migration (namespace TEXT NOT NULL, version BIGINT NOT NULL, \
    name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (namespace, version));";

/// A session that can also run whole scripts.
pub(crate) trait Script: Session {
    fn script(&mut self, sql: &str) -> Result<(), Error>;
}

/// Brings both namespaces up to date in one transaction, under a lock that other processes wait for.
pub(crate) fn migrate(
    session: &mut dyn Script,
    engine: Engine,
    namespace: &'static str,
    migrations: &[Migration],
) -> Result<(), Error> {
    match engine {
        Engine::Sqlite => session.script("BEGIN IMMEDIATE")?,
        // The number is arbitrary; that it is the same in every process is what counts.
        Engine::Postgres => {
            session.script("BEGIN; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(7093480012)")?;
        }
    }
    session.script(&translate(LEDGER, engine))?;
    let done =
        apply(session, engine, "store", OWN).and_then(|()| apply(session, engine, namespace, migrations));
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    done.and(session.script(end))
}

fn apply(
    session: &mut dyn Script,
    engine: Engine,
    namespace: &'static str,
    migrations: &[Migration],
) -> Result<(), Error> {
    const APPLIED: &str = "SELECT version, digest FROM store_migration WHERE namespace = $1 ORDER BY version";
    const RECORD: &str =
        "INSERT INTO store_migration (namespace, version, name, digest) VALUES ($1, $2, $3, $4)";
    let mut applied: Vec<(u32, String)> = Vec::new();
    session.rows("migrate", APPLIED, crate::params![namespace], &mut |row| collect(row, &mut applied))?;
    let known = migrations.last().map_or(0, |last| last.version);
    if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known) {
        return Err(Error::NewerSchema { namespace, found: *found, known });
    }
    for (index, migration) in migrations.iter().enumerate() {
        let Migration { version, name, sql } = *migration;
        let wrong = |what: String| Error::Migration { namespace, version, what };
        if usize::try_from(version).ok() != Some(index + 1) {
            return Err(wrong(format!("stands at place {}: number migrations 1, 2, 3, …", index + 1)));
        }
        let digest = HEXLOWER.encode(&Sha256::digest(sql.as_bytes()));
        if let Some((_, recorded)) = applied.get(index) {
            if *recorded != digest {
                return Err(wrong(format!(
                    "`{name}` was edited after it had been applied; restore its text and write a new migration"
                )));
            }
            continue;
        }
        session
            .script(&translate(sql, engine))
            .map_err(|error| wrong(format!("`{name}` failed: {error}")))?;
        session.exec("migrate", RECORD, crate::params![namespace, version, name, &digest])?;
        tracing::info!(namespace, version, name, "migration applied");
    }
    Ok(())
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
