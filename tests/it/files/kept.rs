//! What is kept, for how long, and where.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    process::Command,
    time::{Duration, UNIX_EPOCH},
};

use image::ImageFormat;
use serde_json::json;

use super::{blobs, fetch, path, picture, sent, upload, uploaded};
use crate::{
    backup::{Elsewhere, backup},
    harness::{Engine, Page, Server},
    migrations::story,
    people::{group, refused},
    promises::{remote::until_none, stored},
};

/// Makes every file of the server older than it is by years.
async fn age(server: &Server) {
    stored::rows(server, "UPDATE attachment SET created_at = 1 RETURNING created_at").await;
    let root = server.folder.path().join("data/blobs");
    for name in blobs(server) {
        let file = fs::File::options().write(true).open(root.join(name)).expect("there");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1)).expect("set");
    }
}

/// When the entry of each file last changed.
fn changed(server: &Server) -> BTreeMap<String, (i64, i64)> {
    let root = server.folder.path().join("data/blobs");
    let of = |name: &String| {
        let metadata = fs::metadata(root.join(name)).expect("there");
        (metadata.ctime(), metadata.ctime_nsec())
    };
    blobs(server).into_iter().map(|name| (name.clone(), of(&name))).collect()
}

#[tokio::test]
async fn what_nobody_sent_and_what_was_recalled_is_gone_after_a_day_and_nothing_else() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let (mut staff, _) = group(&server, "kept-1").await;
        let query = "lane=customer&name=a.txt";
        let kept = uploaded(&staff, query, "said twice").await;
        sent(&staff, "customer", &kept).await;
        // The same content again, unsent; and something that nobody else needs.
        uploaded(&staff, query, "said twice").await;
        uploaded(&staff, query, "never sent").await;
        let large = picture(ImageFormat::Png, 700, 700);
        let recalled = uploaded(&staff, "lane=internal&name=a.png", large).await;
        let entry = sent(&staff, "internal", &recalled).await;
        assert_eq!(staff.delete(&format!("/messages/internal/{}", entry["seq"])).await.status, 200);
        let young = blobs(&server);
        assert_eq!(young.len(), 4, "said twice, never sent, a picture and its small one: {young:?}");
        server.stop();
        server.restart();
        staff.url.clone_from(&server.url);
        assert_eq!(fetch(&staff, &path(&recalled), &[]).await.0, 410);
        assert_eq!(blobs(&server), young, "not yet a day old");
        server.stop();
        age(&server).await;
        let before = changed(&server);
        server.restart();
        staff.url.clone_from(&server.url);
        until_none(&server, "SELECT name FROM attachment WHERE state IN ('uploaded', 'removed')").await;
        let left = blobs(&server);
        assert_eq!(left.len(), 1);
        // Not even for a moment: who moves a file writes down when, and so does who moves it back.
        assert_eq!(changed(&server)[&left[0]], before[&left[0]], "it never left its place");
        assert_eq!(fetch(&staff, &path(&kept), &[]).await.2, b"said twice");
        assert_eq!(fetch(&staff, &path(&recalled), &[]).await.0, 410, "it is remembered");
        let counted = "SELECT file_bytes FROM chat_group WHERE case_id = 'kept-1'";
        assert_eq!(stored::rows(&server, counted).await, [["10"]]);
        assert_eq!(
            stored::rows(&server, "SELECT state FROM attachment ORDER BY state").await,
            [["gone"], ["sent"]]
        );
    }
}

#[tokio::test]
async fn a_backup_has_the_files_and_a_restore_brings_them_back_in_the_data_folder_or_elsewhere() {
    for engine in Engine::all() {
        let server = story::start(engine).await;
        let (staff, _) = group(&server, "kept-2").await;
        let content = picture(ImageFormat::Jpeg, 800, 600);
        let file = uploaded(&staff, "lane=internal&name=a.jpg", content.clone()).await;
        sent(&staff, "internal", &file).await;
        fs::write(server.folder.path().join("data/blobs/.incoming/upload.1"), "half").expect("written");
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy");
        backup(&server, &copy).done();
        assert!(!copy.join("blobs/.incoming").exists(), "what is being written is no blob");
        let shared = folder.path().join("shared");
        for elsewhere in [None, Some(&shared)] {
            let target = Elsewhere::new(engine).await;
            let environment: Vec<_> =
                elsewhere.map(|path| ("LAQUN_BLOBS", path.to_str().expect("UTF-8"))).into_iter().collect();
            target.restore_with(&copy, &environment).done();
            let restored = target.serve_with(&environment);
            let mut staff = staff.clone();
            staff.url.clone_from(&restored.url);
            assert_eq!(fetch(&staff, &path(&file), &[]).await.2, content);
            assert_eq!(fetch(&staff, &format!("{}/thumb", path(&file)), &[]).await.0, 200);
        }
        assert!(shared.join(".incoming").is_dir());
    }
}

