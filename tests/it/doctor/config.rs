//! Configuration, and how the report looks.

use std::{fs, os::unix::fs::PermissionsExt};

use super::Report;
use crate::harness::laqun;

#[test]
fn a_mistake_in_the_file_is_told_with_its_line_and_the_rest_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("laqun.toml");
    // Cut off in the middle of a line, as by a full disk.
    fs::write(&file, "listen = \"127.0.0.1:0\"\n[gateway]\nclock_ske").expect("a file");
    let report = Report::of(laqun().arg("doctor").arg("--config").arg(&file));
    report.says("config", "problem", &["line 3", "laqun.toml", "laqun.example.toml"]);
    report.says("zone", "ok", &["Asia/Shanghai"]);
    assert_eq!(report.code, 1);
}

#[test]
fn a_variable_that_is_no_setting_and_an_open_file_with_a_password_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("laqun.toml");
    fs::write(&file, "database_url = \"host=127.0.0.1 port=1 user=x password=topsecret\"\n").expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    let mut command = laqun();
    command.arg("doctor").arg("--config").arg(&file).env("LAQUN_LISTEM", "x").current_dir(folder.path());
    let report = Report::of(&mut command);
    report.says("config.doubt", "warning", &["LAQUN_LISTEM", "LAQUN_LISTEN", "laqun config show"]);
    report.says("config.mode", "warning", &["mode 644", "chmod 640"]);
    assert!(!format!("{:?}", report.findings).contains("topsecret"));
}

#[test]
fn people_get_aligned_lines_with_symbols_and_words_and_no_colour_in_a_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = laqun().arg("doctor").arg("--data").arg(folder.path()).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("✓ ok       config"), "{text}");
    assert!(text.contains("! warning  database"), "{text}");
    assert!(text.contains("– skipped  schema"), "{text}");
    assert!(text.lines().any(|line| line.trim_start().starts_with("→ the first `laqun serve`")), "{text}");
    assert!(text.trim_end().lines().last().expect("a sum").contains("0 problem(s)"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn wrong_usage_is_told_by_its_own_exit_code() {
    assert_eq!(laqun().args(["doctor", "--deeep"]).output().expect("it runs").status.code(), Some(2));
}
