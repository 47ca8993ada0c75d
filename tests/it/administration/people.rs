//! Staff and customers: who leaves, who comes back, who is who elsewhere.

use serde_json::json;

use super::{click, one, refused, says_no, team_group_id};
use crate::harness::{Engine, Server};
use crate::promises::{
    sign_in::{TITLE, page, redeem},
    stored,
};

#[tokio::test]
async fn who_has_left_cannot_click_is_signed_out_and_comes_back_as_the_same_person() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        one(
            &server,
            "staff add",
            &["7", "--name", "周岚", "--account", "dingtalk=manager4220", "--union-id", "U7"],
        );
        let by_her = json!({"staff_id": "7"});
        let answer = click(&caller, "123", by_her.clone()).await;
        let link = answer.data()["group_link"].as_str().expect("a link").to_owned();
        let path =
            link.strip_prefix(&server.url).and_then(|l| l.split('#').next()).expect("a path").to_owned();
        let cookie = redeem(&server, &answer.sign_in_ticket(), &[]).await.sent_back();
        assert!(page(&server, &path, Some(&cookie)).await.1.contains(TITLE));
        let before = one(&server, "staff show", &["7"]);
        assert_eq!(before["accounts"], json!(["dingtalk=manager4220"]));
        let unredeemed = click(&caller, "123", by_her.clone()).await.sign_in_ticket();

        one(&server, "staff remove", &["7"]);
        let no = refused(&click(&caller, "123", by_her.clone()).await);
        assert_eq!(no, Some((50, "isv.staff-not-exist".into())), "{engine:?}");
        assert!(!page(&server, &path, Some(&cookie)).await.1.contains(TITLE), "{engine:?}: signed out");
        assert_eq!(stored::count(&server, "SELECT COUNT(*) FROM staff_session").await, 0, "{engine:?}");
        assert_eq!(redeem(&server, &unredeemed, &[]).await.status, 401, "{engine:?}: nor signed in again");
        let members = server.admin_json("group members", &[&team_group_id(&answer)]);
        let her = members.iter().find(|m| m["id"] == "7").expect("history stays");
        assert_eq!(her["state"], "left", "{engine:?}");
        assert_eq!(one(&server, "staff show", &["7"])["active"], false);
        assert!(says_no(&server, "staff remove", &["7"]).contains("laqun staff add"));
        assert!(says_no(&server, "staff set", &["7", "--name", "x"]).contains("laqun staff add"));
        assert!(says_no(&server, "ticket set", &["123", "--assignee", "7"]).contains("laqun staff add"));

        // Account and unionId are free for somebody else; then they are not hers any more.
        one(
            &server,
            "staff add",
            &["8", "--name", "贺景", "--account", "dingtalk=manager4220", "--union-id", "U7"],
        );
        assert!(
            says_no(&server, "staff add", &["7", "--name", "周岚", "--union-id", "U7"])
                .contains("staff member 8's")
        );
        one(&server, "staff add", &["7", "--name", "周岚", "--external"]);
        let after = one(&server, "staff show", &["7"]);
        assert_eq!(after["user_identify"], before["user_identify"], "{engine:?}: the same person");
        let back = click(&caller, "123", by_her).await.data();
        assert_eq!(
            (&back["account_type"], &back["team_group_id"]),
            (&json!(2), &answer.data()["team_group_id"])
        );
    }
}

#[tokio::test]
async fn what_is_set_of_a_person_is_answered_and_an_account_is_one_persons() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let account_type =
            || async { click(&server.caller(), "123", json!({})).await.data()["account_type"].clone() };
        assert_eq!(account_type().await, 1);
        one(&server, "staff set", &["123", "--external"]);
        assert_eq!(account_type().await, 2, "{engine:?}");
        one(&server, "staff set", &["123", "--internal", "--name", "林晓晓"]);
        assert_eq!(account_type().await, 1, "{engine:?}");

        let set = |more: &[&str]| one(&server, "staff set", &[&["123"], more].concat());
        set(&["--account", "dingtalk=a", "--account", "matrix=@a:x", "--union-id", "U1"]);
        let shown = set(&["--account", "dingtalk=b", "--no-account", "matrix", "--no-union-id"]);
        assert_eq!(
            (&shown["accounts"], &shown["union_id"]),
            (&json!(["dingtalk=b"]), &json!(null)),
            "{engine:?}"
        );
        one(&server, "staff add", &["7", "--name", "周岚", "--union-id", "U1"]);
        for (more, says) in [
            (["--account", "dingtalk=b"], "the dingtalk account b is staff member 123's"),
            (["--account", "dingtalk="], "name the account"),
            (["--union-id", " "], "give the unionId"),
        ] {
            let said = says_no(&server, "staff set", &[&["7"][..], &more].concat());
            assert!(said.contains(says), "{said}");
            assert_eq!(said.matches(says).count(), 1, "said once: {said}");
        }
        assert!(says_no(&server, "staff set", &["123", "--union-id", "U1"]).contains("staff member 7's"));
    }
}

#[tokio::test]
async fn who_was_removed_is_not_pulled_into_new_groups() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        one(&server, "staff add", &["7", "--name", "周岚"]);
        one(&server, "customer add", &["c", "--name", "陈女士"]);
        for case in ["old", "new"] {
            one(&server, "ticket add", &[case, "--title", "t", "--assignee", "7", "--customer", "c"]);
        }
        let members = |team: String| {
            let mut ids: Vec<String> = server
                .admin_json("group members", &[&team])
                .iter()
                .map(|m| format!("{} {} {}", m["id"].as_str().expect("an id"), m["role"], m["state"]))
                .collect();
            ids.sort();
            ids.join(", ").replace('"', "")
        };
        let old = team_group_id(&click(&server.caller(), "old", json!({})).await);
        assert_eq!(members(old.clone()), "123 member joined, 7 owner joined, c member invited", "{engine:?}");
        one(&server, "staff remove", &["7"]);
        one(&server, "customer remove", &["c"]);
        let new = team_group_id(&click(&server.caller(), "new", json!({})).await);
        assert_eq!(members(new), "123 owner joined", "{engine:?}");
        assert_eq!(members(old), "123 member joined, 7 owner left, c member left", "{engine:?}");
        // A ticket that names nobody who is there has nobody to be called.
        let nobody = click(&server.caller(), "new", json!({"staff_id": "", "outer_type": "x"})).await;
        assert_eq!(refused(&nobody), None, "the channel's default owner stands in");
        assert_eq!(
            server.admin_json("customer list", &[]).iter().filter(|c| c["customer_id"] == "c").count(),
            0
        );
        for (command, more) in [
            ("customer show", vec!["c"]),
            ("customer set", vec!["c", "--name", "x"]),
            ("customer remove", vec!["c"]),
        ] {
            assert!(says_no(&server, command, &more).contains("laqun customer add"), "{command}");
        }
        one(&server, "customer add", &["c", "--name", "陈静"]);
        assert_eq!(one(&server, "customer set", &["c", "--name", "陈静静"])["name"], "陈静静", "{engine:?}");
    }
}
