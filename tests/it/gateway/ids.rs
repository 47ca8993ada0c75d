//! Ids from outside are compared byte for byte.

use std::collections::HashSet;

use serde_json::json;

use super::{
    Draft,
    groups::{of_link, show},
};
use crate::harness::{Engine, Server, TENANT};

#[tokio::test]
async fn case_ids_that_differ_in_a_byte_are_different_tickets() {
    let different = [
        "1",
        " 1",
        "1 ",
        "01",
        "1.0",
        "a",
        "A",
        "１",
        "é",
        "e\u{301}",
        "%31",
        "1\u{200b}",
        "\u{feff}1",
        "NULL",
        "1'; DROP TABLE chat_group; --",
        "<script>alert(\"1\")</script>&amp;",
        "../../etc/passwd",
        "{{7*7}}",
        "$1",
        "工单\u{202e}1",
    ];
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        let mut groups = HashSet::new();
        for case_id in different {
            let object = json!({"case_id": case_id, "tenant_id": TENANT, "staff_id": "123"});
            let data = caller.communicate(&object).await.data();
            assert_eq!(show(&server, "200110004", &data)["case_id"], case_id);
            assert!(groups.insert(data["team_group_id"].to_string()), "{case_id:?} had a group already");
            let again = caller.communicate(&object).await.data();
            assert_eq!(again["team_group_id"], data["team_group_id"], "{case_id:?}");
        }
    }
}

#[tokio::test]
async fn a_number_and_the_text_of_the_same_digits_are_one_id() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let ask = |object: String| {
            let answer = Draft::new(&object).call(&server);
            let json: serde_json::Value = serde_json::from_str(answer.text()).expect("JSON");
            json["alibaba_lyservice_group_group_communication_response"]["result"]["data"]["team_group_id"]
                .as_str()
                .unwrap_or_else(|| panic!("{}", answer.text()))
                .to_owned()
        };
        for digits in ["123", "-1", "9007199254740993", "123456789012345678901234567890", "1.50", "1e3"] {
            let text = ask(format!(r#"{{"case_id":"{digits}","tenant_id":"{TENANT}","staff_id":"123"}}"#));
            let number = ask(format!(r#"{{"case_id":{digits},"tenant_id":{TENANT}.0,"staff_id":123}}"#));
            assert_eq!(text, number, "{digits}");
        }
        assert_ne!(
            ask(r#"{"case_id":9007199254740993,"staff_id":"123"}"#.into()),
            ask(r#"{"case_id":9007199254740992,"staff_id":"123"}"#.into()),
            "numbers beyond 2^53 keep every digit"
        );
    }
}

#[tokio::test]
async fn ids_may_be_as_long_as_documented_counted_in_characters() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (case_id, staff_id, outer_type) = ("𠮷".repeat(128), "员".repeat(64), "渠".repeat(64));
        server.admin_json("staff add", &[&staff_id, "--name", "长"]);
        server.admin_json("channel add", &["long", "--outer-type", &outer_type]);
        let object =
            json!({"case_id": case_id, "tenant_id": TENANT, "staff_id": staff_id, "outer_type": outer_type});
        let answer = server.caller().communicate(&object).await;
        assert_eq!(of_link(&answer, "outerType"), outer_type);
        let group = show(&server, "200110004", &answer.data());
        assert_eq!((&group["case_id"], &group["channel"]), (&json!(case_id), &json!("long")));
    }
}

#[tokio::test]
async fn html_in_an_id_is_text_on_the_groups_page() {
    let server = Server::start(Engine::Sqlite).await;
    let caller = server.caller();
    let object = json!({"case_id": "<script>alert(1)</script>", "tenant_id": TENANT, "staff_id": "123"});
    let data = caller.communicate(&object).await.data();
    let page = data["group_qr_code"].as_str().and_then(|url| url.strip_suffix("/qr.png")).expect("a picture");
    let html = caller.http.get(page).send().await.expect("a page").text().await.expect("text");
    assert!(!html.contains("<script>alert"), "{html}");
    assert!(html.contains("script") && html.contains("alert(1)"), "the name is shown: {html}");
}
