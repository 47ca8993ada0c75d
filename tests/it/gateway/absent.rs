//! What a call may leave out, and what is then taken.

use serde_json::json;

use super::groups::{lines, of_link, show};
use crate::harness::{Caller, Engine, Server};

const SECRET: &str = "abcdef0123456789abcdef0123456789";

/// Tenant 7 with an agent, an assignee and a default owner, and an app for it alone.
async fn desk(engine: Engine) -> (Server, Caller) {
    let server = Server::start(engine).await;
    server.admin_json("tenant add", &["7", "--name", "七号"]);
    for staff in ["agent", "assignee", "owner"] {
        server.admin_json("staff add", &[staff, "--name", staff, "--tenant", "7"]);
    }
    let assigned = ["T1", "--title", "有负责人", "--assignee", "assignee", "--tenant", "7"];
    server.admin_json("ticket add", &assigned);
    server.admin_json("ticket add", &["T2", "--title", "没有负责人", "--tenant", "7"]);
    let owned = ["owned", "--outer-type", "owned", "--default-owner", "owner", "--tenant", "7"];
    server.admin_json("channel add", &owned);
    server.admin_json("app add", &["20000007", "--secret", SECRET, "--grant", "7"]);
    let mut caller = server.caller();
    (caller.app_key, caller.secret) = ("20000007".into(), SECRET.into());
    (server, caller)
}

