//! A backup that is broken off, by a full disk or by force, never has the name of one that is whole.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use super::{Elsewhere, Said, backup, verify};
use crate::{harness::Engine, migrations::story};

/// A file system of this many kilobytes, unmounted when dropped.
struct Tiny(PathBuf);

impl Tiny {
    /// None where this user may not mount.
    fn mount(folder: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        let options = format!("size={kilobytes}k,mode=700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder);
        let mounted = mount.output().is_ok_and(|done| done.status.success());
        if !mounted {
            println!("skipped: this user may not mount");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn names(&self) -> Vec<String> {
        let entries =
            fs::read_dir(&self.0).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(done.is_ok_and(|done| done.success()));
    }
}

#[tokio::test]
async fn a_full_disk_leaves_neither_a_backup_nor_a_restore_by_halves() {
    for engine in Engine::all() {
        let server = story::start(engine).await;
        story::fill(&server).await;
        let blobs = server.folder.path().join("data/blobs");
        fs::create_dir_all(&blobs).expect("a folder");
        fs::write(blobs.join("large"), vec![1; 300_000]).expect("a blob");
        let folder = tempfile::tempdir().expect("a folder");
        for kilobytes in [16, 200] {
            let Some(tiny) = Tiny::mount(&folder.path().join("tiny"), kilobytes) else { return };
            let said = backup(&server, &tiny.0.join("copy"));
            assert_eq!((said.code, tiny.names()), (Some(1), Vec::new()), "{}", said.err);
            assert!(said.err.contains("full") || said.err.contains("No space"), "{}", said.err);
        }
        let good = folder.path().join("good");
        backup(&server, &good).done();
        let elsewhere = Elsewhere::new(engine).await;
        let Some(tiny) = Tiny::mount(&elsewhere.data(), 200) else { return };
        let said = elsewhere.restore(&good, &[]);
        assert_eq!((said.code, tiny.names()), (Some(1), vec!["instance.lock".to_owned()]), "{}", said.err);
        assert!(said.err.contains("full") || said.err.contains("No space"), "{}", said.err);
        drop(tiny);
        elsewhere.restore(&good, &[]).done();
    }
}

#[tokio::test]
async fn a_backup_that_was_killed_has_not_the_name_of_a_whole_one() {
    for engine in Engine::all() {
        let server = story::start(engine).await;
        let blobs = server.folder.path().join("data/blobs");
        fs::create_dir_all(&blobs).expect("a folder");
        for number in 0..200 {
            fs::write(blobs.join(number.to_string()), vec![1; 10_000]).expect("a blob");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy");
        let partial = folder.path().join("copy.partial");
        let mut child = server.command("backup").arg(&copy).spawn().expect("it runs");
        while !partial.join("blobs/0").exists() && child.try_wait().expect("asked").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        if copy.exists() {
            // It was faster than we.
            verify(&copy).done();
            continue;
        }
        let broken: Said = verify(&partial);
        broken.refused("broken off");
        backup(&server, &copy).refused("copy.partial is there");
        fs::remove_dir_all(&partial).expect("removed");
        backup(&server, &copy).done();
        verify(&copy).done();
    }
}

/// Puts a file system into the folder where a restore is made ready, as soon as that is there, so that it cannot be removed.
struct InTheWay {
    stage: PathBuf,
    mounted: Mutex<Option<Tiny>>,
}

impl laqun::backup::Progress for InTheWay {
    fn begin(&self, _: &str, _: u64) {
        let mut mounted = self.mounted.lock().expect("one thread");
        if mounted.is_none() && self.stage.exists() {
            *mounted = Tiny::mount(&self.stage.join("busy"), 16);
        }
    }

    fn at(&self, _: u64) {}
}

#[tokio::test]
async fn what_cannot_be_cleared_away_after_a_restore_does_not_make_it_a_failure() {
    let server = story::start(Engine::Sqlite).await;
    story::fill(&server).await;
    let answers = story::answers(&server).await;
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good");
    backup(&server, &good).done();
    let elsewhere = Elsewhere::new(Engine::Sqlite).await;
    let (data, stage) = (elsewhere.data(), elsewhere.data().join("restore.partial"));
    let watching = InTheWay { stage: stage.clone(), mounted: Mutex::new(None) };
    let restore = laqun::backup::Restore {
        from: &good,
        location: &store::Location::Sqlite(data.join("laqun.db")),
        data: &data,
        blobs: &data.join("blobs"),
        key_file: Some(&elsewhere.key()),
        schema: laqun::app::open::MIGRATIONS.len(),
    };
    let restored = restore.run(&watching).await.expect("all of it is in place");
    let Some(tiny) = watching.mounted.into_inner().expect("one thread") else { return };
    let (left, _) = restored.left.expect("something is in the way");
    assert_eq!(left, stage);
    assert!(stage.exists() && data.join("laqun.db").exists());
    drop(tiny);
    fs::remove_dir_all(&stage).expect("removed by hand");
    assert_eq!(story::answers(&elsewhere.serve()).await, answers);
}
