//! SQLite: the embedded engine. WAL, `synchronous=FULL`, one writer thread, as many readers as are wanted.

mod look;
mod place;
mod readers;
mod session;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::{Error, SqlCause};

pub(crate) use look::{damage, settings};
pub(crate) use place::Place;
pub(crate) use readers::Readers;
pub(crate) use session::{Sqlite, look};
pub(crate) use writer::start;

/// How long a statement waits for another process (the command line, a backup) that is writing.
pub(crate) const BUSY: Duration = Duration::from_secs(15);

/// Statements kept prepared on each connection.
const PREPARED: usize = 512;

/// Opens a connection with the settings that every connection has.
fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| explain("open", "open", error))?;
    connection.busy_timeout(BUSY).map_err(|error| explain("open", "busy_timeout", error))?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // One plan a statement, whatever its parameters: this SQLite is built with STAT4, and would otherwise plan again
    // whenever a parameter changed that could matter.
    connection
        .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|error| explain("open", "query planner stability", error))?;
    Ok(connection)
}

/// Opens a connection that may write, and reads its settings back.
///
/// It keeps 16 MiB of pages: the inner pages of the trees that a cold click writes to, at a million groups.
pub(crate) fn open_writer(path: &Path, unsafe_durability: bool) -> Result<Connection, Error> {
    const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; \
        PRAGMA checkpoint_fullfsync = ON; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; \
        PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384;";
    let connection = open(path, OpenFlags::default())?;
    connection.execute_batch(SETTINGS).map_err(|error| explain("open", "settings", error))?;
    let setting = |name: &str| -> Result<String, Error> {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            })
            .map_err(|error| explain("open", "settings read back", error))
    };
    for (name, wanted, remedy) in [
        ("journal_mode", "wal", "put the data folder on a local file system that supports shared memory"),
        ("synchronous", "2", "use the SQLite this program was built with"),
        ("foreign_keys", "1", "use the SQLite this program was built with"),
    ] {
        let found = setting(name)?;
        if found != wanted && !unsafe_durability {
            return Err(Error::Durability {
                what: format!("PRAGMA {name} is {found}, not {wanted}"),
                remedy: remedy.to_owned(),
            });
        }
    }
    Ok(connection)
}

/// Opens a connection that only reads. It makes no file: an empty database in the place of one that was moved away would
/// answer that nothing was ever stored.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let connection = open(path, OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4096;")
        .map_err(|error| explain("open", "settings", error))?;
    Ok(connection)
}

/// Opens a connection that looks at a database in place, or at an empty one where there is none.
pub(crate) fn open_to_look(path: &Path) -> Result<Connection, Error> {
    let there = path.try_exists().map_err(|error| Error::file(path, error))?;
    let connection =
        if there { open_reader(path)? } else { open(Path::new(":memory:"), OpenFlags::default())? };
    Ok(connection)
}

/// SQLite's error in our words.
pub(crate) fn explain(unit: &'static str, statement: &'static str, error: rusqlite::Error) -> Error {
    let Some(code) = error.sqlite_error() else {
        return Error::Sql { unit, statement, cause: SqlCause::Other, source: Arc::new(error) };
    };
    match code.code {
        ErrorCode::DiskFull => return Error::DiskFull,
        ErrorCode::SystemIoFailure => match code.extended_code {
            ffi::SQLITE_IOERR_TRUNCATE | ffi::SQLITE_IOERR_SHMSIZE => return Error::DiskFull,
            // No room has a code of its own.
            ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC => {
                return Error::ReadOnly(format!(
                    "its file system refuses writes ({error}): read-only, a quota, a size limit, an immutable file or a failing disk"
                ));
            }
            _ => {}
        },
        ErrorCode::ReadOnly => return Error::ReadOnly(error.to_string()),
        ErrorCode::CannotOpen | ErrorCode::NotADatabase => return Error::Unavailable(error.to_string()),
        _ => {}
    }
    let cause = match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            SqlCause::Unique
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => SqlCause::ForeignKey,
        _ if code.code == ErrorCode::ConstraintViolation => SqlCause::Check,
        _ if matches!(code.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => SqlCause::Contention,
        _ => SqlCause::Other,
    };
    Error::Sql { unit, statement, cause, source: Arc::new(error) }
}
