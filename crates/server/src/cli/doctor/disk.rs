//! Room: bytes and inodes of the data folder's file system.

use std::path::Path;

use super::{facts::Facts, finding::Finding};
use crate::app::open::DATABASE_FILE;

const MIB: u64 = 1 << 20;
/// Below this a busy server is out of room within minutes.
const LEAST: u64 = 256 * MIB;
/// Below this somebody should look.
const LITTLE: u64 = 2048 * MIB;
const LEAST_INODES: u64 = 1_000;
const FEW_INODES: u64 = 10_000;

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let data = facts.settings.data.as_path();
    let Some(folder) = data.ancestors().find(|folder| folder.is_dir()) else {
        return vec![Finding::skipped("disk.space", "no part of the data folder's path is there")];
    };
    let found = match rustix::fs::statvfs(folder) {
        Ok(found) => found,
        Err(error) => return vec![Finding::skipped("disk.space", error.to_string())],
    };
    let stored = std::fs::metadata(data.join(DATABASE_FILE)).map_or(0, |file| file.len());
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let mut findings = vec![space(folder, free, stored)];
    // File systems that make inodes as they go tell none.
    if found.f_files > 0 {
        findings.push(inodes(folder, found.f_favail));
    }
    if facts.settings.database_url.is_some() {
        findings.push(Finding::skipped(
            "disk.database",
            "the room of PostgreSQL's disk can only be seen on its own machine: watch it there",
        ));
    }
    findings
}

fn space(folder: &Path, free: u64, stored: u64) -> Finding {
    let remedy =
        || format!("free some, or move the data folder to a larger disk: df -h {}", folder.display());
    let little = LITTLE.max(stored);
    let measured = format!("{} MiB free, {} MiB stored", free / MIB, stored / MIB);
    if free < LEAST {
        Finding::problem(
            "disk.space",
            format!("{measured}; at least {} MiB are needed", LEAST / MIB),
            remedy(),
        )
    } else if free < little {
        let wanted =
            format!("{measured}; {} MiB (2 GiB, or what the database takes) are wanted", little / MIB);
        Finding::warning("disk.space", wanted, remedy())
    } else {
        Finding::ok("disk.space", measured)
    }
}

fn inodes(folder: &Path, free: u64) -> Finding {
    let remedy = format!("remove small files that nobody needs: df -i {}", folder.display());
    let measured = format!("{free} inodes free");
    if free < LEAST_INODES {
        Finding::problem("disk.inodes", format!("{measured}; at least {LEAST_INODES} are needed"), remedy)
    } else if free < FEW_INODES {
        Finding::warning("disk.inodes", format!("{measured}; {FEW_INODES} are wanted"), remedy)
    } else {
        Finding::ok("disk.inodes", measured)
    }
}
