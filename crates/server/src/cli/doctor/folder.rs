//! The data folder: there, ours, private, writable, on a file system that keeps its word.

use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::{facts::Facts, finding::Finding};

/// Kinds of file systems by the number that `statfs` gives: not to be trusted with locks and shared memory, or with keeping.
const NETWORK: &[(u64, &str)] = &[
    (0x6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x517b, "SMB"),
    (0x0102_1997, "9p"),
    (0x0bd0_0bd0, "Lustre"),
    (0x00c3_6400, "Ceph"),
    (0x6573_5546, "FUSE"),
];
const FLEETING: &[(u64, &str)] = &[(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs"), (0x794c_7630, "overlay")];

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let folder = facts.settings.data.as_path();
    let metadata = match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            return vec![Finding::problem(
                "folder",
                format!("{} is no folder", folder.display()),
                "name a folder with --data, LAQUN_DATA or `data` in the configuration",
            )];
        }
        Err(error) => return vec![absent(folder, &error)],
    };
    let mut findings = vec![owned(folder, &metadata), writable(folder, &metadata)];
    findings.extend(file_system(folder, facts.settings.database_url.is_none()));
    findings
}

fn absent(folder: &Path, error: &std::io::Error) -> Finding {
    let measured = format!("{}: {error}", folder.display());
    let parent = folder.ancestors().skip(1).find(|parent| parent.is_dir()).unwrap_or(Path::new("."));
    if error.kind() != ErrorKind::NotFound {
        return Finding::problem(
            "folder",
            measured,
            "run as the server's user, such as `sudo -u laqun laqun doctor`",
        );
    }
    match tempfile::tempdir_in(parent) {
        Ok(_) => Finding::warning(
            "folder",
            measured,
            "the first `laqun serve` makes it; if it should be there, name the right one with --data or LAQUN_DATA",
        ),
        Err(_) => Finding::problem(
            "folder",
            format!("{measured}, and {} cannot be written", parent.display()),
            format!("mkdir -p -m 700 {0} and chown it to the server's user", folder.display()),
        ),
    }
}

/// Whose it is, and who may look in.
fn owned(folder: &Path, metadata: &Metadata) -> Finding {
    let mode = metadata.permissions().mode() & 0o777;
    let (owner, me) = (metadata.uid(), rustix::process::geteuid().as_raw());
    let measured = format!("{}, owner {}, mode {mode:o}", folder.display(), user(owner));
    if owner != me && me != 0 {
        return Finding::problem(
            "folder",
            format!("{measured}; this is user {}", user(me)),
            format!(
                "run as the owner (sudo -u {0}), or chown -R {1} {2}",
                user(owner),
                user(me),
                folder.display()
            ),
        );
    }
    if mode & 0o007 != 0 {
        return Finding::warning(
            "folder",
            format!("{measured}: other users of this machine can look in"),
            format!("chmod 700 {}", folder.display()),
        );
    }
    Finding::ok("folder", measured)
}

fn writable(folder: &Path, metadata: &Metadata) -> Finding {
    match tempfile::NamedTempFile::new_in(folder) {
        Ok(_) => Finding::ok("folder.writable", "a file can be made in it"),
        Err(error) => Finding::problem(
            "folder.writable",
            error.to_string(),
            match error.kind() {
                ErrorKind::ReadOnlyFilesystem => {
                    format!("mount its file system for writing: mount -o remount,rw {}", folder.display())
                }
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    format!("free space on the file system of {}", folder.display())
                }
                _ => format!(
                    "let its owner write: chmod u+rwx {} (owner {}); in a container, mount the volume for writing",
                    folder.display(),
                    user(metadata.uid())
                ),
            },
        ),
    }
}

fn file_system(folder: &Path, is_sqlite: bool) -> Option<Finding> {
    let found = rustix::fs::statfs(folder).ok()?;
    // Of another width and sign on other machines.
    #[expect(clippy::cast_sign_loss, reason = "a number that names a kind")]
    let kind = found.f_type as u64 & 0xffff_ffff;
    let named = |list: &[(u64, &'static str)]| list.iter().find(|(n, _)| *n == kind).map(|(_, name)| *name);
    if let Some(name) = named(NETWORK) {
        let remedy = "put the data folder on a local file system, or use PostgreSQL (database_url)";
        let measured = format!("{name}: locks and shared memory of SQLite do not hold over a network");
        return Some(if is_sqlite {
            Finding::problem("folder.filesystem", measured, remedy)
        } else {
            Finding::warning("folder.filesystem", format!("{name}: its lock may not hold"), remedy)
        });
    }
    if let Some(name) = named(FLEETING) {
        return Some(Finding::warning(
            "folder.filesystem",
            format!("{name}: gone with the next restart of the machine or the container"),
            "put the data folder on a disk; in a container, on a volume (docker run -v laqun:/data)",
        ));
    }
    Some(Finding::ok("folder.filesystem", format!("local (kind {kind:#x})")))
}

/// A user's name, or number.
fn user(id: u32) -> String {
    let names = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |line: &str| {
        let mut words = line.split(':');
        let name = words.next()?;
        (words.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    };
    names.lines().find_map(of).unwrap_or_else(|| id.to_string())
}
