//! The master key: there, a key, private, this database's, and not where the backups are.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use store::{KEY_FILE, KeyFit, MasterKey};

use crate::backup::MANIFEST;

use super::{
    facts::{Database, Facts},
    finding::Finding,
};

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let path = match (&facts.settings.master_key_file, &facts.settings.database_url) {
        (Some(path), _) => path.clone(),
        (None, None) => facts.settings.data.join(KEY_FILE),
        (None, Some(_)) => {
            return vec![Finding::problem(
                "key",
                "none is given; on PostgreSQL it must be",
                "make one with `openssl rand -hex 32` (mode 0600) and name its file in LAQUN_MASTER_KEY_FILE on every machine",
            )];
        }
    };
    let key = match MasterKey::from_file(&path) {
        Ok(key) => key,
        Err(error) => return vec![unreadable(facts, &path, &error.to_string())],
    };
    let mut findings = vec![fits(facts, &path, &key)];
    findings.extend(mode(&path));
    findings.extend(beside_backups(&path));
    findings
}

fn unreadable(facts: &mut Facts, path: &Path, error: &str) -> Finding {
    let is_new = matches!(facts.database, Database::Absent);
    if is_new && facts.settings.master_key_file.is_none() && !path.exists() {
        return Finding::ok("key", "none yet: it is made with the database");
    }
    Finding::problem(
        "key",
        error.to_owned(),
        format!(
            "put the key of this database back as {} (mode 0600, it is in no backup), or name its file in LAQUN_MASTER_KEY_FILE",
            path.display()
        ),
    )
}

fn fits(facts: &mut Facts, path: &Path, key: &MasterKey) -> Finding {
    let measured = format!("{}, key {}", path.display(), key.id());
    let Ok(inspection) = facts.inspection("key") else {
        return Finding::ok("key", format!("{measured}; not compared with the database"));
    };
    match inspection.key_fits(key) {
        Ok(KeyFit::Fits) => Finding::ok("key", format!("{measured}, the database's")),
        Ok(KeyFit::NoneYet) => Finding::ok("key", format!("{measured}; the database has none yet")),
        Ok(KeyFit::Other(id)) => Finding::problem(
            "key",
            format!("{measured}; the database was made with key {id}"),
            format!(
                "name the file of key {id} in LAQUN_MASTER_KEY_FILE, or put it in the place of {}",
                path.display()
            ),
        ),
        Err(error) => Finding::skipped("key", error.to_string()),
    }
}

fn mode(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Finding::warning(
            "key.mode",
            format!("{} has mode {mode:o}: others can read it", path.display()),
            format!("chmod 600 {}", path.display()),
        )
    })
}

/// A backup and its key in one folder: who finds one finds both.
fn beside_backups(path: &Path) -> Option<Finding> {
    let folder = path.parent()?;
    let is_backup = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        path.join(MANIFEST).is_file() || (name.contains("backup") && !name.starts_with('.'))
    };
    let entries = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let found = entries.into_iter().find(is_backup)?;
    Some(Finding::warning(
        "key.place",
        format!("{} is beside the backup {}: who finds one finds both", path.display(), found.display()),
        format!("mv {} to a folder or machine of its own", found.display()),
    ))
}
