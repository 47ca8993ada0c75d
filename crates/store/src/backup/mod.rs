//! Copies of a whole database, taken while it is in use, and put back into an empty one. Only the database: which files
//! lie beside it, and how a backup is made of them, is the program's matter.

mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};

use crate::store::blocking;
use crate::{Engine, Error, Location};

pub use sqlite::inspect as inspect_sqlite;

/// What a copy holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The newest applied migration of each namespace.
    pub schema: Vec<(String, u32)>,
    /// Rows of each table, by its name.
    pub tables: Vec<(String, u64)>,
    /// Ids of the master keys that open what is sealed in it: one, or two while the key is being rotated; none if nothing
    /// was ever sealed.
    pub master_keys: Vec<String>,
}

/// The master keys that open what is sealed in a database.
pub(crate) const MASTER_KEYS: &str =
    "SELECT value FROM store_meta WHERE name IN ('master_key_id', 'key_rotation') ORDER BY name DESC";

/// Writes a copy of the database, as it is at one moment, into a new or empty file, and syncs it. Writers go on meanwhile.
/// A SQLite copy is a database file (made by `VACUUM INTO`: without what was deleted), one of PostgreSQL an archive of `pg_dump`.
///
/// # Errors
/// [`Error::Backup`] with a remedy where there is no database, or no `pg_dump` that is new enough; [`Error::DiskFull`].
pub async fn snapshot(location: &Location, to: &Path) -> Result<Contents, Error> {
    let to = to.to_owned();
    match location.clone() {
        Location::Sqlite(from) => blocking(move || sqlite::snapshot(&from, &to)).await?,
        Location::Postgres(address) => blocking(move || postgres::snapshot(&address, &to)).await?,
    }
}

/// Whether a restore may write there: nothing is in it.
pub async fn is_empty(location: &Location) -> Result<bool, Error> {
    match location.clone() {
        Location::Sqlite(path) => Ok(!path.exists()),
        Location::Postgres(address) => blocking(move || postgres::is_empty(&address)).await?,
    }
}

/// Puts an archive into an empty PostgreSQL database, in one transaction that ends only if all of `contents` is there.
pub async fn load_postgres(address: &str, from: &Path, contents: &Contents) -> Result<(), Error> {
    let (address, from, contents) = (address.to_owned(), from.to_owned(), contents.clone());
    blocking(move || postgres::load(&address, &from, &contents)).await?
}

/// Checks that a copy is one, as far as can be told without a database to put it into. False where its structure could
/// not be looked at: an archive of PostgreSQL's, and no `pg_restore` here.
pub async fn check(engine: Engine, file: &Path, contents: &Contents) -> Result<bool, Error> {
    let (file, contents) = (file.to_owned(), contents.clone());
    blocking(move || match engine {
        Engine::Sqlite if sqlite::inspect(&file)? == contents => Ok(true),
        Engine::Sqlite => Err(Error::Backup {
            what: format!("{} does not hold what it did when it was written", file.display()),
            remedy: "use another backup".to_owned(),
        }),
        Engine::Postgres => postgres::check(&file),
    })
    .await?
}

/// The newest of a program of PostgreSQL's, where one is installed that is new enough. An older one may be new enough for
/// the server, and still not read what a newer one wrote.
fn find(name: &str, least: u32) -> Result<(PathBuf, u32), Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let newest = newest(folders.into_iter().map(|folder| folder.join(name)));
    let install = format!(
        "install PostgreSQL's client programs, version {least} or newer (Debian: postgresql-client-{least})"
    );
    let what = match newest {
        Some((program, found)) if found >= least => return Ok((program, found)),
        Some((_, found)) => format!("{name} is of version {found}, the server of version {least}"),
        None => format!(
            "{name} is not installed: it is in none of the folders of PATH, nor in /usr/lib/postgresql/*/bin"
        ),
    };
    Err(Error::Backup { what, remedy: install })
}

/// Of programs that are there the newest, with its version; of equal ones the first.
fn newest(programs: impl Iterator<Item = PathBuf>) -> Option<(PathBuf, u32)> {
    let found = programs.filter(|program| program.is_file());
    let found = found.filter_map(|program| major(&program).map(|major| (program, major)));
    found.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// 15 of `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major(program: &Path) -> Option<u32> {
    let output = std::process::Command::new(program).arg("--version").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_versions_the_newest_is_taken_in_whichever_order_they_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, version: &str| {
            let path = folder.path().join(name);
            // Written by a process of its own: a program that this process has open for writing cannot be run.
            let script = format!("printf '#!/bin/sh\\necho \"{version}\"\\n' > \"$1\" && chmod 755 \"$1\"");
            let made = std::process::Command::new("sh").args(["-c", &script, "sh"]).arg(&path).status();
            assert!(made.unwrap().success());
            path
        };
        let old = program("old", "pg_dump (PostgreSQL) 14.2");
        let new = program("new", "pg_dump (PostgreSQL) 17.0 (Debian 17.0-1)");
        let same = program("same", "pg_dump (PostgreSQL) 17.4");
        let odd = program("odd", "nothing that is a version");
        let nowhere = folder.path().join("nowhere");
        for order in [[&old, &new, &odd, &nowhere], [&nowhere, &odd, &new, &old]] {
            assert_eq!(newest(order.into_iter().cloned()), Some((new.clone(), 17)));
        }
        assert_eq!(newest([new.clone(), same].into_iter()), Some((new, 17)), "of equal ones the first");
        assert_eq!(newest([odd, nowhere].into_iter()), None);
    }
}
