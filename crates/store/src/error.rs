//! The one error type of this crate.

use std::sync::Arc;

/// Why the engine refused a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlCause {
    /// A unique or primary key already holds that value.
    Unique,
    /// A reference points at a row that is not there (or is still pointed at).
    ForeignKey,
    /// A `NOT NULL` or `CHECK` refused the value.
    Check,
    /// Deadlock, serialization failure, lock timeout: the unit is run again, this is seen only
    /// when its attempts are spent.
    Contention,
    /// The statement ran longer than the statement timeout.
    Timeout,
    /// Anything else: a mistake in the SQL text, a wrong type.
    Other,
}

/// What went wrong, and what to do about it. Cheap to clone: a failed COMMIT gives the same error to
/// every unit of its batch.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bounded queue of writes is full; nothing was done. Said at once, without waiting.
    #[error("the write queue is full ({capacity} units); ask again shortly, or raise the queue capacity")]
    Busy {
        /// How many units may wait.
        capacity: usize,
    },
    /// No room on the database's disk; the unit was rolled back. Reads go on.
    #[error("the database's disk is full: free some space on its volume; nothing of this unit was kept")]
    DiskFull,
    /// No room where files are kept; nothing of this one was kept. Reads go on.
    #[error(
        "there is no room for files on the disk of {0}: free some space there; nothing of this file was kept"
    )]
    NoRoom(String),
    /// A file is larger than it may be; nothing of it was kept.
    #[error("the file is larger than {most} bytes; nothing of it was kept")]
    TooLarge {
        /// How many bytes it may have.
        most: u64,
    },
    /// The database refuses writes.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// The database cannot be reached, or was lost before anything was committed.
    #[error("the database cannot be reached: {0}; check its address and that it runs")]
    Unavailable(String),
    /// The connection was lost while COMMIT was under way and every further attempt failed too: the
    /// unit may or may not have happened. Units are idempotent, so the caller may simply ask again.
    #[error("the connection was lost during COMMIT of `{unit}`: it may or may not have happened; ask again")]
    UnknownCommit {
        /// The unit's name.
        unit: &'static str,
    },
    /// A setting that durability depends on is not as it must be.
    #[error(
        "commits would not be durable: {what}; {remedy}, or accept the loss of answered work with --unsafe-durability"
    )]
    Durability {
        /// The setting and its value.
        what: String,
        /// What to change.
        remedy: String,
    },
    /// The database was written by a newer program.
    #[error(
        "the database's `{namespace}` schema is at version {found}, this program knows {known}: it was upgraded by a newer release; run that release, or restore the backup taken before the upgrade"
    )]
    NewerSchema {
        /// Whose migrations.
        namespace: &'static str,
        /// Version in the database.
        found: u32,
        /// Newest version this program has.
        known: u32,
    },
    /// A migration cannot be applied, or an applied one was edited afterwards.
    #[error("migration {namespace}/{version}: {what}")]
    Migration {
        /// Whose migrations.
        namespace: &'static str,
        /// Which one.
        version: u32,
        /// What is wrong and what to do.
        what: String,
    },
    /// The master key is missing, unreadable, or not this database's.
    #[error("master key: {what}; {remedy}")]
    Key {
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A sealed value does not open: other key, other place, or changed bytes.
    #[error("a sealed value cannot be opened: {0}")]
    Sealed(&'static str),
    /// A sealed value was sealed with a key that this process does not hold (yet).
    #[error("a sealed value cannot be opened: it was sealed with another key")]
    UnknownKey,
    /// The engine refused a statement.
    #[error("{statement}: {source} (in `{unit}`)")]
    Sql {
        /// Name of the unit of work or read.
        unit: &'static str,
        /// The SQL text, or what was being done (`COMMIT`).
        statement: &'static str,
        /// Why, in a form that can be matched.
        cause: SqlCause,
        /// The engine's own words.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A column is not what the record says.
    #[error("column `{column}` of {statement}: {what}")]
    Column {
        /// The record's field.
        column: &'static str,
        /// The SQL text.
        statement: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A unit of work panicked; it was rolled back.
    #[error("unit `{unit}` panicked: {message}; it was rolled back")]
    Panicked {
        /// The unit's name.
        unit: &'static str,
        /// The panic's message.
        message: String,
    },
    /// Another live process works on the same data folder.
    #[error(
        "the data folder {0} is in use by another process; stop it first, or give this one its own --data"
    )]
    FolderInUse(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The address of the database cannot be understood.
    #[error("database address: {0}")]
    Address(String),
    /// A text that is no place in the feed.
    #[error("`{0}` is no place in the feed; hand back a cursor as it was given")]
    Cursor(String),
    /// A backup cannot be taken, read or put back.
    #[error("{what}; {remedy}")]
    Backup {
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A file of the store (database folder, key, instance mark).
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// The system's words.
        source: Arc<std::io::Error>,
    },
}

impl Error {
    /// True where the same request may succeed a moment later: full queue, lost or absent database,
    /// contention, timeout, unknown commit.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::Unavailable(_)
                | Self::UnknownCommit { .. }
                | Self::Sql { cause: SqlCause::Contention | SqlCause::Timeout, .. }
        )
    }

    /// True where a unique key was in the way.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql { cause: SqlCause::Unique, .. })
    }

    /// True where the operator must act before writes can succeed (disk full, read-only).
    pub fn is_storage(&self) -> bool {
        matches!(self, Self::DiskFull | Self::ReadOnly(_) | Self::NoRoom(_))
    }

    /// True where nothing was committed and running the unit again is the right thing.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Sql { cause: SqlCause::Contention, .. })
    }

    pub(crate) fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), source: Arc::new(source) }
    }
}
