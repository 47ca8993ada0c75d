//! What a look at a SQLite database tells; see [`Inspection`](crate::Inspection).

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::explain;
use crate::inspect::{Harm, Setting};
use crate::{Error, SqlCause};

/// The most lines of damage that are told.
const LINES: usize = 20;

pub(crate) fn settings(connection: &Connection) -> Result<Vec<Setting>, Error> {
    // As the server's writing connection sets them; the journal mode is the file's own and only read.
    const OURS: &str = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
    connection.execute_batch(OURS).map_err(|error| explain("inspect", "settings", error))?;
    let read = |name: &'static str| -> Result<String, Error> {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            })
            .map_err(|error| explain("inspect", "settings read back", error))
    };
    let wanted: &[(&'static str, &str, Harm, &'static str)] = &[
        (
            "journal_mode",
            "wal",
            Harm::Weakens,
            "the next `laqun serve` sets it; if it cannot, put the data folder on a local file system with shared memory",
        ),
        ("synchronous", "2", Harm::Stops, "use the SQLite that this program was built with"),
        ("foreign_keys", "1", Harm::Stops, "use the SQLite that this program was built with"),
        (
            "encoding",
            "UTF-8",
            Harm::Stops,
            "copy the data into a new database with `laqun backup` and `laqun restore`",
        ),
    ];
    let mut found = Vec::new();
    for (name, right, harm, remedy) in wanted {
        let value = read(name)?;
        let wrong = (value != *right).then_some((*harm, *remedy));
        found.push(Setting { name, value, wrong });
    }
    let locked = connection.is_readonly("main").map_err(|error| explain("inspect", "read-only", error))?;
    found.push(Setting {
        name: "writable",
        value: if locked { "no" } else { "yes" }.to_owned(),
        wrong: locked.then_some((
            Harm::Stops,
            "run as the user that owns the database's file, or give that user the right to write it (chmod u+w)",
        )),
    });
    Ok(found)
}

/// What SQLite's own check finds; none when it took longer than `most`.
pub(crate) fn damage(
    connection: &Connection,
    deep: bool,
    most: Duration,
) -> Result<Option<Vec<String>>, Error> {
    let checks: &[&'static str] =
        if deep { &["PRAGMA integrity_check", "PRAGMA foreign_key_check"] } else { &["PRAGMA quick_check"] };
    let handle = connection.get_interrupt_handle();
    let (done, waiting) = channel::<()>();
    let watch = std::thread::spawn(move || {
        if waiting.recv_timeout(most) == Err(RecvTimeoutError::Timeout) {
            handle.interrupt();
        }
    });
    let mut found = Vec::new();
    let mut failed = None;
    for check in checks {
        match lines(connection, check) {
            Ok(lines) => found.extend(lines),
            Err(error) => failed = Some(error),
        }
    }
    drop(done);
    // It ends with the channel.
    drop(watch.join());
    match failed.map(|error| (error.sqlite_error_code(), error)) {
        Some((Some(ErrorCode::OperationInterrupted), _)) => return Ok(None),
        Some((Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), error)) => {
            found.push(error.to_string());
        }
        Some((_, error)) => match explain("inspect", "integrity", error) {
            Error::Sql { cause: SqlCause::Other, source, .. } => found.push(source.to_string()),
            other => return Err(other),
        },
        None => {}
    }
    found.retain(|line| line != "ok");
    found.truncate(LINES);
    Ok(Some(found))
}

fn lines(connection: &Connection, check: &'static str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(check)?;
    let mut rows = statement.query(())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let first: rusqlite::types::Value = row.get(0)?;
        found.push(match first {
            // foreign_key_check: table, row, referred table.
            rusqlite::types::Value::Text(text) if check.ends_with("foreign_key_check") => {
                format!("a row of {text} refers to a missing row of {}", row.get::<_, String>(2)?)
            }
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        });
    }
    Ok(found)
}
