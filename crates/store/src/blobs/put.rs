//! Storing: a stream into a temporary file, and from there into its place.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, Write},
    mem,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Blobs, INCOMING, Stored, aside, failed, place};
use crate::Error;

/// How much is gathered before the disk is asked: each asking is a hand-over to another thread.
const CHUNK: usize = 256 << 10;

impl Blobs {
    /// Begins to take a file of at most so many bytes, which arrives by and by. What is dropped leaves nothing.
    pub async fn begin(&self, most: u64) -> Result<Upload, Error> {
        let path = self.incoming("upload");
        let opened = aside(move || {
            let mut options = OpenOptions::new();
            let opened = options.read(true).write(true).create_new(true).mode(0o600).open(&path);
            let file = opened.map_err(|error| failed(&path, error))?;
            Ok(Incoming { file, path, hash: Sha256::new() })
        });
        let incoming = Some(opened.await?);
        Ok(Upload { blobs: self.clone(), incoming, waiting: Vec::new(), bytes: 0, most })
    }

    /// Takes a file that is at hand.
    pub async fn stage(&self, content: Vec<u8>) -> Result<Staged, Error> {
        let mut upload = self.begin(u64::MAX).await?;
        upload.bytes = content.len() as u64;
        upload.waiting = content;
        upload.finish().await
    }

    /// Stores a file that is at hand.
    pub async fn put(&self, content: Vec<u8>) -> Result<Stored, Error> {
        self.stage(content).await?.keep().await
    }

    /// Removes what uploads left that were killed before `before_ms`, and ends what a removal left half done. How many
    /// files. For when a server starts.
    pub fn clear_incoming(&self, before_ms: i64) -> Result<u64, Error> {
        let folder = self.folder.join(INCOMING);
        let mut cleared = 0;
        for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
            let path = entry.map_err(|error| failed(&folder, error))?.path();
            if self.restore(&path) {
                continue;
            }
            // Another server of the folder may have been quicker.
            let Ok(metadata) = path.metadata() else { continue };
            let is_old = super::remove::modified_ms(&metadata).is_some_and(|at| at < before_ms);
            if is_old && fs::remove_file(&path).is_ok() {
                cleared += 1;
            }
        }
        Ok(cleared)
    }
}

/// A temporary file, removed when it is dropped.
#[derive(Debug)]
struct Incoming {
    file: File,
    path: PathBuf,
    hash: Sha256,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // One that was kept has another name by now.
        drop(fs::remove_file(&self.path));
    }
}

/// A file that arrives.
#[derive(Debug)]
pub struct Upload {
    blobs: Blobs,
    /// None while the disk is asked, and after it failed.
    incoming: Option<Incoming>,
    waiting: Vec<u8>,
    bytes: u64,
    most: u64,
}

impl Upload {
    /// Takes the next bytes of it.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NoRoom`], a file's. After an error there is nothing to go on with.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.bytes += chunk.len() as u64;
        if self.bytes > self.most {
            self.incoming = None;
            return Err(Error::TooLarge { most: self.most });
        }
        self.waiting.extend_from_slice(chunk);
        if self.waiting.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Error> {
        let Some(mut incoming) = self.incoming.take() else { return Err(Error::Closed) };
        let waiting = mem::take(&mut self.waiting);
        let (incoming, mut waiting) = aside(move || {
            incoming.hash.update(&waiting);
            incoming.file.write_all(&waiting).map_err(|error| failed(&incoming.path, error))?;
            Ok((incoming, waiting))
        })
        .await?;
        waiting.clear();
        self.incoming = Some(incoming);
        self.waiting = waiting;
        Ok(())
    }

    /// It has arrived. It is no blob yet.
    pub async fn finish(mut self) -> Result<Staged, Error> {
        self.flush().await?;
        let Some(mut incoming) = self.incoming.take() else { return Err(Error::Closed) };
        let sha256 = HEXLOWER.encode(&mem::take(&mut incoming.hash).finalize());
        Ok(Staged { blobs: self.blobs, incoming, stored: Stored { sha256, bytes: self.bytes } })
    }
}

/// A file that has arrived, to be looked at before it is kept. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Staged {
    blobs: Blobs,
    incoming: Incoming,
    stored: Stored,
}

impl Staged {
    /// Its length.
    pub fn bytes(&self) -> u64 {
        self.stored.bytes
    }

    /// What it will be called.
    pub fn sha256(&self) -> &str {
        &self.stored.sha256
    }

    /// So many of its first bytes, or all where it has no more; and itself again.
    pub async fn content(mut self, most: u64) -> Result<(Vec<u8>, Self), Error> {
        aside(move || {
            let bytes = self.stored.bytes.min(most);
            let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
            let file = &mut self.incoming.file;
            file.rewind()
                .and_then(|()| file.take(bytes).read_to_end(&mut content))
                .map_err(|error| failed(&self.incoming.path, error))?;
            Ok((content, self))
        })
        .await
    }

    /// Makes it a blob: on disk when this returns.
    pub async fn keep(self) -> Result<Stored, Error> {
        aside(move || {
            let Self { blobs, incoming, stored } = self;
            // A digest is a name.
            let path = blobs.path(&stored.sha256).ok_or(Error::Closed)?;
            // Also where the content is there already: the one that is there may be about to be removed.
            place(&incoming.file, &incoming.path, &path)?;
            Ok(stored)
        })
        .await
    }
}
