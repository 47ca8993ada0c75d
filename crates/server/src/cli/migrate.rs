//! `laqun migrate`.

use clap::Args;
use serde_json::{Value, json};
use store::{Step, Store};

use super::{Failure, Global, print};
use crate::app::open::{MIGRATIONS, options};

/// Bring the database's schema up to date.
///
/// Every command does so when it opens the data; this one does nothing else, and needs no key. A database that a newer
/// release wrote is refused. Several processes may migrate at once: one does, the others wait for it. Take a backup first:
/// an older release does not open the new schema.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  laqun migrate --check        say what would be done, and do nothing\n  \
                        laqun backup /backups/before-upgrade && laqun migrate"
)]
pub(super) struct Migrate {
    /// Only say what would be done.
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let settings = global.settings(Vec::new())?;
        let options = options(&settings);
        let steps = Store::pending(&options, "laqun", MIGRATIONS).await?;
        let schema = format!("laqun {}, store {}", MIGRATIONS.len(), store::SCHEMA_VERSION);
        if !self.check && !steps.is_empty() {
            crate::app::open::make_data_folder(&settings)?;
            Store::open(options, "laqun", MIGRATIONS).await?.close().await;
        }
        let listed: Vec<String> = steps.iter().map(said).collect();
        let sentence = match (steps.is_empty(), self.check) {
            (true, _) => format!("the schema is up to date: {schema}"),
            (false, true) => format!("would apply, to reach {schema}:\n{}", listed.join("\n")),
            (false, false) => format!("applied:\n{}\nthe schema is now: {schema}", listed.join("\n")),
        };
        let steps: Vec<Value> = steps.iter().map(value).collect();
        let told = if self.check { "pending" } else { "applied" };
        let known = json!({"laqun": MIGRATIONS.len(), "store": store::SCHEMA_VERSION});
        print::done(global.json, &sentence, &json!({told: steps, "schema": known}));
        Ok(())
    }
}

fn said(step: &Step) -> String {
    format!("  {} {}: {}", step.namespace, step.version, step.name)
}

fn value(step: &Step) -> Value {
    json!({"namespace": step.namespace, "version": step.version, "name": step.name})
}
