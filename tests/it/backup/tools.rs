//! Without PostgreSQL's programs.

use std::process::Command;

use super::{Said, backup, verify};
use crate::{
    harness::{Engine, laqun},
    migrations::story,
};

/// Hides PostgreSQL's programs from a command, by a mount that only it sees.
const HIDDEN: &str = "mount -t tmpfs tmpfs /usr/lib/postgresql && exec env PATH=/nowhere \"$@\"";

#[tokio::test]
async fn without_pg_restore_a_backup_is_not_said_to_be_whole() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let may = Command::new("unshare").args(["-m", "sh", "-c", HIDDEN, "sh", "/bin/true"]).output();
    if !may.is_ok_and(|done| done.status.success()) {
        println!("skipped: this user may not mount, or PostgreSQL's programs are elsewhere");
        return;
    }
    let server = story::start(Engine::Postgres).await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy");
    backup(&server, &copy).done();
    assert_eq!(verify(&copy).done().told["structure_checked"], true);
    let without = |more: &[&str]| {
        let program = laqun().get_program().to_owned();
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", HIDDEN, "sh"]).arg(program).args(["backup", "--verify"]);
        Said::of(&command.arg(&copy).args(more).current_dir(folder.path()).output().expect("it runs"))
    };
    let said = without(&["--json"]).done();
    assert_eq!(said.told["structure_checked"], false, "{}", said.out);
    let said = without(&[]).done();
    assert!(
        !said.out.contains("is whole") && said.out.contains("structure was NOT looked at"),
        "{}",
        said.out
    );
    assert!(said.out.contains("is not installed here"), "{}", said.out);
}
