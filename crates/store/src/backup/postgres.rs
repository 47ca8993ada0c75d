//! A copy of a PostgreSQL database, by PostgreSQL's own programs.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Contents, find};
use crate::Error;
use crate::postgres::Visit;

/// The major version since which `pg_dump` shares a snapshot and `store_feed` can be made.
const OLDEST: u32 = 14;

pub(super) fn snapshot(address: &str, to: &Path) -> Result<Contents, Error> {
    let mut visit = Visit::begin(address)?;
    let (pg_dump, version) = find("pg_dump", visit.version()?.max(OLDEST))?;
    // Held until the copy is made: counts and copy are of the same moment.
    let snapshot = visit.export_snapshot()?;
    let contents = visit.contents()?;
    if contents.schema.is_empty() {
        return Err(Error::Backup {
            what: "there is nothing of laqun's in this database".to_owned(),
            remedy: "check --database-url, and that its user finds the tables (search_path)".to_owned(),
        });
    }
    let mut command = Command::new(pg_dump);
    command.args(["--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--no-password"]);
    command.arg(format!("--snapshot={snapshot}")).arg("--file").arg(to);
    run(visit.environment(&mut command, version), "pg_dump")?;
    visit.end();
    File::open(to).and_then(|file| file.sync_all()).map_err(|error| Error::file(to, error))?;
    Ok(contents)
}

pub(super) fn is_empty(address: &str) -> Result<bool, Error> {
    Visit::begin(address)?.is_empty()
}

/// Whether `pg_restore` can read it to its end. False without `pg_restore`: there is nobody to ask.
pub(super) fn check(file: &Path) -> Result<bool, Error> {
    let Ok((pg_restore, _)) = find("pg_restore", OLDEST) else { return Ok(false) };
    let mut command = Command::new(pg_restore);
    run(command.args(["--file", "/dev/null"]).arg(file), "pg_restore").map(|()| true)
}

/// `pg_restore` turns the archive into SQL, `psql` runs it in one transaction, with our checks behind it.
pub(super) fn load(address: &str, from: &Path, contents: &Contents) -> Result<(), Error> {
    let mut visit = Visit::begin(address)?;
    let (pg_restore, _) = find("pg_restore", OLDEST)?;
    let (psql, version) = find("psql", OLDEST)?;
    let mut read = Command::new(pg_restore);
    read.args(["--no-owner", "--no-privileges", "--file", "-"]).arg(from);
    let mut read = read
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| tool("pg_restore", &error.to_string()))?;
    let mut run = Command::new(psql);
    run.args(["--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set", "ON_ERROR_STOP=1"]);
    run.args(["--file", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut run =
        visit.environment(&mut run, version).spawn().map_err(|error| tool("psql", &error.to_string()))?;
    let (mut script, mut into) = (read.stdout.take(), run.stdin.take());
    let copied = match (&mut script, &mut into) {
        (Some(script), Some(into)) => std::io::copy(script, into),
        _ => Ok(0),
    };
    // Ended early by psql: its own words say more.
    drop(script);
    let read = read.wait_with_output().map_err(|error| tool("pg_restore", &error.to_string()))?;
    let whole = read.status.success() && copied.is_ok();
    if whole {
        let written = into.as_mut().map_or(Ok(()), |into| into.write_all(proof(contents).as_bytes()));
        drop((written, into));
    } else {
        // Invariant: psql must not see an end of its input that it could take for the end of the script, and commit.
        drop(run.kill());
    }
    let ran = run.wait_with_output().map_err(|error| tool("psql", &error.to_string()))?;
    if copied.is_ok() && !read.status.success() {
        return Err(tool("pg_restore", &said(&read.stderr)));
    }
    if !ran.status.success() {
        return Err(tool("psql", &said(&ran.stderr)));
    }
    visit.analyze();
    Ok(())
}

/// What is run behind the copy, in its transaction: events are of no transaction of this server, and every row is there.
fn proof(contents: &Contents) -> String {
    let expected: Vec<String> = contents
        .tables
        .iter()
        .map(|(table, rows)| format!("('{}', {rows})", table.replace('\'', "''")))
        .collect();
    format!(
        "\nDO $proof$
DECLARE one record; found bigint;
BEGIN
  FOR one IN SELECT n.nspname AS place, e.name, e.rows, c.oid IS NULL AS missing
      FROM (VALUES {}) AS e (name, rows)
      LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
        ON c.relname = e.name AND c.relkind = 'r'
  LOOP
    IF one.missing THEN RAISE EXCEPTION 'the table % did not come', one.name; END IF;
    IF one.name = 'store_feed' THEN EXECUTE format('UPDATE %I.store_feed SET xid = ''0''', one.place); END IF;
    EXECUTE format('SELECT COUNT(*) FROM %I.%I', one.place, one.name) INTO found;
    IF found <> one.rows THEN
      RAISE EXCEPTION 'of % rows of the table % came %', one.rows, one.name, found;
    END IF;
  END LOOP;
END $proof$;\n",
        expected.join(", ")
    )
}

fn run(command: &mut Command, name: &str) -> Result<(), Error> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| tool(name, &error.to_string()))?;
    if output.status.success() { Ok(()) } else { Err(tool(name, &said(&output.stderr))) }
}

fn tool(name: &str, said: &str) -> Error {
    if said.contains("No space left on device") {
        return Error::DiskFull;
    }
    Error::Backup {
        what: format!("{name} failed: {said}"),
        remedy: "nothing was changed; cure that and do it again".to_owned(),
    }
}

/// The end of what a program said; the beginning may be long.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        "it was ended".to_owned()
    } else {
        lines[lines.len().saturating_sub(3)..].join("; ")
    }
}
