//! Removing what no row names any more, while others may be storing the same content.

use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::{Blobs, aside, failed};
use crate::Error;

/// What a blob set aside is called, before its own name.
const ASIDE: &str = "aside-";

/// What came of setting a blob aside.
#[derive(Debug)]
pub enum SetAside {
    /// It was old, and nobody finds it now: look whether a row names it.
    Aside(Aside),
    /// It was stored too lately: the row that is to name it may not be written yet.
    Fresh,
    /// There is none.
    Absent,
}

/// A blob that is out of its place. Dropped, it goes back.
#[derive(Debug)]
pub struct Aside {
    now: PathBuf,
    place: PathBuf,
}

impl Blobs {
    /// Takes a blob out of its place if it was stored before `before_ms`.
    pub async fn set_aside(&self, sha256: &str, before_ms: i64) -> Result<SetAside, Error> {
        let Some(place) = self.path(sha256) else { return Ok(SetAside::Absent) };
        let now = self.incoming(&format!("{ASIDE}{sha256}"));
        aside(move || {
            match fs::rename(&place, &now) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(SetAside::Absent),
                Err(error) => return Err(failed(&place, error)),
            }
            let moved = Aside { now, place };
            // Only now: nobody can put another into the place of what we look at.
            let metadata = moved.now.metadata().map_err(|error| failed(&moved.now, error))?;
            let is_old = modified_ms(&metadata).is_some_and(|at| at < before_ms);
            Ok(if is_old { SetAside::Aside(moved) } else { SetAside::Fresh })
        })
        .await
    }

    /// Puts back what a process that died had set aside; false if the file is none of that.
    pub(super) fn restore(&self, found: &Path) -> bool {
        let name = found.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(ASIDE));
        let Some(place) = name.and_then(|name| name.split('.').next()).and_then(|name| self.path(name))
        else {
            return false;
        };
        drop(Aside { now: found.to_owned(), place });
        true
    }
}

impl Aside {
    /// Removes it for good.
    pub async fn remove(self) -> Result<(), Error> {
        aside(move || match fs::remove_file(&self.now) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&self.now, error)),
            _ => Ok(()),
        })
        .await
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Not over one that was stored meanwhile; what cannot go back now goes back at the next start.
        if fs::hard_link(&self.now, &self.place).is_ok() || self.place.exists() {
            drop(fs::remove_file(&self.now));
        }
    }
}

/// When a file was last written, milliseconds since 1970.
pub(super) fn modified_ms(metadata: &Metadata) -> Option<i64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}
