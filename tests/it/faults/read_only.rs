//! The database reads and does not write.

use std::{path::PathBuf, process::Command};

use super::{assert_kept, click, group, may_mount, run, until_ready_says};
use crate::{
    harness::{Engine, Server},
    promises::{cluster::Cluster, stored},
};

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_set_to_read_only_is_told_and_writes_again_when_it_may() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    let server = Server::start_on(cluster.address.clone());
    let made = group(&click(&server, "before").await).expect("it is well");
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let set = "ALTER DATABASE postgres SET default_transaction_read_only = on";
    stored::postgres_rows(&cluster.address, set).await;
    stored::postgres_rows(&cluster.address, end_all).await;

    assert_eq!(group(&click(&server, "during").await), None);
    assert_eq!(group(&click(&server, "before").await), Some(made.clone()), "reading goes on");
    until_ready_says(&server, 503).await;
    assert!(server.log().contains("read-only"), "{}", server.log());

    // The server's sessions are left alone: they began on a read-only database, and are to be replaced.
    let writing = format!("{} options='-c default_transaction_read_only=off'", cluster.address);
    stored::postgres_rows(&writing, "ALTER DATABASE postgres RESET default_transaction_read_only").await;
    until_ready_says(&server, 200).await;
    let mut told = vec![("before".to_owned(), made)];
    // Each of the server's connections gets its turn.
    for n in 0..64 {
        let case_id = format!("after{n}");
        let mut made = group(&click(&server, &case_id).await);
        while made.is_none() {
            until_ready_says(&server, 200).await;
            made = group(&click(&server, &case_id).await);
        }
        told.push((case_id, made.expect("a group")));
    }
    assert_kept(&server, &told).await;
}

/// A file system of its own, in a file.
struct Disk(PathBuf);

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Even root cannot write a file that is immutable, also one that is open already: what a file system does that its kernel
/// has made read-only.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_that_takes_no_writes_is_told_and_writes_again_when_it_may() {
    if !may_mount() {
        return;
    }
    let images = tempfile::tempdir().expect("a folder");
    let image = images.path().join("image");
    let image = image.to_str().expect("a path");
    run(&["truncate", "-s", "64M", image]);
    run(&["mkfs.ext4", "-q", image]);
    let mut disk = None;
    let server = Server::start_in(|data| {
        let place = data.to_str().expect("a path");
        run(&["mount", "-o", "loop", image, place]);
        disk = Some(Disk(data.to_owned()));
    });
    let made = group(&click(&server, "before").await).expect("it is well");
    let log = server.sqlite_file().with_extension("db-wal");
    let log = log.to_str().expect("a path");
    run(&["chattr", "+i", log]);
    assert_eq!(group(&click(&server, "during").await), None);
    assert_eq!(group(&click(&server, "before").await), Some(made.clone()), "reading goes on");
    until_ready_says(&server, 503).await;
    assert!(server.log().contains("refuses writes"), "{}", server.log());
    run(&["chattr", "-i", log]);
    until_ready_says(&server, 200).await;
    let during = group(&click(&server, "during").await).expect("it is well again");
    assert_kept(&server, &[("before".to_owned(), made), ("during".to_owned(), during)]).await;
    drop(server);
}
