//! Promise 5: a tenant never sees another's data; what is foreign looks as if it did not exist.

use serde_json::{Value, json};

use super::sign_in::{page, redeem};
use crate::harness::{Answer, Caller, Engine, Server, TENANT};

const OTHER: i64 = 300;

/// Two tenants with an app each, the same `staff_id` and the same `case_id` in both.
struct Two {
    server: Server,
    ours: Caller,
    theirs: Caller,
}

impl Two {
    async fn start(engine: Engine) -> Self {
        let server = Server::start(engine).await;
        let other = OTHER.to_string();
        server.admin_json("tenant add", &[&other, "--name", "Other Ltd"]);
        server.admin_json("app add", &["5555", "--secret", "theirs", "--grant", &other]);
        server.admin_json("staff add", &["123", "--name", "Otto", "--tenant", &other]);
        server.admin_json("staff add", &["only-theirs", "--name", "Olga", "--tenant", &other]);
        server.admin_json("staff add", &["only-ours", "--name", "Mine", "--tenant", &TENANT.to_string()]);
        server.admin_json("customer add", &["c-theirs", "--name", "Customer", "--tenant", &other]);
        let ticket = ["secret-case", "--title", "Top secret", "--assignee", "123", "--tenant", &other];
        server.admin_json("ticket add", &ticket);
        let ours = server.caller();
        let theirs = Caller { app_key: "5555".into(), secret: "theirs".into(), ..server.caller() };
        Self { server, ours, theirs }
    }
}

async fn ask(caller: &Caller, tenant: Option<i64>, case_id: &str, staff: &str) -> Answer {
    let mut object = json!({"case_id": case_id, "staff_id": staff});
    if let Some(tenant) = tenant {
        object["tenant_id"] = tenant.into();
    }
    caller.communicate(&object).await
}

/// A fault without what differs from call to call anyway.
fn fault(answer: &Answer) -> Value {
    let mut fault = answer.fault();
    fault["request_id"] = Value::Null;
    fault
}

fn conversation(answer: &Answer) -> String {
    let link = answer.permanent_link();
    let id = link.split('&').find_map(|p| p.strip_prefix("openConversationId=")).expect("an id");
    percent_encoding::percent_decode_str(id).decode_utf8().expect("text").into_owned()
}

#[tokio::test]
async fn a_foreign_tenant_and_a_foreign_colleague_look_unknown() {
    for engine in Engine::all() {
        let Two { server: _server, ours, theirs } = Two::start(engine).await;
        let unknown = fault(&ask(&ours, Some(987_654), "123", "123").await);
        assert_eq!(unknown["sub_code"], "isv.tenant-not-exist");
        assert_eq!(fault(&ask(&ours, Some(OTHER), "secret-case", "123").await), unknown);
        assert_eq!(fault(&ask(&theirs, Some(TENANT), "123", "123").await), unknown);
        assert_eq!(fault(&ask(&theirs, Some(0), "123", "123").await), unknown);
        let nobody = fault(&ask(&ours, Some(TENANT), "123", "nobody").await);
        assert_eq!(nobody["sub_code"], "isv.staff-not-exist");
        assert_eq!(fault(&ask(&ours, Some(TENANT), "123", "only-theirs").await), nobody);
        assert_eq!(fault(&ask(&theirs, None, "123", "only-ours").await), nobody);
        // outer_type 111 is ours; there it is one that nobody registered and means the default channel.
        let object = json!({"case_id": "123", "staff_id": "123", "outer_type": "111"});
        let (here, there) = (ours.communicate(&object).await, theirs.communicate(&object).await);
        for member in ["team_group_id", "group_qr_code", "group_link"] {
            assert_ne!(here.data()[member], there.data()[member]);
        }
        assert!(!there.permanent_link().contains(&TENANT.to_string()));
    }
}

