use std::{os::unix::fs::PermissionsExt, time::Duration};

use super::*;

/// Far in the future: everything is older.
const LATER: i64 = i64::MAX;

fn blobs() -> (tempfile::TempDir, Blobs) {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Blobs::open(&folder.path().join("blobs")).expect("taken");
    (folder, blobs)
}

/// Every file below the folder, by its path from there.
fn files(blobs: &Blobs) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![blobs.folder().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(blobs.folder()).expect("below").display().to_string());
            }
        }
    }
    found.sort();
    found
}

async fn read(blobs: &Blobs, sha256: &str, first: u64, bytes: u64) -> Vec<u8> {
    let blob = blobs.read(sha256).await.expect("read").expect("there");
    let mut content = Vec::new();
    blob.part(first, bytes).await.expect("sought").read_to_end(&mut content).await.expect("read");
    content
}

#[tokio::test]
async fn content_that_comes_in_parts_is_stored_once_under_its_digest_for_its_owner_only() {
    let (_folder, blobs) = blobs();
    let content: Vec<u8> = (0..700_000_u32).map(|n| u8::try_from(n % 251).expect("small")).collect();
    let mut upload = blobs.begin(700_000).await.expect("begun");
    for part in content.chunks(16_411) {
        upload.write(part).await.expect("written");
    }
    let staged = upload.finish().await.expect("arrived");
    let (begin, staged) = staged.content(10).await.expect("read");
    assert_eq!(begin, content[..10]);
    let (same, staged) = staged.content(u64::MAX).await.expect("read");
    assert_eq!(same, content);
    let stored = staged.keep().await.expect("kept");
    assert_eq!(stored.bytes, 700_000);
    assert_eq!(blobs.put(content.clone()).await.expect("stored"), stored);
    let name = &stored.sha256;
    assert_eq!(files(&blobs), [format!("{}/{}/{name}", &name[..2], &name[2..4])]);
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    let path = blobs.path(name).expect("a name");
    assert_eq!(mode(&path), 0o600);
    for folder in path.ancestors().skip(1).take(3) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!(read(&blobs, name, 0, u64::MAX).await, content);
    assert_eq!(read(&blobs, name, 699_998, 10).await, content[699_998..]);
    assert_eq!(read(&blobs, name, 5, 3).await, content[5..8]);
}

#[tokio::test]
async fn what_is_too_large_or_given_up_leaves_nothing() {
    let (_folder, blobs) = blobs();
    let mut upload = blobs.begin(300_000).await.expect("begun");
    upload.write(&vec![1; 300_000]).await.expect("as much as may be");
    assert!(matches!(upload.write(&[1]).await, Err(Error::TooLarge { most: 300_000 })));
    assert!(files(&blobs).is_empty(), "at once, not when the sender gives up");
    assert!(upload.finish().await.is_err());
    let mut upload = blobs.begin(300_000).await.expect("begun");
    upload.write(&vec![1; 290_000]).await.expect("written");
    assert_eq!(files(&blobs).len(), 1);
    drop(upload);
    let staged = {
        let mut upload = blobs.begin(10).await.expect("begun");
        upload.write(b"x").await.expect("written");
        upload.finish().await.expect("arrived")
    };
    drop(staged);
    assert!(files(&blobs).is_empty());
}

#[tokio::test]
async fn a_name_that_is_no_digest_finds_nothing() {
    let (folder, blobs) = blobs();
    fs::write(folder.path().join("secret"), "x").expect("written");
    for name in ["", "../../secret", "../secret", &"g".repeat(64), &"A".repeat(64), &"a".repeat(64)] {
        assert!(blobs.read(name).await.expect("looked").is_none(), "{name}");
        assert!(!blobs.has(name));
    }
}

#[tokio::test]
async fn a_blob_is_removed_only_if_it_is_old_and_nobody_stored_it_again() {
    let (_folder, blobs) = blobs();
    let stored = blobs.put(b"x".to_vec()).await.expect("stored");
    let name = &stored.sha256;
    assert!(matches!(blobs.set_aside(name, 0).await.expect("tried"), SetAside::Fresh));
    assert!(blobs.has(name), "back in its place");
    let SetAside::Aside(aside) = blobs.set_aside(name, LATER).await.expect("tried") else { panic!("old") };
    assert!(!blobs.has(name));
    // A row names it after all.
    drop(aside);
    assert!(blobs.has(name));
    let SetAside::Aside(aside) = blobs.set_aside(name, LATER).await.expect("tried") else { panic!("old") };
    blobs.put(b"x".to_vec()).await.expect("stored");
    aside.remove().await.expect("removed");
    assert!(blobs.has(name), "the new one is another file");
    let SetAside::Aside(aside) = blobs.set_aside(name, LATER).await.expect("tried") else { panic!("old") };
    blobs.put(b"x".to_vec()).await.expect("stored");
    drop(aside);
    assert_eq!(files(&blobs).len(), 1);
    let SetAside::Aside(aside) = blobs.set_aside(name, LATER).await.expect("tried") else { panic!("old") };
    aside.remove().await.expect("removed");
    assert!(files(&blobs).is_empty());
    assert!(matches!(blobs.set_aside(name, LATER).await.expect("tried"), SetAside::Absent));
}

#[tokio::test]
async fn what_killed_processes_left_is_cleared_or_put_back() {
    let (_folder, blobs) = blobs();
    let stored = blobs.put(b"x".to_vec()).await.expect("stored");
    let place = blobs.path(&stored.sha256).expect("a name");
    // Killed between setting aside and looking for rows.
    fs::rename(&place, blobs.incoming(&format!("aside-{}", stored.sha256))).expect("moved");
    let young = blobs.incoming("upload");
    fs::write(&young, "half").expect("written");
    let old = blobs.incoming("upload");
    let file = fs::File::create(&old).expect("made");
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1)).expect("set");
    assert_eq!(blobs.clear_incoming(2000).expect("cleared"), 1);
    assert!(!old.exists() && young.exists(), "another server may be writing that");
    assert!(blobs.has(&stored.sha256));
    assert_eq!(read(&blobs, &stored.sha256, 0, 9).await, b"x");
}
