//! The files of a database, and whether they are still where they were.
//!
//! An open file stays open when it is moved, deleted or unmounted, and goes on taking writes that nobody finds again after
//! the process has ended. So what was opened is compared with what is there.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::Error;

/// Device and number of a file.
type Identity = (u64, u64);

/// The database's file and its log, as they were when they were opened.
pub(crate) struct Place {
    path: PathBuf,
    file: Identity,
    log: PathBuf,
    /// None where there is no log: a journal mode that is not durable was accepted.
    logged: Option<Identity>,
}

impl Place {
    /// Of a database that this process has open.
    pub(crate) fn of(path: PathBuf) -> Result<Self, Error> {
        let file = identity(&path).map_err(|error| Error::file(&path, error))?;
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let log = PathBuf::from(log);
        let logged = identity(&log).ok();
        Ok(Self { path, file, log, logged })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of both files.
    pub(crate) fn size(&self) -> Result<u64, Error> {
        let length = |path: &Path| std::fs::metadata(path).map(|found| found.len());
        let file = length(&self.path).map_err(|error| Error::file(&self.path, error))?;
        // Without writers there is no log.
        Ok(file + length(&self.log).unwrap_or(0))
    }

    /// Whether both files are what was opened. Costs a microsecond.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let there = |path: &Path, opened: Identity| match identity(path) {
            Ok(found) if found == opened => Ok(()),
            Ok(_) => Err(self.gone(path, "is another file now")),
            Err(error) => Err(self.gone(path, &error.to_string())),
        };
        there(&self.path, self.file)?;
        self.logged.map_or(Ok(()), |logged| there(&self.log, logged))
    }

    fn gone(&self, path: &Path, what: &str) -> Error {
        Error::Unavailable(format!(
            "{} was moved, deleted or unmounted while in use ({what}): put back what was in {}, or restart on what is to be used",
            path.display(),
            self.path.parent().unwrap_or(&self.path).display()
        ))
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
