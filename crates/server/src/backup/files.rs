//! Files of a backup: private, synced, hashed while they pass.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Error, FileFact, Progress};

/// SHA-256 in hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Makes a folder that only we enter; it must not be there.
pub(super) fn make_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes a file that only we read; it must not be there.
pub(super) fn make(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path).map_err(Error::file(path))
}

/// Writes a whole file, synced.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = make(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::file(path))
}

/// Makes a folder's entries durable.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file(folder))
}

/// Counts bytes for who watches.
pub(super) struct Passing<'p> {
    progress: &'p dyn Progress,
    done: u64,
}

impl<'p> Passing<'p> {
    pub(super) fn new(progress: &'p dyn Progress) -> Self {
        Self { progress, done: 0 }
    }

    /// Reads a file to its end, hands its bytes to `each`, and says what it was.
    fn through(
        &mut self,
        from: &Path,
        mut each: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<FileFact, Error> {
        let mut file = File::open(from).map_err(Error::file(from))?;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let mut chunk = vec![0; 256 * 1024];
        loop {
            let count = match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::file(from)(error)),
            };
            hash.update(&chunk[..count]);
            each(&chunk[..count])?;
            bytes += count as u64;
            self.done += count as u64;
            self.progress.at(self.done);
        }
        Ok(FileFact { bytes, sha256: HEXLOWER.encode(&hash.finalize()) })
    }

    /// What a file is.
    pub(super) fn hash(&mut self, file: &Path) -> Result<FileFact, Error> {
        self.through(file, |_| Ok(()))
    }

    /// Copies a file into a new one, synced, with the folders above it that are missing.
    pub(super) fn copy(&mut self, from: &Path, to: &Path, root: &Path) -> Result<FileFact, Error> {
        let missing: Vec<&Path> =
            to.ancestors().skip(1).take_while(|folder| *folder != root && !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            make_folder(folder).map_err(Error::file(folder))?;
        }
        let mut file = make(to)?;
        let fact = self.through(from, |chunk| file.write_all(chunk).map_err(Error::file(to)))?;
        file.sync_all().map_err(Error::file(to))?;
        Ok(fact)
    }
}

/// Every file below a folder, by its path from there; none if the folder is not there. What is neither file nor folder
/// is told, not followed: a link may lead anywhere.
pub(super) fn below(root: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    below_but(root, None)
}

/// The same, without the folder of that name in `root`: what is in it comes and goes while one looks.
pub(super) fn below_but(root: &Path, but: Option<&str>) -> Result<Vec<(String, PathBuf)>, Error> {
    let but = but.map(|name| root.join(name));
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound && folder == root => break,
            entries => entries.map_err(Error::file(&folder))?,
        };
        for entry in entries {
            let path = entry.map_err(Error::file(&folder))?.path();
            if but.as_ref() == Some(&path) {
                continue;
            }
            let kind = path.symlink_metadata().map_err(Error::file(&path))?.file_type();
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).ok().and_then(Path::to_str);
            match name {
                Some(name) if kind.is_file() => found.push((name.to_owned(), path)),
                _ => {
                    return Err(Error::Refused(format!(
                        "{}: not a plain file with a name in UTF-8",
                        path.display()
                    )));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Syncs a folder and all below it.
pub(super) fn sync_all(root: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(root).map_err(Error::file(root))? {
        let path = entry.map_err(Error::file(root))?.path();
        if path.is_dir() {
            sync_all(&path)?;
        }
    }
    sync(root)
}

/// Gives what root has just made to the owner of `like`; see [`store::give_to_owner`].
pub(super) fn give(made: &Path, like: &Path) -> Result<(), Error> {
    let like = fs::metadata(like).map_err(Error::file(like))?;
    File::open(made).and_then(|file| store::give_to_owner(&file, &like)).map_err(Error::file(made))
}

/// The same for a folder and all below it.
pub(super) fn give_all(root: &Path, like: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(root).map_err(Error::file(root))? {
        let path = entry.map_err(Error::file(root))?.path();
        if path.is_dir() { give_all(&path, like)? } else { give(&path, like)? }
    }
    give(root, like)
}
