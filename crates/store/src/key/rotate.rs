//! Replacing the master key while everything goes on.
//!
//! 1. In a data folder the key file gets both keys, the new one first, and is synced.
//! 2. [`Rotation::begin`], one unit: a new data key, wrapped by the new master key and by the data key that sealed so far;
//!    every older data key is wrapped by the new master key, too. From here on both master keys open everything, and
//!    whoever holds the old data key, file or no file, can follow.
//! 3. The program seals anew whatever an older key sealed, and waits until every server has looked.
//! 4. [`Rotation::finish`], one unit: only what the new master key wraps stays.
//! 5. In a data folder the key file gets the new key alone.
//!
//! Each step can be done again, so a process that is killed anywhere is simply run again. The data key before the new one
//! stays, wrapped by the new master key: it seals nothing any more, but nothing that it sealed becomes unreadable either.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::file::{self, wrong};
use super::ring::{self, Row};
use super::single::Key;
use super::{KeySource, MasterKey, kept};
use crate::{Engine, Error, Read, Store, Tx, params};

/// How a rotation stands when it is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It begins now.
    Now,
    /// It was begun before, and goes on.
    Before,
    /// It was ended before; at most the key file is to be cleaned.
    Ended,
}

/// One replacement of the master key.
pub struct Rotation {
    new: Key,
    old: String,
    /// Of the database's keys that `rows` were made for.
    version: i64,
    /// Made before the unit, which may run twice.
    rows: Vec<Row>,
    /// The data folder whose key file is ours to write.
    folder: Option<PathBuf>,
    /// Nobody else replaces the key in this folder; freed when the process ends, however it ends.
    _lock: Option<File>,
}

impl std::fmt::Debug for Rotation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rotation({} to {})", self.old, self.new.id())
    }
}

impl Rotation {
    /// Decides which key is the new one, and makes it safe: one that was begun with; the one in `new_file`; of two in
    /// the key file the one that the database never had; in a data folder, a random one. In a data folder the key file has
    /// it when this returns.
    pub async fn prepare(
        store: &Store,
        key: &MasterKey,
        source: KeySource<'_>,
        new_file: Option<&Path>,
        now_ms: i64,
    ) -> Result<Self, Error> {
        let (folder, lock) = match source {
            KeySource::Folder(folder) => (Some(folder.to_owned()), Some(lock(folder)?)),
            KeySource::File(_) => (None, None),
        };
        let at = kept(store).await?;
        key.take(&at)?;
        let old = at.master.clone().unwrap_or_default();
        let mine = file::read(&source.path())?;
        let new = choose(&at, &mine, source, new_file)?;
        if at.retired.split(' ').any(|retired| retired == new.id()) {
            return Err(Error::Key {
                what: format!("key {} was replaced before, so others may know it", new.id()),
                remedy: "make another one with `openssl rand -hex 32`".to_owned(),
            });
        }
        if let Some(folder) = &folder
            && new.id() != old
        {
            let before = mine
                .iter()
                .find(|key| key.id() == old)
                .ok_or_else(|| wrong(&source.path(), "not the database's key", "put that key's file back"))?;
            file::replace(folder, &[&new, before])?;
        }
        let rows = rows(key, &new, now_ms);
        Ok(Self { new, old, version: at.version, rows, folder, _lock: lock })
    }

    /// The new key's id.
    pub fn new_id(&self) -> String {
        self.new.id()
    }

    /// The replaced key's id.
    pub fn old_id(&self) -> &str {
        &self.old
    }

    /// Step 2. Where it answers [`Begun::Now`] the unit must also tell the processes that read.
    pub fn begin(&self, tx: &mut Tx<'_>) -> Result<Begun, Error> {
        const ADD: &str =
            "INSERT INTO store_key (id, wrapped_by, wrapped, seq, made_ms) VALUES ($1, $2, $3, $4, $5)";
        const NEXT: &str = "INSERT INTO store_meta (name, value) VALUES ('key_rotation', $1)";
        let at = self.look(tx)?;
        if at.master.as_deref() == Some(&self.new.id()) {
            return Ok(Begun::Ended);
        }
        if at.next.is_some() {
            return Ok(Begun::Before);
        }
        if at.version != self.version {
            return Err(Error::Key {
                what: "the database's keys were changed meanwhile".to_owned(),
                remedy: "do it again".to_owned(),
            });
        }
        for row in &self.rows {
            tx.put(ADD, params![&row.id, &row.wrapped_by, &row.wrapped, row.seq, row.made_ms])?;
        }
        tx.put(NEXT, params![&self.new.id()])?;
        tx.put(COUNT_UP, &[])?;
        Ok(Begun::Now)
    }

