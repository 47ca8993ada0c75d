//! Files that rows name by their content: a blob's name is the SHA-256 of what is in it.
//!
//! ```text
//! FOLDER/                    0700
//!   ab/cd/abcd…              a blob, 0600, named by 64 hexadecimal digits
//!   .incoming/               what is being written, and what is being removed; of no use to a backup
//! ```
//!
//! The folder may be shared by several servers: nothing in it belongs to one of them, and no step needs another's leave.
//!
//! Invariant: what has a blob's name is whole and on disk, folder entry included; a row that names it is written afterwards.
//! Invariant: a blob is removed only after it was moved aside, was found to be old, and then to be named by no row. Whoever
//! stores the same content meanwhile puts a new file into its place.

mod put;
mod remove;

use std::{
    fs::{self, DirBuilder},
    io::{self, ErrorKind, SeekFrom},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, Take},
};

pub use put::{Staged, Upload};
pub use remove::{Aside, SetAside};

use crate::Error;

/// The folder of what is no blob yet, or no more.
pub const INCOMING: &str = ".incoming";

/// A folder of blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: Arc<PathBuf>,
}

/// A blob that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name: SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

/// A blob that is being read. One that is removed meanwhile can be read to its end all the same.
#[derive(Debug)]
pub struct Blob {
    file: File,
    bytes: u64,
}

impl Blobs {
    /// Takes a folder, making it where it is not there.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let incoming = folder.join(INCOMING);
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&incoming).map_err(|error| failed(&incoming, error))?;
        Ok(Self { folder: Arc::new(folder.to_owned()) })
    }

    /// The folder of blobs as it is, making nothing: for who only reads.
    pub fn at(folder: &Path) -> Self {
        Self { folder: Arc::new(folder.to_owned()) }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens a blob for reading; none if there is none of that name.
    pub async fn read(&self, sha256: &str) -> Result<Option<Blob>, Error> {
        let Some(path) = self.path(sha256) else { return Ok(None) };
        let opened = match File::open(&path).await {
            Ok(file) => file.metadata().await.map(|metadata| Blob { file, bytes: metadata.len() }),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        };
        opened.map(Some).map_err(|error| failed(&path, error))
    }

    /// Whether there is a blob of that name.
    pub fn has(&self, sha256: &str) -> bool {
        self.path(sha256).is_some_and(|path| path.is_file())
    }

    /// Where a blob is, by its name; none if that is no blob's name.
    fn path(&self, sha256: &str) -> Option<PathBuf> {
        let is_name =
            sha256.len() == 64 && sha256.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'a'..=b'f'));
        is_name.then(|| self.folder.join(&sha256[..2]).join(&sha256[2..4]).join(sha256))
    }

    /// A name of its own for what is no blob yet.
    fn incoming(&self, what: &str) -> PathBuf {
        self.folder.join(INCOMING).join(format!("{what}.{}", crate::folder::random_name()))
    }
}

impl Blob {
    /// Its length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its first bytes, at most so many.
    pub async fn begin(&mut self, most: u64) -> Result<Vec<u8>, Error> {
        let mut begin = Vec::new();
        let at = Path::new("a blob");
        self.file.rewind().await.map_err(|error| failed(at, error))?;
        (&mut self.file).take(most).read_to_end(&mut begin).await.map_err(|error| failed(at, error))?;
        Ok(begin)
    }

    /// So many bytes of it, from there on.
    pub async fn part(mut self, first: u64, bytes: u64) -> Result<Take<File>, Error> {
        let sought = self.file.seek(SeekFrom::Start(first)).await;
        sought.map_err(|error| failed(Path::new("a blob"), error))?;
        Ok(self.file.take(bytes))
    }
}

/// Puts a whole file into its place: synced, then named, then the folders' entries synced.
fn place(file: &fs::File, from: &Path, to: &Path) -> Result<(), Error> {
    file.sync_all().map_err(|error| failed(from, error))?;
    let mut changed = Vec::new();
    // The deepest first: what is there already needs no entry in the one above it.
    for folder in to.ancestors().skip(1).take(3) {
        changed.push(folder);
        if folder.is_dir() {
            break;
        }
    }
    if let Some(folder) = to.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder).map_err(|error| failed(folder, error))?;
    }
    fs::rename(from, to).map_err(|error| failed(to, error))?;
    for folder in changed {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, error))?;
    }
    Ok(())
}

/// What a file's failure is: no room is told apart, for it has another remedy.
fn failed(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::NoRoom(path.display().to_string()),
        _ => Error::file(path, error),
    }
}

/// Does what waits for the disk beside the runtime.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Error::Panicked { unit: "blobs", message: error.to_string() }),
    }
}

#[cfg(test)]
mod tests;
