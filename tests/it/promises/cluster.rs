//! A PostgreSQL that belongs to one test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// A PostgreSQL of the test's own, with fsync, so that killing its processes disturbs nobody else.
pub(super) struct Cluster {
    folder: PathBuf,
    pub(super) address: String,
}

impl Cluster {
    pub(super) fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Not a private temporary folder: the user postgres must be able to enter.
        let folder = Path::new("/tmp").join(format!(
            "laqun-it-pg.{}.{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir(&folder).expect("a folder");
        let output = script().arg("start").arg(&folder).arg("on").output().expect("bash runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let address = String::from_utf8(output.stdout).expect("text").trim().to_owned();
        Self { folder, address }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = script().arg("stop").arg(&self.folder).status();
    }
}

fn script() -> Command {
    let mut command = Command::new("bash");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/setup/postgres.sh"));
    command
}
