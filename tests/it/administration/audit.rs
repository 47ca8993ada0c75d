//! The audit log: every change by hand is on it, told with what was and what is, and never a secret.

use serde_json::{Value, json};

use super::{click, one, says_no, team_group_id};
use crate::harness::{Engine, Server};

#[tokio::test]
async fn every_change_by_hand_is_on_record_and_no_secret_is() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mut secrets = Vec::new();
        let mut keep = |told: Value| secrets.push(told["secret"].as_str().expect("a secret").to_owned());
        let settings = r#"{"fault":"fail","fault_count":1}"#;
        let run: &[(&str, &[&str])] = &[
            ("tenant add", &["7", "--name", "远山"]),
            ("tenant set", &["7", "--name", "海棠"]),
            ("tenant remove", &["7"]),
            ("app set", &["777", "--name", "ERP"]),
            ("app off", &["777"]),
            ("app grant", &["777", "200110004"]),
            ("app revoke", &["777", "200110004"]),
            ("app remove", &["777"]),
            ("staff add", &["7", "--name", "周岚"]),
            ("staff set", &["7", "--name", "周岚岚"]),
            ("staff remove", &["7"]),
            ("customer add", &["c", "--name", "陈"]),
            ("customer set", &["c", "--name", "陈静"]),
            ("customer remove", &["c"]),
            ("ticket add", &["t", "--title", "a"]),
            ("ticket set", &["t", "--title", "b"]),
            ("ticket remove", &["t"]),
            ("channel add", &["n", "--platform", "sandbox", "--outer-type", "n"]),
            ("channel set", &["n", "--settings", settings]),
            ("channel remove", &["n"]),
        ];
        keep(one(&server, "app add", &["777"]));
        keep(one(&server, "app rotate", &["777", "--keep", "0"]));
        keep(one(&server, "app secret add", &["777"]));
        let listed = server.admin_json("app secret list", &["777"]);
        let newest = listed[0]["secret_id"].as_str().expect("an id");
        one(&server, "app secret remove", &["777", newest]);
        for (command, more) in run {
            one(&server, command, more);
        }
        let group = team_group_id(&click(&server.caller(), "1", json!({})).await);
        for act in ["close", "reopen", "dissolve"] {
            one(&server, &format!("group {act}"), &[&group]);
        }
        let lines = server.admin_json("audit list", &["--actor", "cli", "--limit", "1000"]);
        let mut actions: Vec<&str> = lines.iter().map(|l| l["action"].as_str().expect("an action")).collect();
        actions.reverse();
        let first = ["app.add", "app.rotate", "app.secret.add", "app.secret.remove"];
        let between = run.iter().map(|(command, _)| match *command {
            "app off" => "app.set".to_owned(),
            other => other.replace(' ', "."),
        });
        let last = ["group.closed", "group.reopened", "group.dissolved"];
        let expected: Vec<String> =
            first.iter().map(ToString::to_string).chain(between).chain(last.map(String::from)).collect();
        assert_eq!(actions, expected, "{engine:?}");
        let text = serde_json::to_string(&lines).expect("JSON");
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{engine:?}");
        assert!(!text.contains("fault_count"), "{engine:?}: a channel's settings may hold a credential");
        let renamed = lines.iter().find(|l| l["action"] == "tenant.set").expect("the line");
        assert_eq!(renamed["detail"], json!({"name": {"from": "远山", "to": "海棠"}}), "{engine:?}");
    }
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_the_newest_first_across_tenants() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        one(&server, "tenant add", &["7", "--name", "远山"]);
        for name in ["一", "二", "三"] {
            one(&server, "tenant set", &["7", "--name", name]);
            one(&server, "app set", &["12345678", "--name", name]);
        }
        let list = |more: &[&str]| server.admin_json("audit list", more);
        let both = list(&["--actor", "cli", "--limit", "6"]);
        let tenants: Vec<i64> = both.iter().map(|l| l["tenant_id"].as_i64().expect("a number")).collect();
        assert_eq!(tenants, [0, 7, 0, 7, 0, 7], "{engine:?}");
        assert_eq!(list(&["--tenant", "7", "--action", "tenant.set"]).len(), 3, "{engine:?}");
        assert_eq!(list(&["--action", "tenant.", "--tenant", "7"]).len(), 4, "{engine:?}");
        assert_eq!(list(&["--action", "tenant"]), Vec::<Value>::new(), "{engine:?}: not a whole word of it");
        assert_eq!(list(&["--subject", "12345678", "--actor", "cli"]).len(), 3, "{engine:?}");
        assert_eq!(list(&["--until", "1h"]), Vec::<Value>::new(), "{engine:?}");
        assert!(list(&["--since", "1h"]).len() > 7, "{engine:?}");
        let output = server.admin("audit list", &["--actor", "cli", "--limit", "2", "--json"]);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        let after = said.split('\'').nth(1).expect("more follow");
        assert_eq!(list(&["--actor", "cli", "--after", after, "--limit", "4"]), both[2..6], "{engine:?}");
        // A refusal changes nothing and leaves no line.
        let before = list(&["--limit", "1000"]).len();
        says_no(&server, "tenant set", &["8", "--name", "x"]);
        says_no(&server, "staff add", &["123", "--name", "x", "--tenant", "200110004"]);
        assert_eq!(list(&["--limit", "1000"]).len(), before, "{engine:?}");
    }
}
