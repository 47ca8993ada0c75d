use std::fs;

use super::*;

#[test]
fn what_is_sealed_opens_only_with_its_key_and_in_its_place() {
    let key = MasterKey::from_bytes([7; 32]);
    let sealed = key.seal(b"1/app.secret/9", b"hunter2");
    assert_eq!(&**key.open(b"1/app.secret/9", &sealed).unwrap(), b"hunter2");
    assert!(key.open(b"2/app.secret/9", &sealed).is_err());
    let other = MasterKey::from_bytes([8; 32]);
    assert!(matches!(other.open(b"1/app.secret/9", &sealed), Err(Error::UnknownKey)));
    assert!(key.open(b"1/app.secret/9", &sealed[..20]).is_err());
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert!(key.open(b"1/app.secret/9", &changed).is_err(), "byte {index}");
    }
    assert_ne!(sealed, key.seal(b"1/app.secret/9", b"hunter2"));
    assert_ne!(key.derived("a").keys[0].0, key.derived("b").keys[0].0);
    assert!(!format!("{key:?}").contains("0707"));
}

#[test]
fn a_key_file_is_made_once_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let first = MasterKey::load_or_create(folder.path()).unwrap();
    assert_eq!(MasterKey::load_or_create(folder.path()).unwrap().id(), first.id());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for wrong in ["short", "", "\n\n", &format!("{0}\n{0}\n{0}\n", "5a".repeat(32))] {
        fs::write(folder.path().join(KEY_FILE), wrong).unwrap();
        let refused = MasterKey::load_or_create(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("openssl rand -hex 32"), "{refused}");
    }
    fs::write(folder.path().join(KEY_FILE), format!("{}\n{}", "5A".repeat(32), "07".repeat(32))).unwrap();
    assert_eq!(key_ids(&folder.path().join(KEY_FILE)).unwrap().len(), 2);
}

#[test]
fn a_key_that_root_makes_belongs_to_the_folders_owner() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let folder = tempfile::tempdir().unwrap();
    if fs::metadata(folder.path()).unwrap().uid() != 0 {
        println!("skipped: only root makes files for others");
        return;
    }
    chown(folder.path(), Some(65534), Some(65533)).unwrap();
    let path = folder.path().join(KEY_FILE);
    let owner = || {
        let file = fs::metadata(&path).unwrap();
        (file.uid(), file.gid(), file.mode() & 0o777)
    };
    file::create(folder.path()).unwrap();
    assert_eq!(owner(), (65534, 65533, 0o600));
    // What replaces a file belongs to that file's owner, whoever the folder's is.
    chown(&path, Some(1), Some(1)).unwrap();
    file::replace(folder.path(), &[&Key::random()]).unwrap();
    assert_eq!(owner(), (1, 1, 0o600));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