#[tokio::test]
async fn the_same_ticket_id_names_another_ticket_in_another_tenant() {
    for engine in Engine::all() {
        let Two { server, ours, theirs } = Two::start(engine).await;
        let (here, there) =
            (ask(&ours, None, "secret-case", "123").await, ask(&theirs, None, "secret-case", "123").await);
        assert_ne!(conversation(&here), conversation(&there));
        let title = |tenant: i64| {
            let shown = server.admin_json("ticket show", &["secret-case", "--tenant", &tenant.to_string()]);
            shown[0]["title"].clone()
        };
        assert_eq!((title(TENANT), title(OTHER)), ("".into(), "Top secret".into()));
        for (tenant, answer) in [(TENANT, &here), (OTHER, &there)] {
            let listed = server
                .admin_json("group list", &["--tenant", &tenant.to_string(), "--case-id", "secret-case"]);
            assert_eq!(listed.len(), 1);
            assert_eq!(listed[0]["team_group_id"], answer.data()["team_group_id"], "on {engine:?}");
        }
    }
}

#[tokio::test]
async fn a_session_never_shows_a_group_of_another_tenant() {
    for engine in Engine::all() {
        let Two { server, ours, theirs } = Two::start(engine).await;
        let st = ask(&ours, None, "123", "123").await.sign_in_ticket();
        let signed_in = redeem(&server, &st, &[]).await;
        let foreign = conversation(&ask(&theirs, None, "secret-case", "123").await);
        let unknown = format!("cid{}==", "A".repeat(22));
        for tenant in [TENANT, OTHER] {
            let path =
                |id: &str| format!("/customer-service/index.html?tenantId={tenant}&openConversationId={id}");
            let cookie = signed_in.sent_back();
            let shown = page(&server, &path(&foreign), Some(&cookie)).await;
            let nothing = page(&server, &path(&unknown), Some(&cookie)).await;
            assert_eq!(shown.0, 404);
            assert_eq!(shown.1.replace(&foreign, "ID"), nothing.1.replace(&unknown, "ID"), "on {engine:?}");
            assert!(
                !shown.1.contains("Otto")
                    && !shown.1.contains("Other Ltd")
                    && !shown.1.contains("Top secret")
            );
        }
    }
}

#[tokio::test]
async fn commands_for_one_tenant_do_not_find_what_is_another_s() {
    for engine in Engine::all() {
        let Two { server, theirs, .. } = Two::start(engine).await;
        let answer = ask(&theirs, None, "secret-case", "123").await;
        let (cid, chat) =
            (conversation(&answer), answer.data()["team_group_id"].as_str().expect("an id").to_owned());
        let (no_cid, no_chat) = (format!("cid{}==", "A".repeat(22)), format!("chat{}", "a".repeat(26)));
        let ours = TENANT.to_string();
        let run = |command: &str, words: &[&str]| {
            let output = server.admin(command, &[words, &["--tenant", &ours]].concat());
            (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned(), output.stdout)
        };
        for verb in ["group show", "group close", "group reopen", "group dissolve"] {
            for (foreign, unknown) in [(&cid, &no_cid), (&chat, &no_chat)] {
                let refused = run(verb, &[foreign]);
                assert_eq!((refused.0, refused.2.is_empty()), (Some(1), true), "{verb}: {}", refused.1);
                assert_eq!(refused, run(verb, &[unknown]), "{verb} on {engine:?}");
            }
        }
        assert_eq!(run("staff link", &["123", &cid]), run("staff link", &["123", &no_cid]));
        for (command, foreign) in
            [("ticket show", "secret-case"), ("customer show", "c-theirs"), ("staff show", "only-theirs")]
        {
            let refused = run(command, &[foreign]);
            assert_eq!(refused.0, Some(1), "{command}");
            assert_eq!(refused, run(command, &["unknown"]), "{command} on {engine:?}");
        }
        for command in ["group list", "ticket list", "customer list", "staff list", "channel list"] {
            let listed = server.admin_json(command, &["--tenant", &ours]);
            let text = Value::from(listed).to_string();
            for word in ["secret", "Otto", "Olga", "Customer", &cid] {
                assert!(!text.contains(word), "{command} shows {word} on {engine:?}");
            }
        }
        let still = server.admin_json("group show", &[&cid, "--tenant", &OTHER.to_string()]);
        assert_eq!(still[0]["state"], "active", "nothing of theirs was changed");
    }
}
