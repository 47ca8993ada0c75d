//! The data keys of a database, as far as the keys at hand open them.

use super::single::Key;
use crate::{Error, Read, params};

crate::record! {
    /// A row of `store_key`.
    pub(super) struct Row { pub(super) id: String, pub(super) wrapped_by: String, pub(super) wrapped: Vec<u8>, pub(super) seq: i64, pub(super) made_ms: i64 }
}

/// A data key.
#[derive(Clone)]
pub(super) struct DataKey {
    pub(super) key: Key,
    pub(super) seq: i64,
    pub(super) made_ms: i64,
}

/// The data keys, oldest first; the last one seals.
#[derive(Clone)]
pub(super) struct Ring {
    /// The database's version of them that this is.
    pub(super) version: i64,
    pub(super) keys: Vec<DataKey>,
}

impl Ring {
    /// A ring of one key that is master and data key at once.
    pub(super) fn of(key: Key) -> Self {
        Self { version: 0, keys: vec![DataKey { key, seq: 1, made_ms: 0 }] }
    }

    pub(super) fn current(&self) -> &DataKey {
        self.keys.last().expect("a ring has a key")
    }
}

/// What the database says of its keys.
pub(super) struct Kept {
    pub(super) version: i64,
    /// The master key that stays.
    pub(super) master: Option<String>,
    /// The master key that takes its place, while that is being done.
    pub(super) next: Option<String>,
    /// Master keys that are not needed any more, separated by blanks.
    pub(super) retired: String,
    pub(super) rows: Vec<Row>,
}

pub(super) const VERSION: &str = "SELECT value FROM store_meta WHERE name = 'key_version'";
const META: &str = "SELECT value FROM store_meta WHERE name = $1";
const ROWS: &str = "SELECT id, wrapped_by, wrapped, seq, made_ms FROM store_key ORDER BY seq, id, wrapped_by";

/// Reads them in one snapshot.
pub(super) fn read(r: &mut impl Read) -> Result<Kept, Error> {
    let mut meta = |name: &str| -> Result<Option<String>, Error> {
        Ok(r.one::<(String,)>(META, params![name])?.map(|(value,)| value))
    };
    let version = meta("key_version")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let (master, next) = (meta("master_key_id")?, meta("key_rotation")?);
    let retired = meta("master_keys_retired")?.unwrap_or_default();
    Ok(Kept { version, master, next, retired, rows: r.all(ROWS, &[])? })
}

impl Kept {
    /// Opens what can be opened with these keys, and with what that opens: whoever knows the data key of yesterday can
    /// follow a rotation without the new master key. None if the key that seals cannot be opened.
    pub(super) fn unwrap<'k>(&self, known: impl Iterator<Item = &'k Key>) -> Option<Ring> {
        let mut known: Vec<Key> = known.cloned().collect();
        let mut keys: Vec<DataKey> = Vec::new();
        loop {
            let before = keys.len();
            for row in &self.rows {
                if keys.iter().any(|data| data.key.id() == row.id) {
                    continue;
                }
                // Held already; or it is the first data key of a database, which is its first master key itself.
                let held = known.iter().find(|key| key.id() == row.id).cloned();
                let by = known.iter().find(|key| key.id() == row.wrapped_by);
                let opened = held.or_else(|| by?.unwrap(&row.id, &row.wrapped));
                if let Some(key) = opened {
                    known.push(key.clone());
                    keys.push(DataKey { key, seq: row.seq, made_ms: row.made_ms });
                }
            }
            if keys.len() == before {
                break;
            }
        }
        keys.sort_by_key(|data| data.seq);
        let newest = self.rows.iter().map(|row| row.seq).max();
        let current = keys.last().map(|data| data.seq);
        (newest.is_some() && current == newest).then_some(Ring { version: self.version, keys })
    }
}
