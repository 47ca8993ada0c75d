//! What root makes in a data folder belongs to who serves from there.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
};

use super::{Elsewhere, Said, backup};
use crate::{harness::Engine, migrations::story};

/// Who serves, by number: user and group; none where this process is not root.
fn nobody() -> Option<(u32, u32)> {
    let number = |flag: &str| -> u32 {
        let said = Command::new("id").args([flag, "nobody"]).output().expect("id runs").stdout;
        String::from_utf8_lossy(&said).trim().parse().expect("a number")
    };
    let folder = tempfile::tempdir().expect("a folder");
    if fs::metadata(folder.path()).expect("its owner").uid() != 0 {
        println!("skipped: only root makes files for others");
        return None;
    }
    Some((number("-u"), number("-g")))
}

/// A folder and everything below it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while at < found.len() {
        if found[at].is_dir() {
            let entries = fs::read_dir(&found[at]).expect("a folder");
            found.extend(entries.map(|entry| entry.expect("an entry").path()));
        }
        at += 1;
    }
    found
}

fn all_are_of((user, group): (u32, u32), folder: &Path, some: &[&str]) {
    let found = below(folder);
    for path in &found {
        let file = fs::metadata(path).expect("its owner");
        assert_eq!((file.uid(), file.gid()), (user, group), "{}", path.display());
        assert_eq!(file.mode() & 0o077, 0, "{} is for its owner alone", path.display());
    }
    for name in some {
        assert!(found.contains(&folder.join(name)), "{name} is not in {found:?}");
    }
}

#[tokio::test]
async fn a_key_that_root_replaced_can_be_read_by_the_servers_user() {
    let Some(who) = nobody() else { return };
    let mut server = story::start(Engine::Sqlite).await;
    server.stop();
    let data = server.folder.path().join("data");
    // Database and mark are as readable as the user's umask lets them be, in a folder that nobody else enters.
    for path in below(&data) {
        chown(&path, Some(who.0), Some(who.1)).expect("given");
    }
    let key = data.join("master.key");
    let before = fs::read(&key).expect("the key");
    Said::of(&server.admin("key rotate", &["--linger", "0"])).done();
    assert_ne!(fs::read(&key).expect("the key"), before);
    for path in below(&data) {
        let file = fs::metadata(&path).expect("its owner");
        assert_eq!((file.uid(), file.gid()), who, "{}", path.display());
    }
    assert_eq!(fs::metadata(&key).expect("its mode").mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_root_restored_can_be_read_by_the_servers_user() {
    let Some(who) = nobody() else { return };
    for engine in Engine::all() {
        let server = story::start(engine).await;
        let blob = server.folder.path().join("data/blobs/ab");
        fs::create_dir_all(&blob).expect("a folder");
        fs::write(blob.join("cd"), "a picture").expect("a blob");
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy");
        backup(&server, &copy).done();
        let database = if engine == Engine::Sqlite { "laqun.db" } else { "instance.lock" };
        // Into the user's folder, and into one that is made in the user's.
        for is_there in [true, false] {
            let elsewhere = Elsewhere::new(engine).await;
            let theirs = if is_there { elsewhere.data() } else { elsewhere.folder.path().to_owned() };
            if is_there {
                fs::create_dir(&theirs).expect("a folder");
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
                fs::set_permissions(&theirs, mode).expect("its mode");
            }
            chown(&theirs, Some(who.0), Some(who.1)).expect("given");
            elsewhere.restore(&copy, &[]).done();
            // The mark of a data folder holds no secret.
            let mark = elsewhere.data().join("instance.lock");
            fs::set_permissions(&mark, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .expect("its mode");
            all_are_of(who, &elsewhere.data(), &[database, "instance.lock", "blobs/ab/cd"]);
        }
    }
}
