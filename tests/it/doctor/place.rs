//! Folder, file system, disk, descriptors, user.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Command,
};

use super::Report;
use crate::harness::{Engine, Server, laqun};

fn doctor(data: &Path) -> Command {
    let mut command = laqun();
    command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    // Its default may be taken on the machine that runs the tests.
    command.env("LAQUN_OPS_LISTEN", "127.0.0.1:0");
    command
}

/// A file system of its own, unmounted when dropped.
struct Mounted(tempfile::TempDir);

impl Mounted {
    /// None, with a line that says so, where this user may not mount.
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("mode=700,{options}"), "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        println!("SKIPPED: a file system cannot be mounted by this user");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_folder_that_is_not_there_is_told_and_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("nowhere");
    let report = Report::of(&mut doctor(&data));
    report.says("folder", "warning", &["nowhere", "laqun serve", "--data"]);
    report.says("database", "warning", &["laqun.db", "laqun restore"]);
    report.says("schema", "skipped", &["no database yet"]);
    assert_eq!(report.code, 0);
    assert_eq!(Report::of(doctor(&data).arg("--strict")).code, 1, "warnings count when they are to");
    assert!(!data.exists(), "doctor changes nothing");

    let file = folder.path().join("a-file");
    fs::write(&file, "x").expect("a file");
    let report = Report::of(&mut doctor(&file));
    report.says("folder", "problem", &["is no folder", "LAQUN_DATA"]);
    assert_eq!(report.code, 1);
}

#[test]
fn a_folder_that_others_can_look_into_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    Report::of(&mut doctor(folder.path())).says("folder", "warning", &["mode 755", "chmod 700"]);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("a mode");
    Report::of(&mut doctor(folder.path())).says("folder", "ok", &["mode 700"]);
}

#[tokio::test]
async fn the_folder_that_the_program_makes_is_its_owner_s_only() {
    let server = Server::start(Engine::Sqlite).await;
    let mode = fs::metadata(server.folder.path().join("data")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn another_user_s_folder_is_told_with_the_user_to_be() {
    if fs::metadata("/root").is_ok_and(|root| root.permissions().mode() == 0) || !is_root() {
        println!("SKIPPED: only root can become another user");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    // Where the program is may be closed to that user.
    let program = folder.path().join("laqun");
    fs::copy(env!("CARGO_BIN_EXE_laqun"), &program).expect("a copy");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).expect("a mode");
    let mut command = Command::new(&program);
    command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(&data).current_dir("/");
    let report = Report::of(command.uid(65534).gid(65534));
    report.says("folder", "problem", &["owner root", "sudo -u root", "chown -R"]);
    report.says("folder.writable", "problem", &["Permission denied", "chmod u+rwx"]);
    assert_eq!(report.code, 1);
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[test]
fn a_file_system_without_room_or_of_memory_or_read_only_is_told() {
    let Some(small) = Mounted::new("size=64m") else { return };
    let report = Report::of(&mut doctor(small.path()));
    report.says("disk.space", "problem", &["64 MiB free", "at least 256 MiB", "df -h"]);
    report.says("folder.filesystem", "warning", &["tmpfs", "volume"]);
    assert_eq!(report.code, 1);

    let Some(medium) = Mounted::new("size=1g,nr_inodes=500") else { return };
    let report = Report::of(&mut doctor(medium.path()));
    report.says("disk.space", "warning", &["1024 MiB free", "2048 MiB", "df -h"]);
    report.says("disk.inodes", "problem", &["at least 1000", "df -i"]);
    let Some(few) = Mounted::new("size=3g,nr_inodes=5000") else { return };
    let report = Report::of(&mut doctor(few.path()));
    report.says("disk.space", "ok", &["3072 MiB free"]);
    report.says("disk.inodes", "warning", &["10000", "df -i"]);

    let locked = Command::new("mount").args(["-o", "remount,ro"]).arg(few.path()).status();
    assert!(locked.is_ok_and(|done| done.success()));
    let report = Report::of(&mut doctor(few.path()));
    report.says("folder.writable", "problem", &["Read-only", "remount,rw"]);
    assert_eq!(report.code, 1);
}

#[test]
fn too_few_file_descriptors_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for (limit, status) in [("200", "problem"), ("1024", "warning"), ("8192", "ok")] {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={limit}:{limit}")).arg(env!("CARGO_BIN_EXE_laqun"));
        command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        let remedy = if status == "ok" { "" } else { "LimitNOFILE=65536" };
        Report::of(&mut command).says("limits.descriptors", status, &[limit, remedy]);
    }
}

#[tokio::test]
async fn a_running_server_is_named_by_its_process_and_not_disturbed() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let listening = server.url.trim_start_matches("http://").to_owned();
        let process = server.pid().to_string();
        let report = Report::of(server.command("doctor").args(["--listen", &listening]));
        report.says("server", "ok", &[&format!("process {process} ")]);
        report.says("listen", "ok", &["this server listens"]);
        report.says("public_url", "ok", &["this server answers"]);
        report.says("clock.public", "ok", &[]);
        report.says("schema", "ok", &["this program's"]);
        report.says("key", "ok", &["the database's"]);
        report.says("database.integrity", "ok", &[]);
        assert_eq!(
            report.with("skipped").len(),
            usize::from(engine == Engine::Postgres),
            "{report:?}",
            report = report.findings
        );
        server.stop();
        let report = Report::of(server.command("doctor").args(["--listen", &listening]));
        report.says("server", "ok", &["none works"]);
        report.says("listen", "ok", &["is free"]);
        report.says("public_url", "skipped", &["laqun serve"]);
    }
}
