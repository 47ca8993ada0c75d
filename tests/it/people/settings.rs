//! What the operator sets for the group page.

use serde_json::json;

use super::{group, refused};
use crate::harness::{Engine, Page, Server, TENANT};

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_group_page_are_set_shown_and_refused() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let tenant = TENANT.to_string();
        let set = |args: &[&str]| {
            server.admin_json("tenant set", &[&[tenant.as_str()][..], args].concat()).remove(0)
        };
        let first = set(&["--privacy-url", "https://example.com/p", "--notify-url", "https://example.com/n"]);
        let secret = first["notify_secret"].as_str().expect("shown once").to_owned();
        assert_eq!(first["privacy_url"], "https://example.com/p");
        let shown = server.admin_json("tenant show", &[&tenant]).remove(0);
        assert_eq!(shown["notify_url"], "https://example.com/n");
        assert!(!shown.to_string().contains(&secret));
        assert!(set(&["--notify-url", "https://example.com/m"])["notify_secret"].is_null(), "it stays");
        assert_ne!(set(&["--new-notify-secret"])["notify_secret"], json!(secret));
        for wrong in ["ftp://x", "https://u:p@x.y", "x"] {
            assert!(
                !server.admin("tenant set", &[&tenant, "--privacy-url", wrong]).status.success(),
                "{wrong}"
            );
        }
        assert!(set(&["--no-notify-url"])["notify_url"].is_null());
        assert!(!server.admin("tenant set", &[&tenant, "--new-notify-secret"]).status.success());
        assert!(!server.log().contains(&secret));
        let audit = server.admin_json("audit list", &[]);
        assert!(!json!(audit).to_string().contains(&secret));

        let channel = server
            .admin_json("channel set", &["web", "--visitor-check", "phone_tail", "--answer-within", "10m"])
            .remove(0);
        assert_eq!(
            (&channel["visitor_check"], &channel["answer_within"]),
            (&json!("phone_tail"), &json!(600))
        );
        for wrong in [["--answer-within", "0"], ["--answer-within", "8d"], ["--visitor-check", "dna"]] {
            assert!(!server.admin("channel set", &["web", wrong[0], wrong[1]]).status.success(), "{wrong:?}");
        }
        let staff = server.admin_json("staff set", &["123", "--email", "lin@example.com"]).remove(0);
        assert_eq!(staff["email"], "lin@example.com");
        assert!(!server.admin("staff set", &["123", "--email", "lin"]).status.success());
        assert!(server.admin_json("staff set", &["123", "--no-email"]).remove(0)["email"].is_null());

        server.admin_json("customer add", &["c-9", "--name", "王先生", "--phone", "+86 138 0013 8000"]);
        assert_eq!(server.admin_json("customer show", &["c-9"]).remove(0)["phone"], "…8000");
        server.admin_json("customer set", &["c-9", "--phone", "13912345678"]);
        assert_eq!(server.admin_json("customer show", &["c-9"]).remove(0)["phone"], "…5678");
        assert!(!server.admin("customer set", &["c-9", "--phone", "no"]).status.success());
        server.admin_json("customer set", &["c-9", "--no-phone"]);
        assert!(server.admin_json("customer show", &["c-9"]).remove(0)["phone"].is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_joining_a_visitor_is_told_of_privacy_and_hours_and_nothing_of_the_ticket() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (_, link) = group(&server, "123").await;
        server.admin_json("tenant set", &[&TENANT.to_string(), "--privacy-url", "https://example.com/p"]);
        // A second a day, which is over or to come unless it is now; then the question is asked a little later.
        server.admin_json("channel set", &["ticket-page", "--hours", "Mo 00:00-00:01", "--timezone", "UTC"]);
        let page = Page::visitor(&server, &link);
        let answer = page.get("/state").await;
        assert_eq!(refused(&answer), (401, "not_joined".to_owned()));
        let before = answer.json();
        assert_eq!(before["privacy_url"], "https://example.com/p");
        assert_eq!(before["group"]["open"], true);
        if before["hours"]["open"] == false {
            assert!(before["hours"]["opens_at"].as_i64().is_some_and(|at| at > crate::harness::now_ms()));
        }
        let mut members: Vec<&String> = before.as_object().expect("an object").keys().collect();
        members.sort();
        assert_eq!(members, ["check", "code", "company", "en", "group", "hours", "privacy_url", "zh"]);
    }
}
