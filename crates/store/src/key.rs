//! Secrets at rest: the master key, and what it seals.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::{Engine, Error, Store, params};

/// The key's file name in a data folder.
pub const KEY_FILE: &str = "master.key";

/// Length of the key's id, in bytes, at the head of every sealed value.
const ID: usize = 8;
/// Length of an XChaCha20 nonce.
const NONCE: usize = 24;

/// Where the master key comes from.
#[derive(Debug, Clone, Copy)]
pub enum KeySource<'a> {
    /// A file that the operator gives and guards; the only way on PostgreSQL.
    File(&'a Path),
    /// [`KEY_FILE`] in this data folder, made at the first start; SQLite only.
    Folder(&'a Path),
}

/// The 256-bit key under which secrets are sealed and from which other keys are derived. Never in the database, never in
/// a backup, never shown.
#[derive(Clone)]
pub struct MasterKey {
    secret: Zeroizing<[u8; 32]>,
    id: [u8; ID],
    /// Derived once; wiped when dropped.
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

impl MasterKey {
    /// The key of these bytes. Its id is derived from it, so that a copy of the file is the same key.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        let secret = Zeroizing::new(secret);
        let named = derive(&secret, "laqun key id");
        let sealing = Zeroizing::new(derive(&secret, "laqun seal"));
        let mut id = [0; ID];
        id.copy_from_slice(&named[..ID]);
        Self { secret, id, cipher: XChaCha20Poly1305::new((&*sealing).into()) }
    }

    /// Reads a key file: 64 hexadecimal digits (`openssl rand -hex 32` makes one).
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let text = Zeroizing::new(fs::read(path).map_err(|error| {
            wrong(path, &error.to_string(), "give the file that belongs to this database")
        })?);
        warn_if_shared(path)?;
        let mut secret = [0; 32];
        let digits = text.trim_ascii().to_ascii_lowercase();
        let decoded = HEXLOWER.decode(&digits).map(Zeroizing::new);
        match decoded {
            Ok(bytes) if bytes.len() == 32 => secret.copy_from_slice(&bytes),
            _ => {
                return Err(wrong(
                    path,
                    "not a key",
                    "it must hold 64 hexadecimal digits; `openssl rand -hex 32` makes a new one",
                ));
            }
        }
        let key = Self::from_bytes(secret);
        secret.zeroize();
        Ok(key)
    }

    /// Reads the key of a data folder, or makes it (file mode 0600, synced with its folder).
    pub fn load_or_create(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(KEY_FILE);
        if !path.exists() {
            create(directory, &path)?;
        }
        Self::from_file(&path)
    }

    /// The key for this store, under the rules: on PostgreSQL it must be given, in a data folder it is made only for a
    /// database that has no key yet, and it must be the one the database was first used with.
    pub async fn open_for(store: &Store, source: KeySource<'_>) -> Result<Self, Error> {
        let known = store.query_opt::<(String,)>(META, params!["master_key_id"]).await?;
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

    /// Compares with the id and the check value that the database keeps; writes them at the first time.
    async fn bind(&self, store: &Store) -> Result<(), Error> {
        const KEEP: &str =
            "INSERT INTO store_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let (id, check) = (self.id(), self.check());
        let keep = move |tx: &mut crate::Tx<'_>| {
            tx.exec(KEEP, params!["master_key_id", &id])?;
            tx.exec(KEEP, params!["master_key_check", &check])
        };
        let kept = store.query_opt::<(String,)>(META, params!["master_key_id"]).await?;
        if kept.is_none() {
            store.write("store.key", keep).await?;
        }
        // Read back even after writing: two first starts may have raced.
        let id = store.query_opt::<(String,)>(META, params!["master_key_id"]).await?;
        let check = store.query_opt::<(String,)>(META, params!["master_key_check"]).await?;
        if id.as_ref().map(|id| &id.0) == Some(&self.id())
            && check.as_ref().map(|check| &check.0) == Some(&self.check())
        {
            return Ok(());
        }
        Err(Error::Key {
            what: format!(
                "this is key {}, the database was made with key {}",
                self.id(),
                id.map_or_else(|| "?".to_owned(), |id| id.0)
            ),
            remedy: "give that key's file (LAQUN_MASTER_KEY_FILE, or master.key in the data folder)"
                .to_owned(),
        })
    }

    /// The key's id, safe to show.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.id)
    }

    /// A value that only this key gives, kept in the database beside the id.
    fn check(&self) -> String {
        HEXLOWER.encode(&self.derive("laqun key check"))
    }

    /// Another key, for another purpose, by HKDF-SHA-256; `label` says which.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        derive(&self.secret, label)
    }

    /// Seals `plain` with XChaCha20-Poly1305. `aad` binds it to its place (`tenant/table.column/id`): the same bytes do
    /// not open in another row. Layout: key id (8), nonce (24), ciphertext with tag.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = vec![0; ID + NONCE];
        sealed[..ID].copy_from_slice(&self.id);
        getrandom::fill(&mut sealed[ID..]).expect("the operating system gives random bytes");
        let nonce = XNonce::try_from(&sealed[ID..]).expect("24 bytes are a nonce");
        let payload = Payload { msg: plain, aad };
        let encrypted = self.cipher.encrypt(&nonce, payload).expect("a secret is shorter than 256 GiB");
        sealed.extend_from_slice(&encrypted);
        sealed
    }

    /// Opens what [`MasterKey::seal`] made under the same `aad`. The answer is wiped from memory when dropped.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (head, encrypted) =
            sealed.split_at_checked(ID + NONCE).ok_or(Error::Sealed("it is cut short"))?;
        if head[..ID] != self.id {
            return Err(Error::Sealed("it was sealed with another key"));
        }
        let nonce = XNonce::try_from(&head[ID..]).expect("24 bytes are a nonce");
        let payload = Payload { msg: encrypted, aad };
        let opened = self.cipher.decrypt(&nonce, payload);
        opened
            .map(Zeroizing::new)
            .map_err(|_| Error::Sealed("its bytes were changed or it belongs elsewhere"))
    }
}

