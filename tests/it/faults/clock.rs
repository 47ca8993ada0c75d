//! The system's clock jumps an hour, either way, under a running server.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use top::{Output, client};

use super::{DEADLINE, assert_kept, click, group, request, status};
use crate::{
    harness::{Answer, Engine, METHOD, Server, now_ms},
    promises::{
        remote::until_none,
        sign_in::{page, path_of, redeem},
        stored,
    },
};

const HOUR_MS: i64 = 3_600_000;

/// A server whose wall clock is set by a file; its monotonic clock is the machine's.
struct Clocked {
    server: Server,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Clocked {
    async fn start(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("offset");
        fs::write(&file, "+0\n").expect("a file");
        let library = Command::new("faketime").args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"]).output();
        let library = String::from_utf8(library.expect("faketime runs").stdout).expect("a path");
        let environment = [
            ("LD_PRELOAD", library.trim()),
            ("FAKETIME_TIMESTAMP_FILE", file.to_str().expect("a path")),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        let server = Server::start_with(engine, &[], &environment).await;
        Self { server, file, _folder: folder }
    }

    /// Sets the clock, and waits until the server has noticed.
    async fn set(&self, offset: &str) {
        let before = self.server.log().matches("clock was set").count();
        let whole = self.file.with_extension("new");
        fs::write(&whole, format!("{offset}\n")).expect("a file");
        fs::rename(&whole, &self.file).expect("replaced at once");
        let deadline = Instant::now() + DEADLINE;
        while self.server.log().matches("clock was set").count() == before {
            assert!(Instant::now() < deadline, "it is not noticed:\n{}", self.server.log());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A click whose caller's clock shows this.
    async fn click_at(&self, case_id: &str, at_ms: i64) -> Answer {
        self.send(&request(case_id), at_ms).await
    }

    /// The same on the ticket of a slow platform.
    async fn click_slow(&self, at_ms: i64) -> Answer {
        self.send(&json!({"case_id": "job", "staff_id": "123", "outer_type": "slow"}), at_ms).await
    }

    async fn send(&self, object: &Value, at_ms: i64) -> Answer {
        let caller = self.server.caller();
        let signed = client::Call::new(&caller.app_key, &caller.secret, METHOD, at_ms)
            .output(Output::JSON)
            .param("service_communication_request", object.to_string())
            .sign();
        caller.send("POST", "/router/rest", &signed).await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_links_tickets_and_sessions_bear_a_clock_that_jumps() {
    for engine in Engine::all() {
        for (offset, by_ms) in [("+3600", HOUR_MS), ("-3600", -HOUR_MS)] {
            let clocked = Clocked::start(engine).await;
            let server = &clocked.server;
            let before = click(server, "123").await;
            let made = group(&before).expect("it is well");
            let link = path_of(&before.permanent_link()).to_owned();
            let qr = before.data()["group_qr_code"].as_str().expect("an address").to_owned();
            let (_, token) = qr.split_once("/g/").expect("a group's address");
            let group_page = format!("/g/{}", token.split('/').next().expect("a token"));
            let redeemed_ticket = before.sign_in_ticket();
            let session = redeem(server, &redeemed_ticket, &[]).await;
            assert_eq!(session.status, 200, "{}", session.body);
            let cookie = session.sent_back();
            let unused_ticket = click(server, "123").await.sign_in_ticket();

            clocked.set(offset).await;
            // The window is for the server's clock: who is an hour off is told, whoever of the two is wrong.
            let fault = clocked.click_at("123", now_ms()).await.fault();
            assert_eq!(fault["code"], 31, "Invalid timestamp: {fault} on {engine:?}");
            let during = clocked.click_at("123", now_ms() + by_ms).await;
            assert_eq!(group(&during), Some(made.clone()));
            assert_eq!(path_of(&during.permanent_link()), link);
            assert_eq!(status(server, &group_page).await, 200, "the customer's link does not care");
            assert_eq!(page(server, &link, Some(&cookie)).await.0, 200);
            assert_eq!(
                redeem(server, &unused_ticket, &[]).await.status,
                401,
                "ten minutes are over, or not begun"
            );
            let other = redeem(server, &during.sign_in_ticket(), &[]).await;
            assert_eq!(other.status, 200, "a ticket of the new time works: {}", other.body);

            clocked.set("+0").await;
            assert_eq!(
                group(&click(server, "123").await),
                Some(made.clone()),
                "the window is the old one again"
            );
            let again = redeem(server, &redeemed_ticket, &[]).await;
            assert_eq!(
                again.status, 401,
                "a ticket works once, whatever the clock did meanwhile: {}",
                again.body
            );
            let fresh = click(server, "after").await;
            assert_eq!(redeem(server, &fresh.sign_in_ticket(), &[]).await.status, 200);
            let told = [("123".to_owned(), made), ("after".to_owned(), group(&fresh).expect("a group"))];
            assert_kept(server, &told).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_under_way_or_waiting_is_done_once_and_soon_when_the_clock_jumps() {
    for engine in Engine::all() {
        for (offset, by_ms) in [("+3600", HOUR_MS), ("-3600", -HOUR_MS)] {
            // One that runs while the clock is set, and one that waits to be tried again.
            for settings in [r#"{"delay_ms":6000}"#, r#"{"fault":"retry","fault_count":6}"#] {
                let clocked = Clocked::start(engine).await;
                let server = &clocked.server;
                let channel = [
                    "slow",
                    "--platform",
                    "sandbox",
                    "--outer-type",
                    "slow",
                    "--patience",
                    "0",
                    "--settings",
                    settings,
                ];
                server.admin_json("channel add", &channel);
                let made = group(&clocked.click_slow(now_ms()).await).expect("a group is told");
                until_none(server, "SELECT id FROM store_job WHERE attempts = 0").await;
                clocked.set(offset).await;
                // The fail-safe is far below an hour.
                until_none(server, "SELECT kind, key, attempts, cause FROM store_job").await;
                let sql = "SELECT t.kind FROM timeline t JOIN chat_group g ON g.tenant_id = t.tenant_id AND g.id = t.group_id
                           WHERE g.case_id = 'job' AND t.kind = 'created'";
                assert_eq!(
                    stored::rows(server, sql).await.len(),
                    1,
                    "made once on {engine:?} with {settings}"
                );
                let log = server.log();
                assert!(!log.contains("lease was lost"), "it was taken twice:\n{log}");
                let after = clocked.click_slow(now_ms() + by_ms).await;
                assert_eq!(group(&after), Some(made.clone()));
                assert_kept(server, &[("job".to_owned(), made)]).await;
            }
        }
    }
}
