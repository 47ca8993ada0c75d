//! Secrets at rest: the master key, the data keys under it, and what they seal.
//!
//! The master key is a file and never in the database. It wraps data keys, which are rows; these seal. Replacing the master
//! key ([`rotate`]) makes a new data key as well, so that who has the old file and an old copy of the database can
//! read nothing that is sealed afterwards, and servers that run follow without a file: the new data key is, for as long as
//! the replacing lasts, also wrapped by the one they hold.

mod file;
mod ring;
mod rotate;
mod single;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use zeroize::Zeroizing;

use crate::{Engine, Error, Read, Store, params};
use file::wrong;
use ring::{Kept, Ring};
use single::{ID, Key};

pub use rotate::{Begun, Rotation};

/// The key's file name in a data folder.
pub const KEY_FILE: &str = "master.key";

/// How often [`MasterKey::follow`] looks.
const LOOK: Duration = Duration::from_secs(1);

/// Where the master key comes from.
#[derive(Debug, Clone, Copy)]
pub enum KeySource<'a> {
    /// A file that the operator gives and guards; the only way on PostgreSQL.
    File(&'a Path),
    /// [`KEY_FILE`] in this data folder, made at the first start; SQLite only.
    Folder(&'a Path),
}

impl KeySource<'_> {
    fn path(self) -> PathBuf {
        match self {
            Self::File(path) => path.to_owned(),
            Self::Folder(directory) => directory.join(KEY_FILE),
        }
    }
}

/// What a process holds to seal and open secrets: the master key, and the data keys that it opens. Cheap to clone; all
/// clones follow a rotation together.
#[derive(Clone)]
pub struct MasterKey(Arc<Held>);

struct Held {
    /// The key's file, to be read again when the database's keys cannot be followed without.
    path: Option<PathBuf>,
    masters: RwLock<Vec<Key>>,
    ring: RwLock<Arc<Ring>>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// Keys derived for one purpose.
pub struct Derived {
    /// Of the data keys that these are derived from; another number means that [`MasterKey::derived`] gives others.
    pub version: i64,
    /// The newest first, which is the one to use; and since when each is superseded, milliseconds since 1970.
    pub keys: Vec<(Zeroizing<[u8; 32]>, Option<i64>)>,
}

/// The ids of the keys in a key file.
pub fn key_ids(path: &Path) -> Result<Vec<String>, Error> {
    Ok(file::read(path)?.iter().map(Key::id).collect())
}

impl MasterKey {
    fn new(path: Option<PathBuf>, masters: Vec<Key>) -> Self {
        let ring = Ring::of(masters.first().expect("a file has a key").clone());
        Self(Arc::new(Held { path, masters: RwLock::new(masters), ring: RwLock::new(Arc::new(ring)) }))
    }

    /// The key of these bytes, apart from any database.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        Self::new(None, vec![Key::from_bytes(&secret)])
    }

