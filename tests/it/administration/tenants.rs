//! Tenants: what unknown things do, names, defaults.

use serde_json::json;

use super::{click, one, refused, says_no};
use crate::harness::{Engine, Server};
use crate::promises::sign_in::page;

#[tokio::test]
async fn what_unknown_things_do_changes_with_the_next_call() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        let ask = |what: &'static str| {
            let (case, more) = match what {
                "case" => ("nobody-added-it", json!({})),
                "staff" => ("123", json!({"staff_id": "nobody"})),
                _ => ("123", json!({"outer_type": "nobody"})),
            };
            let caller = caller.clone();
            async move { refused(&click(&caller, case, more).await).map(|(_, sub)| sub) }
        };
        let tenant = "200110004";
        for (flag, what, accept, sub_code) in [
            ("--unknown-staff", "staff", "stub", "isv.staff-not-exist"),
            ("--unknown-outer-type", "outer_type", "default", "isv.invalid-parameter:outer_type"),
            ("--unknown-case", "case", "stub", "isv.case-not-exist"),
        ] {
            one(&server, "tenant set", &[tenant, flag, "refuse"]);
            assert_eq!(ask(what).await.as_deref(), Some(sub_code), "{engine:?} {flag}");
            one(&server, "tenant set", &[tenant, flag, accept]);
            assert_eq!(ask(what).await, None, "{engine:?} {flag}");
        }
    }
}

#[tokio::test]
async fn a_tenant_s_new_name_default_channel_and_company_id_are_seen_by_the_running_server() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let code = server.printed["group_qr_code"].as_str().expect("a code").to_owned();
        let path =
            code.strip_suffix("/qr.png").and_then(|url| url.strip_prefix(&server.url)).expect("a path");
        assert!(page(&server, path, None).await.1.contains("云杉家电售后"));
        one(&server, "tenant set", &["200110004", "--name", "海棠电器"]);
        assert!(page(&server, path, None).await.1.contains("海棠电器"), "{engine:?}: a page is not a call");

        let shown =
            one(&server, "tenant set", &["200110004", "--default-channel", "web", "--corp-id", "ding42"]);
        assert_eq!((&shown["default_channel"], &shown["corp_id"]), (&json!("web"), &json!("ding42")));
        let data = click(&server.caller(), "9", json!({"outer_type": ""})).await.data();
        assert!(data["group_link"].as_str().expect("a link").contains("corpId=ding42&"), "{engine:?}");
        assert_eq!(one(&server, "group list", &["--case-id", "9"])["channel"], "web", "{engine:?}");
        one(&server, "tenant set", &["200110004", "--no-corp-id", "--retention-days", "365"]);
        let shown = one(&server, "tenant show", &["200110004"]);
        assert_eq!((&shown["corp_id"], &shown["retention_days"]), (&json!(null), &json!(365)));
        assert!(
            says_no(&server, "tenant set", &["200110004", "--default-channel", "x"]).contains("channel list")
        );
    }
}

#[tokio::test]
async fn a_tenant_with_a_history_is_kept_and_an_empty_one_goes() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let said = says_no(&server, "tenant remove", &["200110004"]);
        assert!(said.contains("groups") && said.contains("laqun app revoke"), "{said}");
        one(&server, "tenant add", &["7", "--name", "远山", "--retention-days", "30"]);
        one(&server, "channel add", &["more", "--outer-type", "x", "--tenant", "7"]);
        one(&server, "tenant remove", &["7"]);
        assert!(says_no(&server, "tenant show", &["7"]).contains("no such tenant"));
        one(&server, "tenant add", &["7", "--name", "远山"]);
        assert_eq!(server.admin_json("channel list", &["--tenant", "7"]).len(), 1, "{engine:?}: as new");
    }
}
