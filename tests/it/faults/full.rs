//! The volume of PostgreSQL's log is full: it gives up, recovers, and is found again. (A full volume of tables is in the
//! store's tests, a full disk of SQLite in `promises::disk`.)

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

use super::{assert_kept, click, group, may_mount, run, until_ready_says};
use crate::{
    harness::{Engine, Server},
    promises::cluster::Cluster,
};

/// A small volume for the log, unmounted and removed when dropped.
struct Volume(PathBuf);

impl Volume {
    fn mount() -> Self {
        let folder = PathBuf::from(format!("/tmp/laqun-it-wal.{}", std::process::id()));
        fs::create_dir(&folder).expect("a folder");
        run(&["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", folder.to_str().expect("a path")]);
        // The log's folder must be empty, and this one is to hold more.
        fs::create_dir(folder.join("log")).expect("a folder");
        Self(folder)
    }

    fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file =
            File::options().create(true).append(true).open(self.0.join("ballast")).expect("a file");
        loop {
            match file.write(&[7; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_whose_log_has_no_room_is_missed_and_found_again() {
    if !Engine::all().contains(&Engine::Postgres) || !may_mount() {
        return;
    }
    let volume = Volume::mount();
    let log = volume.log();
    let cluster = Cluster::start_with(&[
        ("LAQUN_PG_WAL", log.to_str().expect("a path")),
        ("LAQUN_PG_OPTIONS", "-c min_wal_size=2MB -c max_wal_size=8MB"),
    ]);
    let server = Server::start_on(cluster.address.clone());
    let mut told = vec![("before".to_owned(), group(&click(&server, "before").await).expect("it is well"))];
    volume.fill();
    // There is room in the log's last files still.
    loop {
        let case_id = format!("f{}", told.len());
        let Some(made) = group(&click(&server, &case_id).await) else { break };
        told.push((case_id, made));
        assert!(told.len() < 20_000, "a full volume takes everything");
    }
    until_ready_says(&server, 503).await;

    fs::remove_file(volume.0.join("ballast")).expect("it is there");
    // PostgreSQL panicked. It may have recovered by itself, or have ended because it could not: then somebody starts it.
    if !is_up(&cluster).await {
        cluster.kill();
        cluster.again();
    }
    until_ready_says(&server, 200).await;
    let refused = format!("f{}", told.len());
    told.push((refused.clone(), group(&click(&server, &refused).await).expect("it is well again")));
    assert_kept(&server, &told).await;
    assert!(Path::new("/proc").join(server.pid().to_string()).exists());
}

async fn is_up(cluster: &Cluster) -> bool {
    tokio_postgres::connect(&cluster.address, tokio_postgres::NoTls).await.is_ok()
}
