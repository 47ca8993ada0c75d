//! What a backup says of itself.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use store::backup::Contents;

use super::{Error, files};

/// The manifest's name in a backup.
pub const MANIFEST: &str = "manifest.json";
/// Its checksum's, as `sha256sum` writes it.
pub(super) const CHECKSUM: &str = "manifest.sha256";
/// The format that this program writes and reads.
const FORMAT: u32 = 1;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFact {
    /// Its length.
    pub bytes: u64,
    /// SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub format: u32,
    /// Version of the program that wrote it.
    pub laqun: String,
    /// When it was taken, RFC 3339 in UTC.
    pub taken_at: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// The newest migration of each namespace.
    pub schema: BTreeMap<String, u32>,
    /// Ids of the master keys that open its secrets; any one of them is enough. The key itself is not here.
    pub master_keys: Vec<String>,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Every other file, by its path from the backup's folder, with `/`.
    pub files: BTreeMap<String, FileFact>,
}

impl Manifest {
    pub(super) fn new(engine: store::Engine, contents: Contents, taken_at: String) -> Self {
        Self {
            format: FORMAT,
            laqun: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
            engine: word(engine).to_owned(),
            schema: contents.schema.into_iter().collect(),
            master_keys: contents.master_keys,
            rows: contents.tables.into_iter().collect(),
            files: BTreeMap::new(),
        }
    }

    /// The engine, if it is one that this program knows.
    pub fn engine(&self) -> Option<store::Engine> {
        [store::Engine::Sqlite, store::Engine::Postgres]
            .into_iter()
            .find(|engine| word(*engine) == self.engine)
    }

    /// What the copy of the database must hold.
    pub(super) fn contents(&self) -> Contents {
        Contents {
            schema: self.schema.clone().into_iter().collect(),
            tables: self.rows.clone().into_iter().collect(),
            master_keys: self.master_keys.clone(),
        }
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }

    /// Writes manifest and checksum, synced.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| Error::Damaged(error.to_string()))? + "\n";
        files::write(&folder.join(MANIFEST), text.as_bytes())?;
        let sum = format!("{}  {MANIFEST}\n", files::digest(text.as_bytes()));
        files::write(&folder.join(CHECKSUM), sum.as_bytes())
    }

    /// Reads the manifest of a backup and compares its checksum.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Error::NoBackup {
                    path: folder.to_owned(),
                    why: format!(
                        "it has no {name} (a name that ends in .partial is one that was broken off)"
                    ),
                },
                _ => Error::file(&path)(error),
            })
        };
        let (text, sum) = (read(MANIFEST)?, read(CHECKSUM)?);
        let said = String::from_utf8_lossy(&sum);
        if said.split_whitespace().next() != Some(&files::digest(&text)) {
            return Err(Error::Damaged(format!("{MANIFEST} is not what {CHECKSUM} says")));
        }
        let wrong = |error: serde_json::Error| Error::Damaged(format!("{MANIFEST}: {error}"));
        let any: serde_json::Value = serde_json::from_slice(&text).map_err(wrong)?;
        if any["format"] != FORMAT {
            return Err(Error::Refused(format!(
                "the backup is of format {}, this program (laqun {}) reads format {FORMAT}: use the release that wrote it, laqun {}",
                any["format"],
                env!("CARGO_PKG_VERSION"),
                any["laqun"].as_str().unwrap_or("?"),
            )));
        }
        serde_json::from_value(any).map_err(wrong)
    }
}

/// The engine's name in a manifest.
pub(super) fn word(engine: store::Engine) -> &'static str {
    match engine {
        store::Engine::Sqlite => "sqlite",
        store::Engine::Postgres => "postgres",
    }
}

/// The name of the database's copy.
pub(super) fn database(engine: store::Engine) -> &'static str {
    match engine {
        store::Engine::Sqlite => "database.sqlite",
        store::Engine::Postgres => "database.pgdump",
    }
}
