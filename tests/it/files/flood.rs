//! Many at once, and those that never end.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use tokio::time::{Instant, sleep};

use super::{Slow, blobs, fetch, path, upload, uploaded};
use crate::{
    harness::{Engine, Page, Server},
    people::{group, refused},
    promises::stored,
};

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(2);

/// Waits until so many uploads are on their way to the disk.
async fn until_arriving(server: &Server, count: usize) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let arriving = blobs(server).into_iter().filter(|name| name.starts_with(".incoming/")).count();
        if arriving == count {
            return;
        }
        assert!(Instant::now() < deadline, "{arriving} are arriving, not {count}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn fifty_files_at_once_wait_their_turn_and_all_arrive() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "flood-1").await;
        let customer = Page::joined(&server, &link).await;
        // Three of the customer's are on their way: the next has to wait, and nobody else has to.
        let length = "content-length: 4";
        let mut slow = Vec::new();
        for n in 0..3 {
            let mut one = Slow::begin(&customer, &format!("lane=customer&name={n}"), length).await;
            one.send(b"ab").await;
            slow.push(one);
        }
        until_arriving(&server, 3).await;
        let answer = upload(&customer, "lane=customer&name=x", vec![1; 3 << 20]).await;
        assert_eq!(refused(&answer), (429, "too_many_uploads".to_owned()));
        assert_eq!(answer.json()["retry_after"], 2);
        uploaded(&staff, "lane=customer&name=mine", "x").await;
        for mut one in slow {
            one.send(b"cd").await;
            let said = one.answer().await;
            assert!(said.starts_with("HTTP/1.1 201"), "{said}");
        }
        // As a page does that sends what was refused again.
        let send = async |n: usize| loop {
            let content = vec![u8::try_from(n).expect("small"); 100_000];
            let answer = upload(&customer, &format!("lane=customer&name={n}.bin"), content).await;
            if answer.status == 201 {
                return (n, answer.json()["file"].clone());
            }
            assert_eq!(refused(&answer).0, 429);
            sleep(Duration::from_millis(20)).await;
        };
        for (n, file) in join_all((0..50).map(send)).await {
            let (status, _, bytes) = fetch(&customer, &path(&file), &[]).await;
            assert_eq!(status, 200);
            assert!(bytes.len() == 100_000 && bytes.iter().all(|b| usize::from(*b) == n), "file {n}");
        }
        let counted = "SELECT file_bytes FROM chat_group WHERE case_id = 'flood-1'";
        assert_eq!(stored::rows(&server, counted).await, [["5000013"]], "each once");
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, _) = group(&server, "flood-2").await;
        let before = blobs(&server);
        let mut one = Slow::begin(&staff, "lane=customer&name=x", "content-length: 1000000").await;
        one.send(&vec![7; 600_000]).await;
        until_arriving(&server, 1).await;
        drop(one);
        until_arriving(&server, 0).await;
        assert_eq!(blobs(&server), before);
        let none = "SELECT name FROM attachment";
        assert!(stored::rows(&server, none).await.is_empty());
        // Killed in the middle of one: what is left is nobody's, and goes in time.
        let mut one = Slow::begin(&staff, "lane=customer&name=x", "content-length: 1000000").await;
        one.send(&vec![7; 600_000]).await;
        until_arriving(&server, 1).await;
        let mut server = server;
        server.kill();
        let left =
            blobs(&server).into_iter().find(|name| name.starts_with(".incoming/")).expect("one is left");
        let left = server.folder.path().join("data/blobs").join(left);
        server.restart();
        assert!(left.exists(), "a server that shares the folder might be writing it");
        server.stop();
        let file = std::fs::File::options().write(true).open(&left).expect("there");
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1)).expect("set");
        server.restart();
        assert!(!left.exists());
    }
}

#[tokio::test]
async fn a_group_that_closes_or_a_member_who_is_removed_meanwhile_gets_no_file() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "flood-3").await;
        let customer = Page::joined(&server, &link).await;
        let guest = Page::joined(&server, &link).await;
        let before = blobs(&server);
        let mut of_guest = Slow::begin(&guest, "lane=customer&name=x", "content-length: 4").await;
        let mut of_customer = Slow::begin(&customer, "lane=customer&name=x", "content-length: 4").await;
        for one in [&mut of_guest, &mut of_customer] {
            one.send(b"ab").await;
        }
        until_arriving(&server, 2).await;
        let id = guest.state().await["me"]["id"].as_str().expect("an id").to_owned();
        let removed = staff.request(Method::DELETE, &format!("/members/{id}"), None).send().await;
        assert_eq!(removed.expect("an answer").status(), 200);
        of_guest.send(b"cd").await;
        let said = of_guest.answer().await;
        assert!(said.starts_with("HTTP/1.1 403") && said.contains("\"removed\""), "{said}");
        let closed = staff.post("/close", &serde_json::json!({})).await;
        assert_eq!(closed.status, 200, "{}", closed.body);
        of_customer.send(b"cd").await;
        let said = of_customer.answer().await;
        assert!(said.starts_with("HTTP/1.1 409") && said.contains("\"closed\""), "{said}");
        let answer = upload(&staff, "lane=internal&name=x", vec![1; 1 << 20]).await;
        assert_eq!(refused(&answer), (409, "closed".to_owned()));
        until_arriving(&server, 0).await;
        assert_eq!(blobs(&server), before);
        assert_eq!(
            stored::rows(&server, "SELECT file_bytes FROM chat_group WHERE case_id = 'flood-3'").await,
            [["0"]]
        );
    }
}