fn derive(secret: &[u8; 32], label: &str) -> [u8; 32] {
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(None, secret)
        .expand(label.as_bytes(), &mut out)
        .expect("32 bytes are within HKDF's reach");
    out
}

const META: &str = "SELECT value FROM store_meta WHERE name = $1";

fn wrong(path: &Path, what: &str, remedy: &str) -> Error {
    Error::Key { what: format!("{}: {what}", path.display()), remedy: remedy.to_owned() }
}

/// Writes a fresh key beside its final name and links it there, so that a crash leaves a whole key or none and of two
/// processes one wins.
fn create(directory: &Path, path: &Path) -> Result<(), Error> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    getrandom::fill(&mut *secret).expect("the operating system gives random bytes");
    let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(&*secret)));
    let draft = directory.join(format!("{KEY_FILE}.{}", crate::folder::random_name()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::remove_file(&draft),
    });
    linked.and_then(|()| fs::File::open(directory)?.sync_all()).map_err(|error| Error::file(path, error))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_in_its_place() {
        let key = MasterKey::from_bytes([7; 32]);
        let sealed = key.seal(b"1/app.secret/9", b"hunter2");
        assert_eq!(&**key.open(b"1/app.secret/9", &sealed).unwrap(), b"hunter2");
        assert!(key.open(b"2/app.secret/9", &sealed).is_err());
        assert!(MasterKey::from_bytes([8; 32]).open(b"1/app.secret/9", &sealed).is_err());
        assert!(key.open(b"1/app.secret/9", &sealed[..20]).is_err());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open(b"1/app.secret/9", &changed).is_err(), "byte {index}");
        }
        assert_ne!(sealed, key.seal(b"1/app.secret/9", b"hunter2"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert!(!format!("{key:?}").contains("0707"));
    }

    #[test]
    fn a_key_file_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = MasterKey::load_or_create(folder.path()).unwrap();
        assert_eq!(MasterKey::load_or_create(folder.path()).unwrap().id(), first.id());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(folder.path().join(KEY_FILE), "short").unwrap();
        assert!(
            MasterKey::load_or_create(folder.path())
                .unwrap_err()
                .to_string()
                .contains("openssl rand -hex 32")
        );
    }
}
