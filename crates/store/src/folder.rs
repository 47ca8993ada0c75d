//! The mark of a data folder: which folder it is, and that one process works on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use data_encoding::HEXLOWER;

use crate::Error;

/// The file that is locked while a server works on the folder.
const MARK: &str = "instance.lock";

/// How often, and after which pause, the lock is tried again: `laqun doctor` may be looking at it.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Who works on a data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    Nobody,
    /// This process.
    Process(u32),
    /// A process whose number cannot be seen from here: of another container, most likely.
    Somebody,
}

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
        let path = directory.join(MARK);
        let failed = |error| Error::file(&path, error);
        let is_new = !path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        if is_new {
            std::fs::metadata(directory).and_then(|like| give_to_owner(&file, &like)).map_err(failed)?;
        }
        let mut tries = 0;
        while let Err(error) = file.try_lock() {
            tries += 1;
            match error {
                TryLockError::WouldBlock if tries < TRIES => sleep(PAUSE),
                TryLockError::WouldBlock => return Err(Error::FolderInUse(directory.display().to_string())),
                TryLockError::Error(error) => return Err(failed(error)),
            }
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

    /// Who works on the folder now. Takes nothing and makes nothing.
    pub fn holder(directory: &Path) -> Result<Holder, Error> {
        let path = directory.join(MARK);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Holder::Nobody),
            Err(error) => return Err(Error::file(&path, error)),
        };
        let metadata = file.metadata().map_err(|error| Error::file(&path, error))?;
        if let Some(process) = locked_by(metadata.dev(), metadata.ino()) {
            return Ok(Holder::Process(process));
        }
        match file.try_lock_shared() {
            Ok(()) => Ok(Holder::Nobody),
            Err(TryLockError::WouldBlock) => Ok(Holder::Somebody),
            Err(TryLockError::Error(error)) => Err(Error::file(&path, error)),
        }
    }

    /// The folder's random name, the same at every start.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Gives a file or folder that root has just made to the owner of `like`. What a command run as root leaves in a data folder
/// belongs to who serves from there, or the next start is refused its own files. Does nothing for other users.
pub fn give_to_owner(made: &File, like: &std::fs::Metadata) -> std::io::Result<()> {
    let mine = made.metadata()?;
    if mine.uid() == 0 && (mine.uid(), mine.gid()) != (like.uid(), like.gid()) {
        std::os::unix::fs::fchown(made, Some(like.uid()), Some(like.gid()))?;
    }
    Ok(())
}

/// The process that the system's list of locks names for a file.
fn locked_by(device: u64, number: u64) -> Option<u32> {
    // As Linux puts a device number together.
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00));
    let file = format!("{major:02x}:{minor:02x}:{number}");
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let line = locks.lines().find(|line| {
        let mut words = line.split_whitespace();
        words.nth(1) == Some("FLOCK") && words.any(|word| word == file)
    })?;
    line.split_whitespace().nth(4)?.parse().ok()
}

/// 128 random bits as text: names of folders and of processes.
pub(crate) fn random_name() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    HEXLOWER.encode(&bytes)
}
