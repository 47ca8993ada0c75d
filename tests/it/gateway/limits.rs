//! Settings of the gateway: the code of refusals, and how many signatures may fail.

use serde_json::json;

use super::{Draft, groups};
use crate::harness::{Engine, Server, TENANT};

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
async fn an_address_whose_signatures_fail_too_often_is_told_to_wait_and_good_ones_still_pass() {
    for engine in Engine::all() {
        let budget = [("LAQUN_GATEWAY_FAILED_SIGNATURES_PER_MINUTE", "3")];
        let server = Server::start_with(engine, &[], &budget).await;
        let bad = || {
            let mut draft = Draft::method("taobao.time.get");
            draft.set("sign", &"0".repeat(64));
            let answer: serde_json::Value = serde_json::from_str(draft.send(&server).text()).expect("JSON");
            answer["error_response"].clone()
        };
        let fault = (0..1_000).map(|_| bad()).find(|fault| fault["code"] != 25).expect("a limit");
        assert_eq!((&fault["code"], &fault["msg"]), (&json!(7), &json!("App Call Limited")));
        assert_eq!(fault["sub_code"], "accesscontrol.limited-by-api-access-count");
        let text = fault["sub_msg"].as_str().expect("a text");
        let seconds =
            text.strip_prefix("This ban will last for ").and_then(|t| t.strip_suffix(" more seconds"));
        let seconds: u64 = seconds.and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("{text}"));
        assert!((1..=20).contains(&seconds), "{text}");
        let answer = Draft::method("taobao.time.get").call(&server);
        assert!(answer.text().starts_with("{\"time_get_response\":"), "{}", answer.text());
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
