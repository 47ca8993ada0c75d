//! Opening the store that the settings name, with its key.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};

use anyhow::Context;
use store::{Folder, KeySource, Location, MasterKey, Migration, Options, Store};

use crate::config::Settings;

/// Every schema that was ever on `main`, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "main job", sql: include_str!("../../migrations/0001_main_job.sql") },
    Migration {
        version: 2,
        name: "administration",
        sql: include_str!("../../migrations/0002_administration.sql"),
    },
    Migration { version: 3, name: "import", sql: include_str!("../../migrations/0003_import.sql") },
    Migration { version: 4, name: "statistics", sql: include_str!("../../migrations/0004_statistics.sql") },
];

/// The database's file in the data folder.
pub const DATABASE_FILE: &str = "laqun.db";

/// A store and the key to its secrets.
pub struct Opened {
    /// Durable truth.
    pub store: Store,
    /// The master key.
    pub key: Arc<MasterKey>,
}

/// How to open the store that the settings name.
pub fn options(settings: &Settings) -> Options {
    let mut options = Options::new(location(settings));
    options.unsafe_durability = settings.unsafe_durability;
    options
}

/// Makes the folder that SQLite's file is in, if it is not there and that is the engine.
pub fn make_data_folder(settings: &Settings) -> anyhow::Result<()> {
    if settings.database_url.is_some() {
        return Ok(());
    }
    make_folder(&settings.data)
}

/// Where the settings say that the master key is.
pub fn key_source(settings: &Settings) -> KeySource<'_> {
    match &settings.master_key_file {
        Some(path) => KeySource::File(path),
        None => KeySource::Folder(&settings.data),
    }
}

/// Opens store and key; commands do so while a server runs on the same data.
pub async fn open(settings: &Settings) -> anyhow::Result<Opened> {
    make_data_folder(settings)?;
    let store = Store::open(options(settings), "laqun", MIGRATIONS).await?;
    let key = MasterKey::open_for(&store, key_source(settings)).await?;
    Ok(Opened { store, key: Arc::new(key) })
}

/// Where the settings say that the data is.
pub fn location(settings: &Settings) -> Location {
    match &settings.database_url {
        Some(url) => Location::Postgres(url.as_str().to_owned()),
        None => Location::Sqlite(settings.data.join(DATABASE_FILE)),
    }
}

/// Makes the data folder if it is not there, for its owner only: what is in it is other people's.
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}

/// Takes the data folder for a server: a second server on it is refused. Its id names this process in job leases.
pub fn take_folder(settings: &Settings) -> anyhow::Result<Folder> {
    make_folder(&settings.data)?;
    Ok(Folder::take(&settings.data)?)
}
