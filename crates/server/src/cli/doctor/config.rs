//! The configuration: mistakes, doubts, and a password that everybody can read.

use std::{os::unix::fs::PermissionsExt, path::Path};

use super::finding::Finding;
use crate::config::{ConfigError, Loaded, Settings};

/// There are no settings to go on with.
pub(super) fn refused(error: &ConfigError) -> Vec<Finding> {
    let found = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    vec![Finding::problem(
        "config",
        format!("{found}; what depends on settings is not checked"),
        "correct what is named in the configuration (laqun.example.toml lists every setting), then run `laqun doctor` again",
    )]
}

pub(super) fn check(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = vec![match &loaded.file {
        Some(path) => Finding::ok("config", path.display().to_string()),
        None => Finding::ok("config", "no file: defaults, environment and flags"),
    }];
    findings.extend(loaded.file.as_deref().and_then(|path| secret(path, &loaded.settings)));
    findings.extend(loaded.warnings.iter().map(|warning| {
        let remedy = "change that setting, or leave it if it is meant so: `laqun config show` says where each comes from";
        Finding::warning("config.doubt", warning, remedy)
    }));
    findings
}

/// A file with a password in it that others can read.
fn secret(path: &Path, settings: &Settings) -> Option<Finding> {
    settings.database_url.as_ref()?;
    let holds = std::fs::read_to_string(path).is_ok_and(|text| text.contains("database_url"));
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (holds && mode & 0o007 != 0).then(|| {
        Finding::warning(
            "config.mode",
            format!("{} has the database's address and mode {mode:o}: everybody can read it", path.display()),
            format!("chmod 640 {}, with the group of the server's user", path.display()),
        )
    })
}
