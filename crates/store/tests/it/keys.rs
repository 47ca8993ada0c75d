//! The master key's rules, and the mark of a data folder.

use std::fs;

use store::{Engine, Error, Folder, KEY_FILE, KeySource, MasterKey};

use crate::place::{Place, on_both};

on_both!(the_database_knows_its_key);

async fn the_database_knows_its_key(place: Place) {
    let store = place.open().await;
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("given");
    fs::write(&given, format!("{}\n", "ab".repeat(32))).unwrap();
    let in_folder = MasterKey::open_for(&store, KeySource::Folder(folder.path())).await;
    let key = if store.engine() == Engine::Postgres {
        let refused = in_folder.unwrap_err().to_string();
        assert!(refused.contains("LAQUN_MASTER_KEY_FILE"), "{refused}");
        assert!(!folder.path().join(KEY_FILE).exists());
        MasterKey::open_for(&store, KeySource::File(&given)).await.unwrap()
    } else {
        let key = in_folder.unwrap();
        // The same key from a copy of its file.
        let copy = MasterKey::open_for(&store, KeySource::File(&folder.path().join(KEY_FILE))).await.unwrap();
        assert_eq!(copy.id(), key.id());
        // A lost key file is not silently replaced by a new one.
        fs::rename(folder.path().join(KEY_FILE), folder.path().join("kept")).unwrap();
        let missing = MasterKey::open_for(&store, KeySource::Folder(folder.path())).await;
        assert!(matches!(missing, Err(Error::Key { .. })), "{missing:?}");
        assert!(!folder.path().join(KEY_FILE).exists());
        key
    };
    let other = folder.path().join("other");
    fs::write(&other, "cd".repeat(32)).unwrap();
    let mismatch = MasterKey::open_for(&store, KeySource::File(&other)).await.unwrap_err().to_string();
    assert!(mismatch.contains(&key.id()) && mismatch.contains("give that key's file"), "{mismatch}");
    let absent = MasterKey::open_for(&store, KeySource::File(&folder.path().join("nowhere"))).await;
    assert!(matches!(absent, Err(Error::Key { .. })));
    store.close().await;
}

#[test]
fn one_process_a_folder() {
    let directory = tempfile::tempdir().unwrap();
    let first = Folder::take(directory.path()).unwrap();
    assert!(matches!(Folder::take(directory.path()), Err(Error::FolderInUse(_))));
    let id = first.id().to_owned();
    drop(first);
    assert_eq!(Folder::take(directory.path()).unwrap().id(), id, "the folder keeps its name");
    assert_eq!(id.len(), 32);
}