#[tokio::test]
async fn two_servers_serve_each_other_s_files_from_the_folder_that_they_share() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let shared = tempfile::tempdir().expect("a folder");
    let environment = [("LAQUN_BLOBS", shared.path().to_str().expect("UTF-8"))];
    let mut server = Server::start_with(Engine::Postgres, &[], &environment).await;
    // The demo is on its own; a server is told where its files are.
    server.stop();
    server.restart();
    let other = server.beside();
    let (staff, link) = group(&server, "kept-3").await;
    let mut customer = Page::joined(&other, &link).await;
    let content = picture(ImageFormat::Png, 30, 30);
    let file = uploaded(&staff, "lane=customer&name=a.png", content.clone()).await;
    sent(&staff, "customer", &file).await;
    assert_eq!(fetch(&customer, &path(&file), &[]).await.2, content);
    let back = uploaded(&customer, "lane=customer&name=a.png", content.clone()).await;
    sent(&customer, "customer", &back).await;
    assert_eq!(fetch(&staff, &path(&back), &[]).await.2, content);
    assert!(
        blobs(&server).iter().all(|name| name.starts_with(".incoming")),
        "nothing in a folder of its own"
    );
    server.kill();
    assert_eq!(fetch(&customer, &path(&file), &[]).await.2, content, "one of them is gone");
    server.restart();
    customer.url.clone_from(&server.url);
    assert_eq!(fetch(&customer, &path(&back), &[]).await.2, content);
    // And doctor knows when the folder is not the one that they share.
    let out = server.command("doctor --deep --json").output().expect("it runs");
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    let of =
        |told: &str| told.lines().find(|line| line.contains("\"files.whole\"")).expect("a line").to_owned();
    assert!(of(&told).contains("\"ok\""), "{told}");
    let empty = tempfile::tempdir().expect("a folder");
    let out =
        server.command("doctor --deep --json").env("LAQUN_BLOBS", empty.path()).output().expect("it runs");
    let found = of(&String::from_utf8_lossy(&out.stdout));
    assert!(found.contains("\"problem\"") && found.contains("that they share"), "{found}");
    let out = server.command("doctor --json").env("LAQUN_BLOBS", "/nowhere/blobs").output().expect("it runs");
    assert!(String::from_utf8_lossy(&out.stdout).contains("/nowhere/blobs"));
}

#[tokio::test]
async fn a_full_disk_refuses_files_in_words_and_goes_on_with_the_rest() {
    let mut mounted = None;
    let server = Server::start_in(|data| {
        let folder = data.join("blobs");
        fs::create_dir(&folder).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs"]).arg(&folder);
        mounted = mount.output().is_ok_and(|done| done.status.success()).then_some(Unmount(folder));
    });
    let Some(_mounted) = mounted else {
        println!("SKIPPED: a file system cannot be mounted by this user");
        return;
    };
    let (staff, _) = group(&server, "kept-4").await;
    let first = uploaded(&staff, "lane=internal&name=a", vec![1; 2 << 20]).await;
    let before = blobs(&server);
    let answer = upload(&staff, "lane=internal&name=b", vec![2; 2 << 20]).await;
    assert_eq!(refused(&answer), (503, "storage_full".to_owned()));
    assert_eq!(answer.json()["retry_after"], 60);
    assert_eq!(blobs(&server), before, "no rubbish");
    assert_eq!(fetch(&staff, &path(&first), &[]).await.2.len(), 2 << 20, "what is there is there");
    let said = json!({"client_id": uuid::Uuid::from_u128(7), "lane": "internal", "kind": "text", "text": "still here"});
    assert_eq!(staff.post("/messages", &said).await.status, 201);
    uploaded(&staff, "lane=internal&name=c", "small").await;
}

/// A file system, unmounted when dropped.
struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
