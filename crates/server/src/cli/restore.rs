//! `laqun restore`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, Global, backup::summary, print, progress::Bar};
use crate::{
    app::open::{MIGRATIONS, options},
    backup,
};

/// Put a backup back into an empty data folder, or into an empty PostgreSQL database.
///
/// Everything is checked first: the manifest and every file, the schema, the master key, that the target is empty. Then it
/// is put in place as a whole or not at all. The key is not part of a backup: put its file into the data folder as
/// master.key, or name it with --master-key-file.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  laqun restore /backups/2026-08-01 --data /var/lib/laqun --master-key-file /safe/key\n  \
                        laqun restore /backups/2026-08-01 --database-url postgres://laqun@db/laqun --master-key-file /safe/key\n  \
                        laqun restore --check /backups/2026-08-01      say whether it would succeed"
)]
pub(super) struct Restore {
    /// The backup's folder.
    path: PathBuf,
    /// Only check: the backup, the key, and the target.
    #[arg(long)]
    check: bool,
}

impl Restore {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let settings = global.settings(Vec::new())?;
        let location = options(&settings).location;
        let blobs = settings.blobs();
        let restore = backup::Restore {
            from: &self.path,
            location: &location,
            data: &settings.data,
            blobs: &blobs,
            key_file: settings.master_key_file.as_deref(),
            schema: MIGRATIONS.len(),
        };
        let bar = Bar::new();
        let restored = if self.check { restore.check(&bar).await } else { restore.run(&bar).await };
        let restored = restored.map_err(Failure::of_backup)?;
        drop(bar);
        let manifest = &restored.manifest;
        let target = match settings.database_url {
            Some(_) => "the database".to_owned(),
            None => settings.data.display().to_string(),
        };
        let older = manifest.schema.get("laqun").is_none_or(|version| (*version as usize) < MIGRATIONS.len());
        let migrates = if older { " The first start brings its older schema up to date." } else { "" };
        let sentence = if self.check {
            format!("{} can be restored to {target}\n{}", self.path.display(), summary(manifest))
        } else {
            format!(
                "restored to {target}\n{}\n\
                 Next: see that no other server still works on the old data, and start one here with `laqun serve` and the same \
                 settings as before.{migrates}",
                summary(manifest)
            )
        };
        let left = restored.left.map(|(path, error)| {
            print::warning(&format!("{} could not be removed ({error}); remove it by hand", path.display()));
            path.display().to_string()
        });
        let key_file = restored.key_file.map(|file| file.display().to_string());
        let value = json!({"restored": !self.check, "target": target, "key_file": key_file, "left": left, "manifest": manifest});
        print::done(global.json, &sentence, &value);
        Ok(())
    }
}
