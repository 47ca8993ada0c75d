//! The files that people send: their folder, and with `--deep` whether it has all that the database names.

use std::{fs, io::ErrorKind};

use store::{blobs::Blobs, record};

use super::{facts::Facts, finding::Finding, work::rows};

/// How many of those that are missing are named.
const NAMED: usize = 3;

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let folder = facts.settings.blobs();
    let path = folder.display();
    let set = "name another folder with `blobs` in the configuration or LAQUN_BLOBS";
    match fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return vec![Finding::problem("files", format!("{path} is no folder"), set)],
        Err(error) if error.kind() == ErrorKind::NotFound && facts.settings.blobs.is_none() => {
            return vec![Finding::ok("files", format!("{path} is not there yet: `laqun serve` makes it"))];
        }
        Err(error) => {
            let remedy = format!("mount it, or make it for the server's user; or {set}");
            return vec![Finding::problem("files", format!("{path}: {error}"), remedy)];
        }
    }
    let mut findings = vec![match tempfile::NamedTempFile::new_in(&folder) {
        Ok(_) => Finding::ok("files", format!("a file can be made in {path}")),
        Err(error) => Finding::problem(
            "files",
            format!("{path}: {error}"),
            format!(
                "let the server's user write there and see to it that there is room: ls -ld {path}; df -h {path}"
            ),
        ),
    }];
    if facts.deep {
        findings.extend(missing(facts));
    }
    findings
}

record! {
    struct Named {
        blob: String,
        thumb: Option<String>,
    }
}

/// Files that the database has and the folder has not.
fn missing(facts: &mut Facts) -> Vec<Finding> {
    const NAMES: &str = "SELECT blob, thumb FROM attachment WHERE state IN ('uploaded', 'sent', 'ticket')";
    let blobs = Blobs::at(&facts.settings.blobs());
    let inspection = match facts.inspection("files.whole") {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let attachments = match rows::<Named>(inspection, "attachment", NAMES) {
        Ok(attachments) => attachments,
        Err(error) => return vec![Finding::skipped("files.whole", error.to_string())],
    };
    let count = attachments.len();
    let names = attachments.into_iter().flat_map(|row| std::iter::once(row.blob).chain(row.thumb));
    let missing: Vec<String> = names.filter(|name| !blobs.has(name)).collect();
    if missing.is_empty() {
        return vec![Finding::ok("files.whole", format!("the bytes of all {count} files are there"))];
    }
    let some =
        missing.iter().take(NAMED).map(|name| &name[..12.min(name.len())]).collect::<Vec<_>>().join(", ");
    vec![Finding::problem(
        "files.whole",
        format!("{} that the database names are not in {}: {some}…", missing.len(), blobs.folder().display()),
        "if several servers work on this database, name the one folder that they share with `blobs`; else copy the folder `blobs` of the last backup into it",
    )]
}
