//! The database goes away and comes back.

use std::{fs, process::Command};

use super::{DEADLINE, assert_kept, click, group, may_mount, run, status, until_ready_says};
use crate::{
    harness::{Engine, Server},
    promises::{cluster::Cluster, remote::until_none},
};

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_that_is_killed_is_missed_at_once_and_found_again() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    let server = Server::start_on(cluster.address.clone());
    let (process, url) = (server.pid(), server.url.clone());
    let made = group(&click(&server, "before").await).expect("it is well");
    cluster.kill();
    until_ready_says(&server, 503).await;
    // If each of them waited for seconds, they would not be through before the fail-safe.
    let all = async {
        while group(&click(&server, "123").await).is_some() {}
        for _ in 0..150 {
            assert_eq!(group(&click(&server, "123").await), None, "a warm click");
            assert_eq!(group(&click(&server, "during").await), None, "a cold click");
        }
    };
    tokio::time::timeout(DEADLINE, all).await.expect("an outage that is known is told at once");
    assert!(
        status(&server, "/g/4vJ9JU1bJJE96FWSJKvHsm").await >= 500,
        "a page does not say that it does not exist"
    );

    cluster.again();
    until_ready_says(&server, 200).await;
    assert_eq!((server.pid(), &server.url), (process, &url), "it was not restarted");
    let during = group(&click(&server, "during").await).expect("it is well again");
    let told = [("before".to_owned(), made), ("during".to_owned(), during)];
    assert_kept(&server, &told).await;
    until_none(&server, "SELECT id FROM store_job").await;
}

/// A restart within anybody's patience is not noticed at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_restart_of_postgresql_is_waited_for() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let cluster = Cluster::start();
    let server = Server::start_on(cluster.address.clone());
    let mut told = Vec::new();
    for round in 0..3 {
        cluster.kill();
        let case_id = format!("r{round}");
        let (answer, ()) = tokio::join!(click(&server, &case_id), async {
            tokio::task::block_in_place(|| cluster.again());
        });
        // On a machine that starts PostgreSQL too slowly it may be told to come again; then it does.
        let made = match group(&answer) {
            Some(made) => made,
            None => {
                until_ready_says(&server, 200).await;
                group(&click(&server, &case_id).await).expect("it is well again")
            }
        };
        told.push((case_id, made));
    }
    assert_kept(&server, &told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_is_moved_away_takes_no_writes_until_it_is_back() {
    let server = Server::start(Engine::Sqlite).await;
    let made = group(&click(&server, "before").await).expect("it is well");
    let data = server.folder.path().join("data");
    let away = server.folder.path().join("away");
    fs::rename(&data, &away).expect("moved");
    // With nothing in its place, and with an empty folder there.
    for is_replaced in [false, true] {
        if is_replaced {
            fs::create_dir(&data).expect("a folder");
        }
        assert_eq!(group(&click(&server, "during").await), None);
        assert_eq!(
            group(&click(&server, "before").await),
            Some(made.clone()),
            "reading goes on, and is true"
        );
        until_ready_says(&server, 503).await;
        if is_replaced {
            assert_eq!(fs::read_dir(&data).expect("a folder").count(), 0, "no empty database is made there");
            fs::remove_dir(&data).expect("it is empty");
        }
    }
    fs::rename(&away, &data).expect("moved back");
    until_ready_says(&server, 200).await;
    let during = group(&click(&server, "during").await).expect("it is well again");
    assert_kept(&server, &[("before".to_owned(), made), ("during".to_owned(), during)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_replaced_under_a_server_is_not_written_to() {
    let server = Server::start(Engine::Sqlite).await;
    let made = group(&click(&server, "before").await).expect("it is well");
    let (file, aside) = (server.sqlite_file(), server.folder.path().join("aside.db"));
    fs::rename(&file, &aside).expect("moved");
    fs::copy(&aside, &file).expect("another file of the same name");
    let log = fs::metadata(file.with_extension("db-wal")).expect("a log").len();
    assert_eq!(group(&click(&server, "during").await), None);
    until_ready_says(&server, 503).await;
    assert!(server.log().contains("another file"), "{}", server.log());
    fs::rename(&aside, &file).expect("moved back");
    assert!(fs::metadata(file.with_extension("db-wal")).expect("a log").len() >= log);
    until_ready_says(&server, 200).await;
    let during = group(&click(&server, "during").await).expect("it is well again");
    assert_kept(&server, &[("before".to_owned(), made), ("during".to_owned(), during)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_is_unmounted_takes_no_writes_until_it_is_back() {
    if !may_mount() {
        return;
    }
    let disk = tempfile::tempdir().expect("a folder");
    let source = disk.path().to_str().expect("a path").to_owned();
    let server = Server::start_in(|data| run(&["mount", "--bind", &source, data.to_str().expect("a path")]));
    let data = server.folder.path().join("data");
    let place = data.to_str().expect("a path");
    let made = group(&click(&server, "before").await).expect("it is well");
    run(&["umount", "-l", place]);
    assert_eq!(group(&click(&server, "during").await), None);
    assert_eq!(group(&click(&server, "before").await), Some(made.clone()), "reading goes on, and is true");
    until_ready_says(&server, 503).await;
    assert_eq!(fs::read_dir(&data).expect("a folder").count(), 0, "nothing is written under the mount");
    run(&["mount", "--bind", &source, place]);
    until_ready_says(&server, 200).await;
    let during = group(&click(&server, "during").await).expect("it is well again");
    assert_kept(&server, &[("before".to_owned(), made), ("during".to_owned(), during)]).await;
    drop(server);
    let _ = Command::new("umount").args(["-l", place]).status();
}
