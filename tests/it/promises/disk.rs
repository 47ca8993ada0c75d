//! A full disk: a click is told so, what was answered stays, reading goes on, and room is noticed without anybody's help.

use std::{
    fs::{File, remove_file},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::stored;
use crate::harness::{Answer, Server};

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(2);

/// A file system of a few megabytes, unmounted when dropped.
struct Tiny(PathBuf);

impl Tiny {
    /// None where this user may not mount.
    fn mount(folder: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs"]).arg(folder);
        mount.output().is_ok_and(|done| done.status.success()).then(|| Self(folder.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = File::create(self.ballast()).expect("a file");
        loop {
            match file.write(&[7; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(done.is_ok_and(|done| done.success()));
    }
}

async fn click(server: &Server, case_id: &str) -> Answer {
    let object = json!({"case_id": case_id, "staff_id": "123", "outer_type": "111"});
    server.caller().communicate(&object).await
}

async fn status(server: &Server, path: &str) -> u16 {
    let response = server.caller().http.get(format!("{}{path}", server.url)).send().await;
    response.expect("the server answers").status().as_u16()
}

/// Clicks on new tickets until one is refused; the groups of those that were not.
async fn click_until_full(server: &Server) -> Vec<(String, Value)> {
    let mut made = Vec::new();
    loop {
        let case_id = format!("d{}", made.len());
        let answer = click(server, &case_id).await;
        if answer.json().get("error_response").is_none() {
            made.push((case_id, answer.data()["team_group_id"].clone()));
            // The log has room of its own inside its file, and that has an end too.
            assert!(made.len() < 20_000, "a full disk takes everything");
            continue;
        }
        assert_eq!(answer.status, 200);
        let code = answer.fault()["sub_code"].as_str().unwrap_or_default().to_owned();
        assert!(code.starts_with("isp."), "{}", answer.body);
        return made;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_reading_goes_on_clicks_are_told_and_room_cures_it() {
    let mut disk = None;
    let server = Server::start_in(|data| disk = Tiny::mount(data));
    let Some(disk) = disk else {
        println!("SKIPPED: a tiny file system cannot be mounted by this user");
        return;
    };
    let warm = click(&server, "123").await;
    let qr = warm.data()["group_qr_code"].as_str().expect("an address").to_owned();
    let page = qr.split_once("/g/").expect("a group's address").1;
    let page = format!("/g/{}", page.split('/').next().expect("a token"));
    assert_eq!(status(&server, "/readyz").await, 200);

    disk.fill();
    let made = click_until_full(&server).await;
    assert_eq!(status(&server, "/readyz").await, 503, "a balancer sends clicks elsewhere");
    assert_eq!(status(&server, "/healthz").await, 200, "the process is well");
    assert_eq!(
        click(&server, "123").await.permanent_link(),
        warm.permanent_link(),
        "a warm click writes nothing"
    );
    assert_eq!(status(&server, &page).await, 200);

    remove_file(disk.ballast()).expect("it is there");
    let deadline = Instant::now() + DEADLINE;
    while status(&server, "/readyz").await != 200 {
        assert!(Instant::now() < deadline, "room is not noticed");
        sleep(Duration::from_millis(50)).await;
    }
    let refused = format!("d{}", made.len());
    assert_eq!(click(&server, &refused).await.result()["success"], true);
    let live = stored::live_groups(&server).await;
    assert_eq!(
        live.len(),
        made.len() + 2,
        "the demo's, those that were answered, and the one that was asked again"
    );
    for (case_id, team_group_id) in &made {
        assert_eq!(team_group_id.as_str(), live.get(case_id).map(String::as_str), "{case_id}");
    }
    stored::assert_whole(&server).await;
}
