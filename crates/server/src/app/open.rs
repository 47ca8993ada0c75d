//! Opening the store that the settings name, with its key.

use std::{
    fs::{self, DirBuilder},
    io::ErrorKind,
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
};

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
    Migration {
        version: 5,
        name: "conversation",
        sql: include_str!("../../migrations/0005_conversation.sql"),
    },
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

/// Whether there is nothing of ours where the settings say that the database is. Makes nothing.
///
/// # Errors
/// PostgreSQL does not answer, or its schema is not one that this program may work on.
pub async fn is_absent(settings: &Settings) -> Result<bool, store::Error> {
    let options = options(settings);
    match &options.location {
        // What cannot be looked at is no reason to say that it is not there: opening says why.
        Location::Sqlite(path) => Ok(match fs::metadata(path) {
            Ok(file) => file.len() == 0,
            Err(error) => error.kind() == ErrorKind::NotFound,
        }),
        Location::Postgres(_) => {
            let steps = Store::pending(&options, "laqun", MIGRATIONS).await?;
            Ok(steps.iter().any(|step| step.namespace == "laqun" && step.version == 1))
        }
    }
}

/// Opens store and key of a system that is there already, and makes none: under another configuration than the server's,
/// a command would work on a second one without anybody's noticing.
pub async fn open_existing(settings: &Settings) -> anyhow::Result<Opened> {
    if is_absent(settings).await? {
        let (found, flag) = match location(settings) {
            Location::Sqlite(path) => (format!("no database at {}", path.display()), "--data"),
            Location::Postgres(_) => {
                ("nothing of laqun's in the PostgreSQL database".to_owned(), "--database-url")
            }
        };
        anyhow::bail!(
            "there is {found}; is this the server's configuration (--config, {flag}, LAQUN_DATABASE_URL)? \
             `laqun serve` or `laqun tenant add` makes one"
        );
    }
    open(settings).await
}

/// Opens store and key, and makes what is not there; while a server runs on the same data, too.
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
