//! The log: one line a call, with what an operator asks for and nothing that is nobody's business.

use serde_json::{Value, json};
use top::Output;

use super::until_logged;
use crate::harness::{Engine, METHOD, SECRET, Server};

async fn lines(server: &Server, count: usize) -> Vec<Value> {
    let lines = until_logged(server, count, &["\"message\":\"call"]).await;
    assert_eq!(lines.len(), count, "one line a call: {lines:#?}");
    lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_one_line_with_request_id_method_code_tenant_app_duration_and_bytes() {
    for engine in Engine::all() {
        let server = Server::start_with(engine, &["--log-format", "json", "--log-level", "info"], &[]).await;
        // The demo's own.
        let before = lines(&server, 1).await.len();
        let caller = server.caller();
        let good =
            caller.communicate(&json!({"case_id": "l1", "staff_id": "123", "outer_type": "111"})).await;
        let bad = caller.communicate(&json!({"case_id": "l1", "staff_id": "nobody-at-all"})).await;
        let none = caller.method("no.such.method", &[], Output::JSON).await;
        let told = lines(&server, before + 3).await;
        let [good_line, bad_line, none_line] = &told[before..] else { panic!("{told:?}") };

        let request_id = &good.json()["alibaba_lyservice_group_group_communication_response"]["request_id"];
        assert_eq!(&good_line["request_id"], request_id, "{good_line}");
        assert_eq!(bad_line["request_id"], bad.fault()["request_id"], "{bad_line}");
        for (line, answer) in [(good_line, &good), (bad_line, &bad), (none_line, &none)] {
            assert_eq!((&line["level"], &line["app_key"]), (&json!("INFO"), &json!("12345678")), "{line}");
            assert_eq!(line["bytes"], answer.body.len(), "{line}");
            assert!(line["took_us"].is_u64() && line["timestamp"].is_string(), "{line}");
        }
        assert_eq!((&good_line["method"], &good_line["code"]), (&json!(METHOD), &json!(0)));
        assert_eq!((&good_line["tenant"], &bad_line["tenant"]), (&json!(200_110_004), &json!(200_110_004)));
        assert_eq!((&bad_line["code"], &bad_line["sub_code"]), (&json!(50), &json!("isv.staff-not-exist")));
        assert_eq!((&none_line["code"], &none_line["tenant"]), (&json!(22), &Value::Null));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_and_nobody_stands_in_the_log() {
    for engine in Engine::all() {
        // As much as can be said.
        let server = Server::start_with(engine, &["--log-format", "json", "--log-level", "trace"], &[]).await;
        let answer = server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await;
        let token = answer.data()["group_qr_code"].as_str().expect("a code").to_owned();
        let token = token.split("/g/").nth(1).expect("a token").trim_end_matches("/qr.png").to_owned();
        let page = server.caller().http.get(format!("{}/g/{token}", server.url)).send().await;
        assert_eq!(page.expect("an answer").status(), 200);
        server.caller().communicate(&json!({"case_id": "张三的秘密工单", "staff_id": "123"})).await.result();
        let mut forger = server.caller();
        "not-the-secret".clone_into(&mut forger.secret);
        forger.communicate(&json!({"case_id": "4711-private"})).await.fault();
        until_logged(&server, 4, &["\"message\":\"call"]).await;
        let log = server.log();
        let ticket = answer.sign_in_ticket();
        for secret in [SECRET, "not-the-secret", &token, &ticket, "张三", "4711-private", "topsecret"] {
            assert!(!log.contains(secret), "{secret} is in the log on {engine:?}");
        }
        // Every line can be read by a machine.
        for line in log.lines() {
            assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        }
    }
}
