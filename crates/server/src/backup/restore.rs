//! Putting a backup back: into an empty data folder, or an empty database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use store::{
    Engine, Folder, KEY_FILE, Location, backup,
    blobs::{Blobs, INCOMING},
};

use super::{
    BLOBS, Error, Manifest, Progress, Unwatched,
    files::{self, Passing},
    manifest::{database, word},
    verify,
};

/// Where a restore is made ready inside the data folder, so that putting it in place is a rename.
const STAGE: &str = "restore.partial";
/// What may lie in a data folder that counts as empty: the key that the operator put there, and marks without data.
const HARMLESS: [&str; 4] = [KEY_FILE, "instance.lock", STAGE, "lost+found"];

/// A restore to be.
#[derive(Debug)]
pub struct Restore<'a> {
    /// The backup's folder.
    pub from: &'a Path,
    /// The database that is to be filled.
    pub location: &'a Location,
    /// The data folder.
    pub data: &'a Path,
    /// The folder of blobs: in the data folder, or elsewhere, where others may be already. A blob is named by its content.
    pub blobs: &'a Path,
    /// The key's file, if it is not the one in the data folder.
    pub key_file: Option<&'a Path>,
    /// The newest migration that this program knows of its own tables.
    pub schema: usize,
}

/// What was, or would be, put back.
#[derive(Debug)]
pub struct Restored {
    /// The backup.
    pub manifest: Manifest,
    /// The key's file that was compared.
    pub key_file: Option<PathBuf>,
    /// What should have been removed at the end and could not be, and why. It is of no use to anybody.
    pub left: Option<(PathBuf, std::io::Error)>,
}

