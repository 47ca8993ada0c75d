//! What lies beside the database.

use std::{fs, os::unix::fs::symlink};

use super::{Said, backup, verify};
use crate::{harness::Engine, migrations::story};

#[tokio::test]
async fn blobs_are_copied_and_a_link_among_them_is_refused_not_followed() {
    let server = story::start(Engine::Sqlite).await;
    let blobs = server.folder.path().join("data/blobs");
    fs::create_dir_all(blobs.join("a/b")).expect("folders");
    fs::write(blobs.join("a/b/图.png"), vec![7; 700_000]).expect("a blob");
    fs::write(blobs.join("empty"), "").expect("a blob");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy");
    let said = backup(&server, &copy).done();
    assert_eq!(said.told["manifest"]["files"]["blobs/a/b/图.png"]["bytes"], 700_000);
    assert_eq!(said.told["manifest"]["files"]["blobs/empty"]["bytes"], 0);
    assert_eq!(fs::read(copy.join("blobs/a/b/图.png")).expect("copied"), vec![7; 700_000]);
    verify(&copy).done();

    symlink("/etc/passwd", blobs.join("link")).expect("a link");
    let other = folder.path().join("other");
    backup(&server, &other).refused("not a plain file");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "nothing is left of a backup that failed: {left:?}");
}

#[tokio::test]
async fn a_name_that_is_taken_or_half_written_is_left_alone() {
    let server = story::start(Engine::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy");
    fs::create_dir(folder.path().join("copy.partial")).expect("a folder");
    backup(&server, &copy).refused("copy.partial is there");
    fs::remove_dir(folder.path().join("copy.partial")).expect("removed");
    backup(&server, &copy).done();
    backup(&server, &copy).refused("is there already");
    backup(&server, &folder.path().join("no/such/folder")).refused("No such file");
    let nothing = crate::harness::laqun().args(["backup", "/tmp/x", "--data", "/nowhere"]).output();
    Said::of(&nothing.expect("it runs")).refused("there is no database at /nowhere/laqun.db");
    let nobody = "postgres://app@127.0.0.1:1/none";
    let nobody = crate::harness::laqun().args(["backup", "/tmp/x", "--database-url", nobody]).output();
    assert_eq!(Said::of(&nobody.expect("it runs")).code, Some(3), "nobody answers");
}
