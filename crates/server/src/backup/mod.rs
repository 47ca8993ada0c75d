//! Backups: a folder with a copy of the database, the files beside it, and a manifest of checksums. Never the master key.
//!
//! ```text
//! NAME/                      0700, its files 0600: there are sealed secrets and people's data in it
//!   manifest.json            what is in it, with the SHA-256 of every file
//!   manifest.sha256          that of the manifest
//!   database.sqlite          or database.pgdump
//!   blobs/…                  as in the data folder
//! ```
//!
//! A folder and not one archive: it is written, checked and copied by parts, `sha256sum` reads it, and any tool packs it.

mod files;
mod manifest;
mod restore;
mod save;
mod verify;

use std::path::{Path, PathBuf};

pub use manifest::{FileFact, MANIFEST, Manifest};
pub use restore::{Restore, Restored};
pub use save::save;
pub use verify::{Verified, verify};

/// Files that belong to the data and lie beside the database.
pub use crate::config::BLOBS;

/// Who watches. Called from one thread after another.
pub trait Progress: Send + Sync {
    /// Something begins, of about so many bytes; 0 = nobody knows.
    fn begin(&self, what: &str, bytes: u64);
    /// So many of them are done.
    fn at(&self, bytes: u64);
}

/// Nobody watches.
#[derive(Debug)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _: &str, _: u64) {}
    fn at(&self, _: u64) {}
}

/// Why a backup is not taken, not trusted or not put back. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is taken.
    #[error("{0} is there already; choose another name, or remove it")]
    Taken(PathBuf),
    /// An earlier backup did not end, or is still being written.
    #[error(
        "{0} is there: a backup of that name is being written, or was broken off; if none is running, remove it"
    )]
    Partial(PathBuf),
    /// Not a backup.
    #[error("{path} is not a backup: {why}")]
    NoBackup {
        /// What was named.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The backup is damaged.
    #[error("the backup is damaged: {0}; use another one")]
    Damaged(String),
    /// The backup cannot be put there, or by this program.
    #[error("{0}")]
    Refused(String),
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
