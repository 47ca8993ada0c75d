//! Key files: 64 hexadecimal digits a line. One line, or two while the key is being replaced: the new key first.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::KEY_FILE;
use super::single::Key;
use crate::Error;

/// More lines than this are a mistake.
const MOST: usize = 2;

pub(super) fn wrong(path: &Path, what: &str, remedy: &str) -> Error {
    Error::Key { what: format!("{}: {what}", path.display()), remedy: remedy.to_owned() }
}

/// The keys of a file, in its order.
pub(super) fn read(path: &Path) -> Result<Vec<Key>, Error> {
    let text =
        Zeroizing::new(fs::read(path).map_err(|error| {
            wrong(path, &error.to_string(), "give the file that belongs to this database")
        })?);
    warn_if_shared(path)?;
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let keys: Option<Vec<Key>> = lines.take(MOST + 1).map(Key::from_text).collect();
    match keys {
        Some(keys) if (1..=MOST).contains(&keys.len()) => Ok(keys),
        _ => Err(wrong(
            path,
            "not a key",
            "it must hold 64 hexadecimal digits (two such lines while the key is being replaced); `openssl rand -hex 32` makes \
             a new one",
        )),
    }
}

/// Writes the key file of a data folder anew, beside its name and then over it: a crash leaves the old one or the new one.
pub(super) fn replace(directory: &Path, keys: &[&Key]) -> Result<(), Error> {
    let path = directory.join(KEY_FILE);
    let done = draft(directory, keys).and_then(|draft| fs::rename(draft, &path));
    done.and_then(|()| fs::File::open(directory)?.sync_all()).map_err(|error| Error::file(&path, error))?;
    // Read back: what is about to be sealed depends on it.
    let kept: Vec<String> = read(&path)?.iter().map(Key::id).collect();
    let wanted: Vec<String> = keys.iter().map(|key| key.id()).collect();
    if kept == wanted {
        Ok(())
    } else {
        Err(wrong(&path, "not what was just written to it", "look who else writes there"))
    }
}

/// Makes the first key of a data folder; of two processes one wins.
pub(super) fn create(directory: &Path) -> Result<(), Error> {
    let path = directory.join(KEY_FILE);
    let linked = draft(directory, &[&Key::random()]).and_then(|draft| match fs::hard_link(&draft, &path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::remove_file(&draft),
    });
    linked.and_then(|()| fs::File::open(directory)?.sync_all()).map_err(|error| Error::file(&path, error))
}

/// A synced file of mode 0600 beside the key's, and of the same owner.
fn draft(directory: &Path, keys: &[&Key]) -> std::io::Result<std::path::PathBuf> {
    let mut text = Zeroizing::new(String::with_capacity(65 * keys.len()));
    for key in keys {
        text.push_str(&key.to_text());
        text.push('\n');
    }
    let draft = directory.join(format!("{KEY_FILE}.{}", crate::folder::random_name()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    // Before the key is in it, and before it has its name.
    let like = fs::metadata(directory.join(KEY_FILE)).or_else(|_| fs::metadata(directory))?;
    crate::folder::give_to_owner(&file, &like)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

/// A key that others can read is no secret. A warning, not a refusal: secrets mounted into containers often have mode
/// 0644 inside a folder that nobody else can enter.
fn warn_if_shared(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let metadata = fs::metadata(path).map_err(|error| Error::file(path, error))?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            tracing::warn!(file = %path.display(), mode = format!("{mode:o}"), "others can read the master key; chmod 600 it");
        }
    }
    Ok(())
}