impl Restore<'_> {
    /// Checks everything, changes nothing.
    pub async fn check(&self, progress: &dyn Progress) -> Result<Restored, Error> {
        let manifest = verify(self.from, progress).await?.manifest;
        let target = match self.location {
            Location::Sqlite(_) => Engine::Sqlite,
            Location::Postgres(_) => Engine::Postgres,
        };
        if manifest.engine() != Some(target) {
            let remedy = match target {
                Engine::Sqlite => "name an empty PostgreSQL database with --database-url",
                Engine::Postgres => {
                    "leave out --database-url (and database_url in the configuration), and name a data folder with --data"
                }
            };
            return Err(Error::Refused(format!(
                "the backup is of {}, not of {}: {remedy}",
                manifest.engine,
                word(target)
            )));
        }
        self.check_schema(&manifest)?;
        let key_file = self.check_key(&manifest)?;
        self.check_target().await?;
        Ok(Restored { manifest, key_file, left: None })
    }

    /// Checks everything, then puts the backup in place: all of it, or nothing.
    pub async fn run(&self, progress: &dyn Progress) -> Result<Restored, Error> {
        let _held = self.take_folder()?;
        let mut restored = self.check(progress).await?;
        let stage = self.data.join(STAGE);
        if stage.exists() {
            // One that was broken off; it may have put blobs in place already, which are useless without their database.
            let blobs = self.data.join(BLOBS);
            if blobs.exists() {
                fs::remove_dir_all(&blobs).map_err(Error::file(&blobs))?;
            }
            fs::remove_dir_all(&stage).map_err(Error::file(&stage))?;
        }
        files::make_folder(&stage).map_err(Error::file(&stage))?;
        if let Err(error) = self.stage(&stage, &restored.manifest, progress).await {
            drop(fs::remove_dir_all(&stage));
            return Err(error);
        }
        files::sync(self.data)?;
        // All is in place and durable; what is not cleared away does not make that a failure.
        restored.left = fs::remove_dir_all(&stage).err().map(|error| (stage, error));
        Ok(restored)
    }

    /// No server begins here while we work, and none is at work here now.
    fn take_folder(&self) -> Result<Folder, Error> {
        if !self.data.exists() {
            if let Some(parent) = self.data.parent() {
                fs::create_dir_all(parent).map_err(Error::file(parent))?;
            }
            files::make_folder(self.data).map_err(Error::file(self.data))?;
            // Made by root below a folder of the server's user, it is to be that user's.
            let parent = self.data.parent().filter(|parent| !parent.as_os_str().is_empty());
            files::give(self.data, parent.unwrap_or(Path::new(".")))?;
        }
        Ok(Folder::take(self.data)?)
    }

    async fn stage(&self, stage: &Path, manifest: &Manifest, progress: &dyn Progress) -> Result<(), Error> {
        progress.begin("copy", manifest.bytes());
        let mut passing = Passing::new(progress);
        for (name, fact) in &manifest.files {
            let copied = passing.copy(&self.from.join(name), &stage.join(name), stage)?;
            if copied != *fact {
                return Err(Error::Damaged(format!("{name} was changed while it was read")));
            }
        }
        files::give_all(stage, self.data)?;
        files::sync_all(stage)?;
        let (from, to) = (stage.join(BLOBS), self.data.join(BLOBS));
        if self.blobs != to {
            self.add_blobs(&from)?;
        } else if from.exists() {
            fs::rename(&from, &to).map_err(Error::file(&to))?;
        }
        // The database is last: without it nothing else counts, with it everything is there.
        let placed = match self.location {
            Location::Sqlite(path) => {
                let copy = stage.join(database(Engine::Sqlite));
                fs::rename(&copy, path).map_err(Error::file(path))
            }
            Location::Postgres(address) => {
                progress.begin("filling the database", 0);
                let archive = stage.join(database(Engine::Postgres));
                backup::load_postgres(address, &archive, &manifest.contents()).await.map_err(Error::from)
            }
        };
        if placed.is_err() && to.exists() {
            drop(fs::remove_dir_all(&to));
        }
        placed
    }

    /// Puts blobs into a folder of their own. What is left there if the rest fails is of no harm: no row names it.
    fn add_blobs(&self, from: &Path) -> Result<(), Error> {
        let store = Blobs::open(self.blobs)?;
        for (name, path) in files::below(from)? {
            let to = store.folder().join(&name);
            if to.exists() {
                continue;
            }
            let by_way = store.folder().join(INCOMING).join(name.replace('/', "."));
            if by_way.exists() {
                fs::remove_file(&by_way).map_err(Error::file(&by_way))?;
            }
            Passing::new(&Unwatched).copy(&path, &by_way, store.folder())?;
            for folder in [to.parent().and_then(Path::parent), to.parent()].into_iter().flatten() {
                if !folder.exists() {
                    files::make_folder(folder).map_err(Error::file(folder))?;
                }
            }
            fs::rename(&by_way, &to).map_err(Error::file(&to))?;
        }
        files::give_all(store.folder(), self.data)?;
        files::sync_all(store.folder())
    }

    fn check_schema(&self, manifest: &Manifest) -> Result<(), Error> {
        for (namespace, known) in [("laqun", self.schema), ("store", store::SCHEMA_VERSION)] {
            let found = manifest.schema.get(namespace).copied().unwrap_or_default();
            if found as usize > known {
                return Err(Error::Refused(format!(
                    "the backup's `{namespace}` schema is at version {found}, this program (laqun {}) knows {known}: restore \
                     it with laqun {} or newer",
                    env!("CARGO_PKG_VERSION"),
                    manifest.laqun
                )));
            }
        }
        Ok(())
    }

    /// The key is needed only later, but whoever has another one should learn it now.
    fn check_key(&self, manifest: &Manifest) -> Result<Option<PathBuf>, Error> {
        let in_folder = self.data.join(KEY_FILE);
        let file = self.key_file.map(Path::to_owned).or_else(|| in_folder.exists().then_some(in_folder));
        let needed = manifest.master_keys.join(" or ");
        match &file {
            _ if manifest.master_keys.is_empty() => {}
            None => {
                return Err(Error::Refused(format!(
                    "the backup's secrets need master key {needed}, which is never part of a backup: put its file at {}, or name \
                     it with --master-key-file",
                    self.data.join(KEY_FILE).display()
                )));
            }
            Some(path) => {
                let keys = store::key_ids(path)?;
                if !keys.iter().any(|key| manifest.master_keys.contains(key)) {
                    return Err(Error::Refused(format!(
                        "{} is master key {}, the backup's secrets need {needed}: give that key's file",
                        path.display(),
                        keys.join(" and ")
                    )));
                }
            }
        }
        Ok(file)
    }

    async fn check_target(&self) -> Result<(), Error> {
        if let Location::Postgres(_) = self.location
            && !backup::is_empty(self.location).await?
        {
            return Err(Error::Refused(
                "the database is not empty: make a new one (CREATE DATABASE …) and name it with --database-url".to_owned(),
            ));
        }
        let Ok(entries) = fs::read_dir(self.data) else { return Ok(()) };
        let broken_off = self.data.join(STAGE).exists();
        for entry in entries {
            let name = entry.map_err(Error::file(self.data))?.file_name();
            let name = name.to_string_lossy();
            if HARMLESS.contains(&&*name) || (broken_off && name == BLOBS) {
                continue;
            }
            return Err(Error::Refused(format!(
                "the data folder {} is not empty ({name} is in it): name another with --data, or move away what is there",
                self.data.display()
            )));
        }
        Ok(())
    }
}
