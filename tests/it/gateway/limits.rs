//! Settings of the gateway: the code of refusals, and how many signatures may fail.

use serde_json::json;

use super::{Draft, groups};
use crate::harness::{Caller, Engine, Server, TENANT};

#[tokio::test]
async fn refusals_of_the_service_carry_the_configured_code_and_those_of_the_platform_their_own() {
    for engine in Engine::all() {
        let code = [("LAQUN_GATEWAY_BUSINESS_ERROR_CODE", "15")];
        let server = Server::start_with(engine, &[], &code).await;
        let fault = server.caller().communicate(&json!({})).await.fault();
        assert_eq!((&fault["code"], &fault["msg"]), (&json!(15), &json!("Remote service error")));
        assert_eq!(fault["sub_code"], "isv.missing-parameter:case_id");
        let object = json!({"case_id": "1", "tenant_id": TENANT, "staff_id": "nobody"});
        assert_eq!(server.caller().communicate(&object).await.fault()["code"], 15);
        let object = json!({"case_id": [], "tenant_id": TENANT});
        assert_eq!(server.caller().communicate(&object).await.fault()["code"], 41);
        let settings = r#"{"delay_ms":600000}"#;
        let slow = [
            "slow",
            "--platform",
            "sandbox",
            "--settings",
            settings,
            "--patience",
            "0",
            "--pending",
            "error",
        ];
        server.admin_json("channel add", &[&slow[..], &["--outer-type", "slow"]].concat());
        let object = json!({"case_id": "1", "tenant_id": TENANT, "staff_id": "123", "outer_type": "slow"});
        let fault = server.caller().communicate(&object).await.fault();
        assert_eq!((&fault["code"], &fault["sub_code"]), (&json!(15), &json!("isp.remote-service-timeout")));
    }
}

#[tokio::test]
async fn an_app_whose_signatures_fail_too_often_from_an_address_is_told_to_wait_and_others_are_not() {
    for engine in Engine::all() {
        let budget = [("LAQUN_GATEWAY_FAILED_SIGNATURES_PER_MINUTE", "3")];
        let server = Server::start_with(engine, &[], &budget).await;
        server.admin_json("app add", &["7700", "--secret", "s"]);
        let fault = |answer: &super::Raw| -> serde_json::Value {
            let answer: serde_json::Value = serde_json::from_str(answer.text()).expect("JSON");
            answer["error_response"].clone()
        };
        let bad = || {
            let mut draft = Draft::method("taobao.time.get");
            draft.set("sign", &"0".repeat(64));
            fault(&draft.send(&server))
        };
        for _ in 0..3 {
            assert_eq!(bad()["code"], 25);
        }
        let fault_7 = bad();
        // One failure is forgotten in 20 s; on a machine that stood still for as long, a few more are needed.
        let fault_7 = if fault_7["code"] == 7 {
            fault_7
        } else {
            (0..1_000).map(|_| bad()).find(|fault| fault["code"] != 25).expect("a limit")
        };
        assert_eq!((&fault_7["code"], &fault_7["msg"]), (&json!(7), &json!("App Call Limited")));
        assert_eq!(fault_7["sub_code"], "accesscontrol.limited-by-api-access-count");
        let text = fault_7["sub_msg"].as_str().expect("a text");
        let seconds =
            text.strip_prefix("This ban will last for ").and_then(|t| t.strip_suffix(" more seconds"));
        let seconds: u64 = seconds.and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("{text}"));
        assert!((1..=20).contains(&seconds), "{text}");
        // Another app calls from the same address, as behind a proxy everybody does.
        let other = Caller { app_key: "7700".into(), secret: "s".into(), ..server.caller() };
        let answer = other.method("taobao.time.get", &[], top::Output::JSON).await;
        assert!(answer.body.starts_with("{\"time_get_response\":"), "{}", answer.body);
    }
}

#[tokio::test]
async fn every_call_inside_a_batch_takes_one_of_the_apps_budget_and_one_that_starts_over_takes_one() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        for key in ["7700", "7701"] {
            let limited = [key, "--secret", "s", "--grant", &TENANT.to_string(), "--calls-per-second", "1"];
            server.admin_json("app add", &limited);
        }
        let caller = |key: &str| Caller { app_key: key.into(), secret: "s".into(), ..server.caller() };
        // From its first call on the server knows both apps.
        let answer = caller("7700").method("taobao.time.get", &[], top::Output::JSON).await;
        assert!(answer.body.starts_with("{\"time_get_response\":"), "{}", answer.body);
        // What it knows is old now: this call is begun, charged, and begun again.
        server.admin_json("channel add", &["another"]);
        let answer = caller("7701").communicate(&json!({"case_id": "1", "staff_id": "123"})).await;
        assert_eq!(answer.result()["success"], true, "{engine:?}");

        let calls = vec!["method=taobao.time.get"; 20].join("\r\n-S-\r\n");
        let mut draft = Draft::method("");
        draft.remove("method");
        draft.set("app_key", "7700");
        draft.secret = "s".into();
        draft.path = "/router/batch".into();
        draft.content_type = Some("text/plain;charset=UTF-8".into());
        draft.raw_body = Some(calls.into_bytes());
        draft.sign();
        let answer = draft.send(&server);
        let parts: Vec<_> = answer.text().split("\r\n-S-\r\n").collect();
        assert_eq!(parts.len(), 20, "{}", answer.text());
        let refused = parts.iter().filter(|part| part.contains("\"code\":7,")).count();
        assert!(refused > 0, "20 calls at once and one a second: {}", answer.text());
    }
}

#[tokio::test]
async fn a_replay_inside_the_time_window_gets_the_same_result() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mut draft = Draft::new(r#"{"case_id":"again","tenant_id":200110004,"staff_id":"123"}"#);
        draft.sign();
        let answers: Vec<_> = (0..3)
            .map(|_| crate::harness::Answer {
                status: 200,
                content_type: String::new(),
                body: draft.send(&server).text().to_owned(),
            })
            .collect();
        let same: Vec<_> = answers.iter().map(groups::permanent).collect();
        assert!(same.iter().all(|answer| *answer == same[0]), "{same:?}");
        let group = groups::show(&server, "200110004", &answers[0].data());
        assert_eq!(groups::lines(&group, "created").len(), 1, "{group}");
    }
}
