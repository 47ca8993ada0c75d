//! The mark of a data folder: which folder it is, and that one process works on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use data_encoding::HEXLOWER;

use crate::Error;

/// A data folder held by this process until this value is dropped or the process dies.
#[derive(Debug)]
pub struct Folder {
    id: String,
    /// The operating system frees the lock when the process dies, however it dies.
    _lock: File,
}

impl Folder {
    /// Takes the folder (which must exist), making its mark at the first time.
    pub fn take(directory: &Path) -> Result<Self, Error> {
        let path = directory.join("instance.lock");
        let failed = |error| Error::file(&path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::FolderInUse(directory.display().to_string()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut id = String::new();
        file.read_to_string(&mut id).map_err(failed)?;
        if id.trim().len() != 32 {
            id = random_name();
            file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
            file.write_all(id.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Ok(Self { id: id.trim().to_owned(), _lock: file })
    }

    /// The folder's random name, the same at every start.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// 128 random bits as text: names of folders and of processes.
pub(crate) fn random_name() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    HEXLOWER.encode(&bytes)
}