fn user_identify(server: &Server, staff: &str) -> String {
    let person = server.admin_json("staff show", &[staff, "--tenant", "7"]).remove(0);
    person["user_identify"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn without_tenant_id_the_only_tenant_of_the_app_is_meant() {
    for engine in Engine::all() {
        let (_server, caller) = desk(engine).await;
        let named = caller.communicate(&json!({"case_id": "T1", "staff_id": "agent", "tenant_id": 7})).await;
        for object in [
            json!({"case_id": "T1", "staff_id": "agent"}),
            json!({"case_id": "T1", "staff_id": "agent", "tenant_id": null}),
            json!({"case_id": "T1", "staff_id": "agent", "tenant_id": ""}),
            json!({"case_id": "T1", "staff_id": "agent", "tenant_id": "7"}),
        ] {
            assert_eq!(
                caller.communicate(&object).await.permanent_link(),
                named.permanent_link(),
                "{object}"
            );
        }
    }
}

#[tokio::test]
async fn without_staff_id_the_assignee_calls_and_else_the_default_owner_and_else_nobody() {
    for engine in Engine::all() {
        let (server, caller) = desk(engine).await;
        let who = async |object| of_link(&caller.communicate(&object).await, "userIdentify");
        let (assignee, owner) = (user_identify(&server, "assignee"), user_identify(&server, "owner"));
        assert_eq!(who(json!({"case_id": "T1"})).await, assignee);
        assert_eq!(who(json!({"case_id": "T1", "outer_type": "owned"})).await, assignee);
        assert_eq!(who(json!({"case_id": "T1", "staff_id": null})).await, assignee);
        assert_eq!(who(json!({"case_id": "T1", "staff_id": " "})).await, assignee);
        assert_eq!(who(json!({"case_id": "T2", "outer_type": "owned"})).await, owner);
        assert_eq!(who(json!({"case_id": "new", "outer_type": "owned"})).await, owner);
        let fault = caller.communicate(&json!({"case_id": "T2"})).await.fault();
        assert_eq!(fault["sub_code"], "isv.missing-parameter:staff_id");
    }
}

#[tokio::test]
async fn without_outer_type_the_group_made_by_default_is_found_again_wherever_the_default_is_now() {
    for engine in Engine::all() {
        let (server, caller) = desk(engine).await;
        let ask = async |object| caller.communicate(&object).await.data();
        let first = ask(json!({"case_id": "T1", "staff_id": "agent"})).await;
        assert_eq!(show(&server, "7", &first)["channel"], "web");
        server.admin_json("channel add", &["later", "--default", "--outer-type", "late", "--tenant", "7"]);
        let again = ask(json!({"case_id": "T1", "staff_id": "agent"})).await;
        assert_eq!(again["team_group_id"], first["team_group_id"], "the live group made by default");
        let blank = ask(json!({"case_id": "T1", "staff_id": "agent", "outer_type": ""})).await;
        assert_eq!(blank["team_group_id"], first["team_group_id"], "blank counts as absent");
        let other = ask(json!({"case_id": "T2", "staff_id": "agent"})).await;
        assert_eq!(show(&server, "7", &other)["channel"], "later", "a new ticket takes today's default");
        // A group that somebody asked for by name is not one made by default.
        let named = ask(json!({"case_id": "T3", "staff_id": "agent", "outer_type": "owned"})).await;
        let unnamed = ask(json!({"case_id": "T3", "staff_id": "agent"})).await;
        assert_ne!(named["team_group_id"], unnamed["team_group_id"]);
        assert_eq!(show(&server, "7", &unnamed)["channel"], "later");
        // Dissolved is over: the next one is made where the default is now.
        server.admin_json(
            "group dissolve",
            &[first["team_group_id"].as_str().expect("an id"), "--tenant", "7"],
        );
        let next = ask(json!({"case_id": "T1", "staff_id": "agent"})).await;
        assert_eq!(show(&server, "7", &next)["channel"], "later");
    }
}

#[tokio::test]
async fn many_outer_types_may_mean_one_channel_and_different_channels_have_different_groups() {
    for engine in Engine::all() {
        let (server, caller) = desk(engine).await;
        let two = ["phone", "--outer-type", "phone", "--outer-type", "hotline", "--tenant", "7"];
        server.admin_json("channel add", &two);
        let ask = async |outer_type: &str| {
            let object = json!({"case_id": "T1", "staff_id": "agent", "outer_type": outer_type});
            caller.communicate(&object).await
        };
        let (phone, hotline, owned) = (ask("phone").await, ask("hotline").await, ask("owned").await);
        assert_eq!(phone.data()["team_group_id"], hotline.data()["team_group_id"]);
        assert_ne!(phone.data()["team_group_id"], owned.data()["team_group_id"]);
        assert_eq!(of_link(&phone, "outerType"), "phone");
        assert_eq!(of_link(&hotline, "outerType"), "hotline");
    }
}

#[tokio::test]
async fn an_unknown_outer_type_takes_the_default_channel_and_is_noted_or_is_refused_as_the_tenant_says() {
    for engine in Engine::all() {
        let (server, caller) = desk(engine).await;
        let object = json!({"case_id": "T1", "staff_id": "agent", "outer_type": "nobody's"});
        let answer = caller.communicate(&object).await;
        assert_eq!(of_link(&answer, "outerType"), "nobody's");
        let group = show(&server, "7", &answer.data());
        assert_eq!((&group["channel"], &group["outer_type"]), (&json!("web"), &json!("nobody's")));
        let noted = lines(&group, "unknown_outer_type");
        assert_eq!(noted.len(), 1, "{group}");
        assert!(noted[0]["detail"].to_string().contains("nobody's"), "{}", noted[0]);
        let known = caller.communicate(&json!({"case_id": "T2", "staff_id": "agent"})).await.data();
        assert!(lines(&show(&server, "7", &known), "unknown_outer_type").is_empty());

        let strict = ["9", "--name", "严格", "--unknown-outer-type", "refuse", "--unknown-staff", "stub"];
        server.admin_json("tenant add", &strict);
        server.admin_json("app grant", &["20000007", "9"]);
        let object = json!({"case_id": "T1", "tenant_id": 9, "staff_id": "agent", "outer_type": "nobody's"});
        assert_eq!(caller.communicate(&object).await.fault()["sub_code"], "isv.invalid-parameter:outer_type");
        let object = json!({"case_id": "T1", "tenant_id": 9, "staff_id": "agent"});
        let stub = caller.communicate(&object).await.data();
        let group = show(&server, "9", &stub);
        assert_eq!(group["members"][0]["id"], "agent", "a stranger became a stub: {group}");
    }
}
