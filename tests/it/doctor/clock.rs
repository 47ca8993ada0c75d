//! Clocks and time zones.

use std::process::Command;

use super::Report;
use crate::harness::{Engine, Server, laqun};

/// The program under another time than the system's. The monotonic clock is left alone.
fn at(time: &str, command: &Command) -> Command {
    let mut faked = Command::new("faketime");
    faked.args(["-f", time]).arg(command.get_program()).args(command.get_args());
    faked.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    faked.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    faked
}

#[test]
fn a_clock_that_cannot_be_right_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = laqun();
    command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let report = Report::of(&mut at("@2010-01-01 00:00:00", &command));
    report.says("clock", "problem", &["2010-", "timedatectl set-ntp true"]);
    assert_eq!(report.code, 1);
    assert_eq!(Report::of(&mut command).all("clock")[0]["status"], "ok");
}

#[test]
fn missing_or_wrong_time_zones_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    // In a view of its own of the machine's files.
    let doctor = |zones: &str| {
        let script = format!("mount -t tmpfs tmpfs /usr/share/zoneinfo && {zones} && exec \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_laqun"), "doctor"]);
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        command
    };
    if !Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|done| done.success()) {
        println!("SKIPPED: this user may not have a view of its own of the machine's files");
        return;
    }
    let paris = folder.path().join("Paris");
    std::fs::copy("/usr/share/zoneinfo/Europe/Paris", &paris).expect("a zone");
    let report = Report::of(&mut doctor("true"));
    report.says("zone", "problem", &["Asia/Shanghai", "apt-get install tzdata"]);
    assert_eq!(report.code, 1);
    let wrong =
        format!("mkdir /usr/share/zoneinfo/Asia && cp {} /usr/share/zoneinfo/Asia/Shanghai", paris.display());
    let report = Report::of(&mut doctor(&wrong));
    report.says("zone", "problem", &["3600 s from UTC", "--reinstall tzdata"]);
}

#[tokio::test]
async fn a_clock_apart_from_the_database_s_or_the_public_address_s_is_told() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let doctor = || {
            let mut command = server.command("doctor");
            command.args(["--listen", server.url.trim_start_matches("http://")]);
            command
        };
        let report = Report::of(&mut at("+3m", &doctor()));
        report.says("clock.public", "problem", &["180 s", "set-ntp true"]);
        if engine == Engine::Postgres {
            report.says("clock.database", "problem", &["more than 5000 ms", "set-ntp true"]);
            let report = Report::of(&mut at("+3s", &doctor()));
            report.says("clock.database", "warning", &["1000 ms are allowed", "set-ntp true"]);
            Report::of(&mut doctor()).says("clock.database", "ok", &["ms from the database's"]);
        }
        Report::of(&mut at("+20s", &doctor())).says("clock.public", "warning", &["5 s are allowed"]);
    }
}
