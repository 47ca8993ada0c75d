//! `laqun backup`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, Global, print, progress::Bar};
use crate::{
    app::open::options,
    backup::{self, Manifest, Verified},
    clock::Clock,
    config::Settings,
};

/// Copy the database and the blobs into a new folder, while servers run on them.
///
/// The copy is of one moment, and no server waits for it. It holds sealed secrets and people's data: the folder and its
/// files are readable by you alone. The master key is NOT in it: without the key its secrets cannot be opened, so keep a
/// copy of the key apart from the backups. On PostgreSQL this needs pg_dump of the server's version or newer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  laqun backup /backups/$(date +%F)            a new folder each day\n  \
                        laqun backup --verify /backups/2026-08-01     is it whole? changes nothing\n  \
                        tar -C /backups -c 2026-08-01 | …             as one file")]
pub(super) struct Backup {
    /// The backup's folder; it must not be there yet, the folder above it must.
    path: PathBuf,
    /// Check the backup that is there instead: every file by its checksum, and the database's structure (on PostgreSQL by
    /// pg_restore, where that is installed).
    #[arg(long)]
    verify: bool,
}

impl Backup {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let bar = Bar::new();
        if self.verify {
            let verified = backup::verify(&self.path, &bar).await.map_err(Failure::of_backup)?;
            drop(bar);
            let Verified { manifest, structure } = verified;
            let found = if structure {
                "is whole"
            } else {
                "has all its files, and their checksums are right; the database's structure was NOT looked at: pg_restore of \
                 version 14 or newer is not installed here (Debian: postgresql-client)"
            };
            let sentence = format!("{} {found}\n{}", self.path.display(), summary(&manifest));
            let mut told = told(&self.path, &manifest);
            told["structure_checked"] = structure.into();
            print::done(global.json, &sentence, &told);
            return Ok(());
        }
        let settings = global.settings(Vec::new())?;
        let location = options(&settings).location;
        let taken_at = print::time(Clock::System.now_ms());
        let saved = backup::save(&location, &settings.blobs(), &self.path, taken_at, &bar).await;
        let manifest = saved.map_err(Failure::of_backup)?;
        drop(bar);
        let sentence = format!(
            "backup written to {}\n{}\n{}",
            self.path.display(),
            summary(&manifest),
            key_apart(&settings, &manifest)
        );
        print::done(global.json, &sentence, &told(&self.path, &manifest));
        Ok(())
    }
}

/// What is in it, in a few words.
pub(super) fn summary(manifest: &Manifest) -> String {
    let rows = |table: &str| manifest.rows.get(table).copied().unwrap_or_default();
    format!(
        "taken {} by laqun {} from {}: {} groups, {} tickets, {} tenants; {} files, {} bytes",
        manifest.taken_at,
        manifest.laqun,
        manifest.engine,
        rows("chat_group"),
        rows("ticket"),
        rows("tenant"),
        manifest.files.len(),
        manifest.bytes()
    )
}

/// Where the key is that must be kept apart.
fn key_apart(settings: &Settings, manifest: &Manifest) -> String {
    let place = match &settings.master_key_file {
        Some(file) => file.display().to_string(),
        None if settings.database_url.is_some() => "the file named in LAQUN_MASTER_KEY_FILE".to_owned(),
        None => settings.data.join(store::KEY_FILE).display().to_string(),
    };
    if manifest.master_keys.is_empty() {
        return "nothing in it is sealed yet: there is no master key to keep".to_owned();
    }
    format!(
        "The master key ({}) is not in it: it is {place}. Keep a copy of that file apart from the backups; without it \
         nobody can use what they hold, with it anybody can.",
        manifest.master_keys.join(" or ")
    )
}

fn told(path: &std::path::Path, manifest: &Manifest) -> serde_json::Value {
    json!({"path": path.display().to_string(), "bytes": manifest.bytes(), "manifest": manifest})
}