    /// Step 4: the old key opens nothing any more.
    pub fn finish(&self, tx: &mut Tx<'_>, engine: Engine) -> Result<(), Error> {
        const OTHERS: &str = "DELETE FROM store_key WHERE wrapped_by <> $1";
        const OLDEST: &str = "DELETE FROM store_key WHERE seq < (SELECT MAX(seq) FROM store_key) - 1";
        const RETIRED: &str = "INSERT INTO store_meta (name, value) VALUES ('master_keys_retired', $1) \
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        const MASTER: &str = "UPDATE store_meta SET value = $1 WHERE name = 'master_key_id'";
        const OVER: &str = "DELETE FROM store_meta WHERE name IN ('key_rotation', 'master_key_check')";
        let at = self.look(tx)?;
        let new = self.new.id();
        if at.master.as_deref() == Some(&new) {
            return Ok(());
        }
        if engine == Engine::Sqlite {
            // What is deleted here shall not go on living in a free page.
            tx.all::<(i64,)>("PRAGMA secure_delete = ON", &[])?;
        }
        tx.put(OTHERS, params![&new])?;
        tx.put(OLDEST, &[])?;
        let retired = format!("{} {}", at.retired, at.master.unwrap_or_default());
        tx.put(RETIRED, params![retired.trim()])?;
        tx.put(MASTER, params![&new])?;
        tx.put(OVER, &[])?;
        tx.put(COUNT_UP, &[])
    }

    /// Step 5. True where the key file is ours, and has the new key alone now.
    pub fn clean(&self) -> Result<bool, Error> {
        let Some(folder) = &self.folder else { return Ok(false) };
        file::replace(folder, &[&self.new])?;
        Ok(true)
    }

    /// The keys as they are, under a lock that other rotations wait for. Refuses if another one is under way.
    fn look(&self, tx: &mut Tx<'_>) -> Result<ring::Kept, Error> {
        tx.exec("UPDATE store_meta SET value = value WHERE name = 'key_version'", &[])?;
        let at = ring::read(tx)?;
        match &at.next {
            Some(next) if *next != self.new.id() => Err(under_way(next)),
            _ => Ok(at),
        }
    }
}

const COUNT_UP: &str =
    "UPDATE store_meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'key_version'";

fn under_way(next: &str) -> Error {
    Error::Key {
        what: format!("the database's key is being replaced by key {next}"),
        remedy: "finish that first: name that key's file with --new-key-file".to_owned(),
    }
}

fn choose(
    at: &ring::Kept,
    mine: &[Key],
    source: KeySource<'_>,
    new_file: Option<&Path>,
) -> Result<Key, Error> {
    if let Some(path) = new_file {
        let keys = file::read(path)?;
        let [new] = keys.as_slice() else {
            return Err(wrong(path, "two keys", "a new key's file has one line"));
        };
        return match &at.next {
            Some(next) if *next != new.id() => Err(under_way(next)),
            _ => Ok(new.clone()),
        };
    }
    if let Some(next) = &at.next {
        return mine.iter().find(|key| key.id() == *next).cloned().ok_or_else(|| under_way(next));
    }
    let is_master = |key: &&Key| at.master.as_deref() == Some(&key.id());
    let is_retired = |key: &&Key| at.retired.split(' ').any(|retired| retired == key.id());
    match (mine, source) {
        // In whichever order: the one that is new, else the database's own, beside which a retired one is left over.
        ([first, _], _) => {
            let new = mine.iter().find(|key| !is_master(key) && !is_retired(key));
            Ok(new.or_else(|| mine.iter().find(is_master)).unwrap_or(first).clone())
        }
        (_, KeySource::Folder(_)) => Ok(Key::random()),
        (_, KeySource::File(path)) => Err(wrong(
            path,
            "this file is yours to replace",
            "make a new key with `openssl rand -hex 32 > NEW`, and name it with --new-key-file NEW",
        )),
    }
}

/// A new data key, wrapped by the new master key and by the newest data key; and the data keys there are, wrapped by the
/// new master key.
fn rows(key: &MasterKey, new: &Key, now_ms: i64) -> Vec<Row> {
    let held = std::sync::Arc::clone(&key.0.ring.read());
    let row = |by: &Key, data: &Key, seq, made_ms| Row {
        id: data.id(),
        wrapped_by: by.id(),
        wrapped: by.wrap(data),
        seq,
        made_ms,
    };
    let data = Key::random();
    let (last, next) = (held.current(), held.current().seq + 1);
    let mut rows = vec![row(&last.key, &data, next, now_ms), row(new, &data, next, now_ms)];
    rows.extend(held.keys.iter().map(|data| row(new, &data.key, data.seq, data.made_ms)));
    rows
}

/// Two replacements at once would each write the key file over the other's.
fn lock(folder: &Path) -> Result<File, Error> {
    let directory = File::open(folder).map_err(|error| Error::file(folder, error))?;
    match directory.try_lock() {
        Ok(()) => Ok(directory),
        Err(TryLockError::WouldBlock) => {
            Err(wrong(folder, "its key is being replaced", "wait until that has ended"))
        }
        Err(TryLockError::Error(error)) => Err(Error::file(folder, error)),
    }
}
