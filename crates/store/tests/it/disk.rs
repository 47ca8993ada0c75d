//! A full disk: writes are refused and say why, reads go on, nothing half-done is kept, and room cures it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use store::{Error, Location, Store, params};
use tempfile::TempDir;

use crate::place::{Place, connect, word};
use crate::units::count;

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(1);

/// A file system of a few megabytes, unmounted when dropped.
struct Tiny(TempDir);

impl Tiny {
    /// None, with a line that says so, where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        println!("SKIPPED: a tiny file system cannot be mounted by this user");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(done.is_ok_and(|done| done.success()));
    }
}

/// Adds notes from many callers until the disk is full; returns how many were promised.
async fn fill(store: &Store) -> i64 {
    let mut promised = 0;
    for round in 0.. {
        let asks: Vec<_> = (0..16_i64)
            .map(|turn| {
                let (store, id) = (store.clone(), round * 16 + turn);
                tokio::spawn(async move {
                    let unit = move |tx: &mut store::Tx<'_>| {
                        tx.put(
                            "INSERT INTO note (id, raw) VALUES ($1, $2)",
                            params![id, &vec![7_u8; 20_000]],
                        )?;
                        tx.put("INSERT INTO parent (id) VALUES ($1)", params![id])
                    };
                    store.write("fill", unit).await
                })
            })
            .collect();
        let mut full = false;
        for ask in asks {
            match ask.await.unwrap() {
                Ok(()) => promised += 1,
                Err(Error::DiskFull) => full = true,
                Err(error) => panic!("{error:?}"),
            }
        }
        if full {
            return promised;
        }
    }
    unreachable!("the disk has an end");
}

/// Takes what room is left for something smaller than that.
async fn top_up(store: &Store) {
    for id in 1_000_000_i64.. {
        let unit = move |tx: &mut store::Tx<'_>| {
            tx.put("INSERT INTO chat (id, last_seq) VALUES ($1, 0)", params![id])?;
            tx.put("INSERT INTO note (id, raw) VALUES ($1, $2)", params![-id, &vec![7_u8; 1_000]])
        };
        match store.write("top_up", unit).await {
            Ok(()) => {}
            Err(Error::DiskFull) => return,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn story(store: &Store, make_room: impl AsyncFnOnce()) {
    let promised = fill(store).await;
    assert!(promised > 0);
    assert_eq!(count(store, "SELECT COUNT(*) FROM note").await, promised, "reads go on, and tell the truth");
    assert_eq!(count(store, "SELECT COUNT(*) FROM parent").await, promised, "no half of a unit");
    top_up(store).await;
    let promised = count(store, "SELECT COUNT(*) FROM note").await;
    assert!(matches!(store.writable().await, Err(Error::DiskFull)), "it is remembered");
    // Longer than the pause between trials: what is told now comes from a trial. SQLite may have found room for it in its own
    // log meanwhile; what must not be told is anything but the truth.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(matches!(store.writable().await, Ok(()) | Err(Error::DiskFull)), "and tried again");
    make_room().await;
    let deadline = Instant::now() + DEADLINE;
    while let Err(error) = store.writable().await {
        assert!(matches!(error, Error::DiskFull), "{error:?}");
        assert!(Instant::now() < deadline, "room is not noticed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let added: Result<(), Error> = store
        .write("after", |tx| {
            tx.put("INSERT INTO note (id, raw) VALUES (-1, $1)", params![&vec![7_u8; 20_000]])
        })
        .await;
    added.unwrap();
    assert_eq!(count(store, "SELECT COUNT(*) FROM note").await, promised + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    let Some(tiny) = Tiny::mount() else { return };
    let ballast = tiny.path().join("ballast");
    fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let place = Place { location: Location::Sqlite(tiny.path().join("test.db")), _folder: None };
    let store = place.open().await;
    story(&store, async || fs::remove_file(&ballast).unwrap()).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let Some(place) = Place::postgres().await else { return };
    let Some(tiny) = Tiny::mount() else { return };
    let owned = Command::new("chown").arg("postgres").arg(tiny.path()).output();
    let opened = Command::new("chmod").arg("755").arg(tiny.path()).output();
    assert!(owned.is_ok() && opened.is_ok());
    let store = place.open().await;
    let raw = connect(place.address()).await;
    let space = format!("tiny_{}", word(place.address(), "dbname"));
    let made =
        raw.batch_execute(&format!("CREATE TABLESPACE {space} LOCATION '{}'", tiny.path().display())).await;
    if let Err(error) = made {
        println!("SKIPPED: the server cannot use a file system of ours: {error}");
        return;
    }
    raw.batch_execute(&format!("ALTER TABLE note SET TABLESPACE {space}; ALTER TABLE store_meta SET TABLESPACE {space}; CREATE TABLE ballast TABLESPACE {space} AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)"))
        .await
        .unwrap();
    story(&store, async || raw.batch_execute("DROP TABLE ballast; CHECKPOINT").await.unwrap()).await;
    store.close().await;
    raw.batch_execute("DROP TABLE note, store_meta").await.unwrap();
    raw.batch_execute("CHECKPOINT").await.unwrap();
    raw.batch_execute(&format!("DROP TABLESPACE {space}")).await.unwrap();
}
