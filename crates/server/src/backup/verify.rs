//! Checking a backup without putting it anywhere.

use std::path::{Component, Path};

use super::{
    Error, MANIFEST, Manifest, Progress,
    files::{self, Passing},
    manifest::{CHECKSUM, database},
};

/// What was looked at.
#[derive(Debug)]
pub struct Verified {
    /// The backup.
    pub manifest: Manifest,
    /// Whether the copy of the database was read as one, beside its checksum. Not so where an archive of PostgreSQL's meets
    /// a machine without `pg_restore`.
    pub structure: bool,
}

/// Reads all of a backup: every file is there and as the manifest says, nothing else is there, and the copy of the
/// database is one.
pub async fn verify(folder: &Path, progress: &dyn Progress) -> Result<Verified, Error> {
    let manifest = Manifest::read(folder)?;
    let Some(engine) = manifest.engine() else {
        return Err(Error::Refused(format!(
            "the backup is of an engine that is unknown here: {}",
            manifest.engine
        )));
    };
    if !manifest.files.contains_key(database(engine)) {
        return Err(Error::Damaged(format!("the manifest names no {}", database(engine))));
    }
    for name in manifest.files.keys() {
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Error::Damaged(format!("the manifest names {name}, which is outside of the backup")));
        }
    }
    let found = files::below(folder)?;
    for (name, _) in &found {
        if name != MANIFEST && name != CHECKSUM && !manifest.files.contains_key(name) {
            return Err(Error::Damaged(format!(
                "{name} does not belong to it: the manifest does not name it"
            )));
        }
    }
    progress.begin("checksums of the backup", manifest.bytes());
    let mut passing = Passing::new(progress);
    for (name, fact) in &manifest.files {
        let path = folder.join(name);
        if !path.is_file() {
            return Err(Error::Damaged(format!("{name} is missing")));
        }
        let read = passing.hash(&path)?;
        if read.bytes != fact.bytes {
            return Err(Error::Damaged(format!("{name} has {} bytes, not {}", read.bytes, fact.bytes)));
        }
        if read != *fact {
            return Err(Error::Damaged(format!("{name} was changed: its checksum is another")));
        }
    }
    let structure =
        store::backup::check(engine, &folder.join(database(engine)), &manifest.contents()).await?;
    Ok(Verified { manifest, structure })
}
