//! Tickets: what is changed of one, and who comes into its groups by it.

use serde_json::json;

use super::{click, one, says_no, team_group_id};
use crate::harness::{Engine, Server};

#[tokio::test]
async fn who_is_named_anew_comes_into_the_live_group_and_who_was_in_stays() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        one(&server, "staff add", &["7", "--name", "周岚"]);
        one(&server, "customer add", &["c", "--name", "陈女士"]);
        // A stub: the call named it first.
        let group = team_group_id(&click(&server.caller(), "T", json!({})).await);
        assert_eq!(one(&server, "ticket show", &["T"])["stub"], true);
        let set = |more: &[&str]| one(&server, "ticket set", &[&["T"], more].concat());
        let still = set(&["--status", "in_progress"]);
        assert_eq!((&still["stub"], &still["status"]), (&json!(true), &json!("in_progress")), "{engine:?}");
        let shown = set(&["--title", "灯不亮", "--assignee", "7", "--customer", "c", "--priority", "urgent"]);
        assert_eq!(
            (&shown["stub"], &shown["assignee"], &shown["customer"]),
            (&json!(false), &json!("7"), &json!("c"))
        );
        let ids = || {
            let members = server.admin_json("group members", &[&group]);
            let mut ids: Vec<_> =
                members.iter().map(|m| m["id"].as_str().expect("an id").to_owned()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(), ["123", "7", "c"], "{engine:?}");
        let shown = set(&["--no-assignee", "--no-customer", "--description", "一\n二", "--status", "done"]);
        assert_eq!(
            (&shown["assignee"], &shown["customer"], &shown["title"]),
            (&json!(null), &json!(null), &json!("灯不亮"))
        );
        assert_eq!(ids(), ["123", "7", "c"], "{engine:?}: who was in stays in");
        let lines = server.admin_json("group timeline", &[&group]);
        let added = lines.iter().filter(|line| line["kind"] == "members_added").count();
        assert_eq!(added, 2, "{engine:?}: the click's and the change's");
        assert!(
            says_no(&server, "ticket set", &["T", "--customer", "nobody"]).contains("laqun customer add")
        );
        assert!(says_no(&server, "ticket set", &["none", "--status", "done"]).contains("laqun ticket add"));
    }
}

#[tokio::test]
async fn a_ticket_without_a_group_goes_and_one_with_history_stays() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        one(&server, "ticket add", &["mistake", "--title", "t"]);
        one(&server, "ticket remove", &["mistake"]);
        assert!(says_no(&server, "ticket show", &["mistake"]).contains("no such ticket"), "{engine:?}");
        let group = team_group_id(&click(&server.caller(), "T", json!({})).await);
        assert!(says_no(&server, "ticket remove", &["T"]).contains("has a group (cid"), "{engine:?}");
        one(&server, "group dissolve", &[&group]);
        assert!(
            says_no(&server, "ticket remove", &["T"]).contains("has a group (cid"),
            "{engine:?}: a past one"
        );
    }
}
