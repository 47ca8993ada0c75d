//! A PostgreSQL that belongs to one test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// A PostgreSQL of the test's own, with fsync, so that killing its processes disturbs nobody else.
pub(crate) struct Cluster {
    pub(crate) folder: PathBuf,
    pub(crate) address: String,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more environment for `postgres.sh`.
    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Not a private temporary folder: the user postgres must be able to enter.
        let folder = Path::new("/tmp").join(format!(
            "laqun-it-pg.{}.{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir(&folder).expect("a folder");
        let environment = environment.iter().copied();
        let output =
            script().arg("start").arg(&folder).arg("on").envs(environment).output().expect("bash runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let address = String::from_utf8(output.stdout).expect("text").trim().to_owned();
        Self { folder, address }
    }

    /// The process whose children are the backends; none while it does not run.
    pub(crate) fn postmaster(&self) -> Option<String> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        let process = file.lines().next()?.to_owned();
        Path::new("/proc").join(&process).exists().then_some(process)
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&self) {
        let Some(process) = self.postmaster() else { return };
        let children = Command::new("pgrep").args(["-P", &process]).output().expect("pgrep runs");
        let children = String::from_utf8(children.stdout).expect("numbers");
        let mut kill = Command::new("kill");
        kill.arg("-9").arg(&process).args(children.split_whitespace());
        // A child may have ended by itself meanwhile.
        let _ = kill.status();
        while children.split_whitespace().any(|child| Path::new("/proc").join(child).exists()) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Starts it again at its old address.
    pub(crate) fn again(&self) {
        let done = script().arg("again").arg(&self.folder).status().expect("bash runs");
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(done.success(), "PostgreSQL does not start again:\n{}", log());
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