    /// Reads a key file: 64 hexadecimal digits (`openssl rand -hex 32` makes one), apart from any database.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Ok(Self::new(Some(path.to_owned()), file::read(path)?))
    }

    /// Reads the key of a data folder, or makes it (file mode 0600, synced with its folder).
    pub fn load_or_create(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(KEY_FILE);
        if !path.exists() {
            file::create(directory)?;
        }
        Self::from_file(&path)
    }

    /// The key for this store, under the rules: on PostgreSQL it must be given, in a data folder it is made only for a
    /// database that has no key yet, and it must be the one that the database uses now.
    pub async fn open_for(store: &Store, source: KeySource<'_>) -> Result<Self, Error> {
        let known = kept(store).await?.master;
        let key = match source {
            KeySource::File(path) => Self::from_file(path)?,
            KeySource::Folder(_) if store.engine() == Engine::Postgres => {
                return Err(Error::Key {
                    what: "PostgreSQL is shared by many machines, a key in one data folder would not be".to_owned(),
                    remedy: "make one with `openssl rand -hex 32`, and name its file in LAQUN_MASTER_KEY_FILE on every machine".to_owned(),
                });
            }
            KeySource::Folder(directory) if known.is_some() && !directory.join(KEY_FILE).exists() => {
                return Err(wrong(
                    &directory.join(KEY_FILE),
                    "missing, and this database has secrets sealed with it",
                    "put the file back (it is never part of a backup), or name it in LAQUN_MASTER_KEY_FILE",
                ));
            }
            KeySource::Folder(directory) => Self::load_or_create(directory)?,
        };
        key.bind(store).await?;
        Ok(key)
    }

    /// Makes the key the database's at its first time, else opens the database's data keys with it.
    async fn bind(&self, store: &Store) -> Result<(), Error> {
        const KEEP: &str =
            "INSERT INTO store_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        const FIRST: &str =
            "INSERT INTO store_key (id, wrapped_by, wrapped, seq, made_ms) VALUES ($1, $1, $2, 1, 0)";
        let found = kept(store).await?;
        if found.rows.is_empty() {
            // A database that is new, or of a release whose master key sealed by itself.
            let masters: Vec<String> = self.0.masters.read().iter().map(Key::id).collect();
            let first = match found.master {
                None => masters[0].clone(),
                Some(master) if masters.contains(&master) => master,
                Some(_) => return Err(self.mismatch(&found)),
            };
            let keep = move |tx: &mut crate::Tx<'_>| {
                // Of two first starts one comes to this row first, and the other sees what it made.
                if tx.exec(KEEP, params!["key_version", "1"])? == 1 {
                    tx.put(KEEP, params!["master_key_id", &first])?;
                    tx.put(FIRST, params![&first, &[][..] as &[u8]])?;
                }
                Ok::<_, Error>(())
            };
            store.write("store.key", keep).await?;
        }
        self.take(&kept(store).await?)
    }

    /// Opens the database's data keys, with what is held, else with what the key's file has by now.
    fn take(&self, kept: &Kept) -> Result<(), Error> {
        if kept.version <= self.0.ring.read().version {
            return Ok(());
        }
        let open = |held: &Self| {
            let ring = Arc::clone(&held.0.ring.read());
            let masters = held.0.masters.read();
            kept.unwrap(masters.iter().chain(ring.keys.iter().map(|data| &data.key)))
        };
        let mut opened = open(self);
        if opened.is_none()
            && let Some(path) = &self.0.path
        {
            *self.0.masters.write() = file::read(path)?;
            opened = open(self);
        }
        let ring = Arc::new(opened.ok_or_else(|| self.mismatch(kept))?);
        let mut held = self.0.ring.write();
        if held.version < ring.version {
            *held = ring;
        }
        Ok(())
    }

    fn mismatch(&self, kept: &Kept) -> Error {
        let database = kept.master.as_deref().unwrap_or("?");
        let masters = self.0.masters.read();
        let mine: Vec<String> = masters.iter().map(Key::id).collect();
        let retired = mine.iter().find(|id| kept.retired.split(' ').any(|retired| retired == **id));
        Error::Key {
            what: match retired {
                Some(id) => {
                    format!("this is key {id}, which `laqun key rotate` has replaced by key {database}")
                }
                None => {
                    format!("this is key {}, the database was made with key {database}", mine.join(" and "))
                }
            },
            remedy: "give that key's file (LAQUN_MASTER_KEY_FILE, or master.key in the data folder)"
                .to_owned(),
        }
    }

    /// Follows the database's keys, in a snapshot or a unit: whatever else is read in it can be opened afterwards.
    ///
    /// # Errors
    /// [`Error::Key`] where the key was replaced while this process did not look, and its file is still the old one.
    pub fn refresh(&self, r: &mut impl Read) -> Result<(), Error> {
        let version: Option<(String,)> = r.one(ring::VERSION, &[])?;
        let version = version.and_then(|(text,)| text.parse().ok()).unwrap_or(0);
        if version == self.0.ring.read().version { Ok(()) } else { self.take(&ring::read(r)?) }
    }

    /// Follows the database's keys until the store is closed, so that a process to which nobody comes learns of a rotation
    /// while it lasts.
    pub async fn follow(self, store: Store) {
        let mut told = false;
        loop {
            tokio::time::sleep(LOOK).await;
            let key = self.clone();
            match store.read("store.key_follow", move |r| key.refresh(r)).await {
                Ok(()) => told = false,
                Err(Error::Closed) => return,
                Err(error @ Error::Key { .. }) if !told => {
                    tracing::error!(%error, "the database's keys cannot be followed");
                    told = true;
                }
                // The database is away; others tell of that.
                Err(_) => {}
            }
        }
    }

    /// The master key's id, safe to show.
    pub fn id(&self) -> String {
        self.0.masters.read().first().map(Key::id).unwrap_or_default()
    }

    /// Keys for another purpose than sealing, by HKDF-SHA-256; `label` says which. For what cannot say which key made it.
    pub fn derived(&self, label: &str) -> Derived {
        let ring = Arc::clone(&self.0.ring.read());
        let mut since = None;
        let keys = ring.keys.iter().rev().map(|data| {
            let superseded = since.replace(data.made_ms);
            (Zeroizing::new(data.key.derive(label)), superseded)
        });
        Derived { version: ring.version, keys: keys.collect() }
    }

    /// Changes when [`MasterKey::derived`] does.
    pub fn version(&self) -> i64 {
        self.0.ring.read().version
    }

    /// Seals `plain` with XChaCha20-Poly1305. `aad` binds it to its place (`tenant/table.column/id`): the same bytes do
    /// not open in another row. Layout: key id (8), nonce (24), ciphertext with tag.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        self.0.ring.read().current().key.seal(aad, plain)
    }

    /// Opens what [`MasterKey::seal`] made under the same `aad`. The answer is wiped from memory when dropped.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] where it was sealed with a key that this process does not hold: one that is new, and found by
    /// [`MasterKey::refresh`], or of another database.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let head = sealed.get(..ID).ok_or(Error::Sealed("it is cut short"))?;
        let ring = self.0.ring.read();
        let data = ring.keys.iter().rev().find(|data| data.key.is(head)).ok_or(Error::UnknownKey)?;
        data.key.open(aad, sealed)
    }

    /// Whether it is sealed with the key that seals now.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.get(..ID).is_some_and(|head| self.0.ring.read().current().key.is(head))
    }
}

async fn kept(store: &Store) -> Result<Kept, Error> {
    store.read("store.keys", |r| ring::read(r)).await
}

#[cfg(test)]
mod tests;
