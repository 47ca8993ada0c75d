//! Who is in a group, and as what.

use serde_json::{Value, json};

use super::groups::{lines, of_link, show};
use crate::harness::{Engine, Server, TENANT};

/// `id kind role` of everybody in a group, sorted.
fn people(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().expect("members");
    let text = |member: &Value, name: &str| member[name].as_str().unwrap_or("-").to_owned();
    let mut people: Vec<_> = members
        .iter()
        .map(|m| [text(m, "id"), text(m, "kind"), text(m, "role"), text(m, "state")].join(" "))
        .collect();
    people.sort_unstable();
    people
}

#[tokio::test]
async fn caller_assignee_and_customer_are_in_the_group_and_the_assignee_owns_it() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        for staff in ["caller", "assignee", "second"] {
            server.admin_json("staff add", &[staff, "--name", staff]);
        }
        server.admin_json("customer add", &["visitor", "--name", "访客"]);
        let ticket = ["T", "--title", "门漏水", "--assignee", "assignee", "--customer", "visitor"];
        server.admin_json("ticket add", &ticket);
        let ask = async |staff: &str| {
            let object = json!({"case_id": "T", "tenant_id": TENANT, "staff_id": staff, "outer_type": "111"});
            server.caller().communicate(&object).await
        };
        let first = ask("caller").await;
        let group = show(&server, "200110004", &first.data());
        assert_eq!(
            people(&group),
            ["assignee staff owner joined", "caller staff member joined", "visitor customer member invited"]
        );
        assert_eq!(of_link(&first, "dingGroupName"), "工单 T");
        // Whoever clicks later is pulled into the same group, as somebody else.
        let second = ask("second").await;
        assert_eq!(second.data()["team_group_id"], first.data()["team_group_id"]);
        assert_ne!(of_link(&second, "userIdentify"), of_link(&first, "userIdentify"));
        let group = show(&server, "200110004", &first.data());
        assert!(people(&group).contains(&"second staff member joined".to_owned()), "{group}");
        assert_eq!(lines(&group, "members_added").len(), 2, "{group}");
        // Once inside, clicks change nothing.
        ask("second").await;
        assert_eq!(show(&server, "200110004", &first.data()), group);
    }
}

#[tokio::test]
async fn outsourced_staff_are_told_they_are_external_members() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("staff add", &["own", "--name", "自"]);
        server.admin_json("staff add", &["outsourced", "--name", "外", "--external"]);
        for (staff, account_type) in [("own", 1), ("outsourced", 2), ("own", 1), ("outsourced", 2)] {
            let object = json!({"case_id": "mixed", "tenant_id": TENANT, "staff_id": staff});
            assert_eq!(server.caller().communicate(&object).await.data()["account_type"], account_type);
        }
    }
}

#[tokio::test]
async fn two_tenants_with_the_same_ids_share_nothing() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("tenant add", &["7", "--name", "七号"]);
        server.admin_json("staff add", &["123", "--name", "同号", "--tenant", "7"]);
        server.admin_json("app grant", &["12345678", "7"]);
        let caller = server.caller();
        let ask = async |tenant: i64| {
            let object = json!({"case_id": "123", "tenant_id": tenant, "staff_id": "123"});
            caller.communicate(&object).await
        };
        let (sample, seven) = (ask(TENANT).await, ask(7).await);
        for member in ["team_group_id", "group_qr_code"] {
            assert_ne!(sample.data()[member], seven.data()[member]);
        }
        for name in ["userIdentify", "corpId", "tenantId", "openConversationId"] {
            assert_ne!(of_link(&sample, name), of_link(&seven, name), "{name}");
        }
        let id = seven.data()["team_group_id"].as_str().expect("an id").to_owned();
        let other = server.admin("group show", &[&id, "--tenant", "200110004"]);
        let none = server.admin("group show", &["chataaaaaaaaaaaaaaaaaaaaaaaaaa", "--tenant", "200110004"]);
        assert_eq!(
            (other.status.code(), &other.stderr),
            (none.status.code(), &none.stderr),
            "as if it were not there"
        );
        assert_eq!(other.status.code(), Some(1));
    }
}
