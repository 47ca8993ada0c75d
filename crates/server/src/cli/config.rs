//! `laqun config …`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, Global, print};
use crate::config::{ConfigError, Given, Mistake, SETTINGS, Source};

/// The settings: file < environment (LAQUN_…) < flag.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Tell every mistake in the settings at once: file, environment and flags.
    ///
    /// Exit code 0 if there is none, 2 otherwise. Try it before `kill -HUP` or a restart:
    ///
    ///   laqun config check /etc/laqun/laqun.toml
    Check {
        /// The file; without it --config, or ./laqun.toml if it is there.
        file: Option<PathBuf>,
    },
    /// Show every setting that counts, and where it comes from; passwords are not shown.
    Show,
}

impl Verb {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Check { file } => check(global, file),
            Self::Show => show(global),
        }
    }
}

fn check(global: &Global, file: Option<PathBuf>) -> Result<(), Failure> {
    let mut global = global.clone();
    global.config = file.or(global.config);
    match global.loaded(Vec::new()) {
        Ok(loaded) => {
            let file = loaded.file.as_ref().map(|file| file.display().to_string());
            for warning in &loaded.warnings {
                let value = json!({"warning": warning});
                print::done(global.json, &format!("warning: {warning}"), &value);
            }
            let of = file.as_deref().unwrap_or("no file, so the defaults count");
            let value = json!({"file": file, "mistakes": 0, "warnings": loaded.warnings.len()});
            print::done(global.json, &format!("{of}: no mistakes"), &value);
            Ok(())
        }
        Err(ConfigError::Mistakes(mistakes)) if global.json => {
            for mistake in &mistakes {
                print::text(&told(mistake).to_string());
            }
            Err(ConfigError::Mistakes(mistakes).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn told(mistake: &Mistake) -> Value {
    let mut value = json!({"setting": mistake.setting, "mistake": mistake.what});
    match &mistake.source {
        Source::File { path, line, column } => {
            value["file"] = path.display().to_string().into();
            value["line"] = (*line).into();
            value["column"] = (*column).into();
        }
        other => value["source"] = other.to_string().into(),
    }
    value
}

fn show(global: &Global) -> Result<(), Failure> {
    let loaded = global.loaded(Vec::new())?;
    let row = |setting: &crate::config::Setting| {
        let given = (setting.get)(&loaded.settings);
        let value = match &given {
            Given::Nothing => Value::Null,
            // public_url was checked: there is no password in it.
            _ if setting.secret && setting.key != "public_url" => "(set, not shown)".into(),
            Given::Text(text) => text.as_str().into(),
            Given::Flag(yes) => (*yes).into(),
            Given::Whole(number) => u64::try_from(*number).map_or(Value::Null, Into::into),
            Given::Decimal(number) => json!(number),
            Given::List(items) => items
                .iter()
                .map(|item| match item {
                    Given::Text(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect(),
            Given::Other(_) => Value::Null,
        };
        let value = json!({
            "setting": setting.key,
            "value": value,
            "source": loaded.source(setting.key).to_string(),
            "change": match setting.change {
                crate::config::Change::Reload => "reload",
                crate::config::Change::Restart => "restart",
            },
        });
        print::members(value)
    };
    let rows: Vec<_> = SETTINGS.iter().map(row).collect();
    print::rows(global.json, &["setting", "value", "source", "change"], &rows);
    Ok(())
}
