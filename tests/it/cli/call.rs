//! `laqun call`.

use serde_json::{Value, json};

use super::{Said, closed_port, run};
use crate::harness::{Engine, METHOD, Server, TENANT, laqun};

const ROOT: &str = "alibaba_lyservice_group_group_communication_response";

fn call(server: &Server, more: &[&str]) -> Said {
    let object = json!({"case_id": "工单 1", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    let parameter = format!("service_communication_request={object}");
    run(laqun().args(["call", METHOD, &parameter, "--url", &server.url]).args(more))
}

#[tokio::test]
async fn a_call_is_signed_and_answered_in_every_way_that_can_be_asked_for() {
    let server = Server::start(Engine::Sqlite).await;
    let first: Value = serde_json::from_str(&call(&server, &[]).out).expect("JSON");
    let group = first[ROOT]["result"]["data"]["team_group_id"].as_str().expect("an id").to_owned();
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        let said = call(&server, &["--sign-method", sign_method]);
        assert_eq!(said.code, 0, "{sign_method}: {}", said.out);
        let value: Value = serde_json::from_str(&said.out).expect("JSON");
        assert_eq!(value[ROOT]["result"]["data"]["team_group_id"], group, "{sign_method}");

        let said = call(&server, &["--sign-method", sign_method, "--simplify"]);
        let value: Value = serde_json::from_str(&said.out).expect("JSON");
        assert_eq!(
            (said.code, &value["result"]["data"]["team_group_id"]),
            (0, &json!(group)),
            "{sign_method}"
        );

        for more in [&[][..], &["--simplify"]] {
            let said = call(&server, &[&["--sign-method", sign_method, "--format", "xml"], more].concat());
            assert_eq!(said.code, 0, "{sign_method}: {}", said.out);
            assert!(said.out.starts_with("<?xml") && said.out.contains(&format!("<{ROOT}>")), "{}", said.out);
            assert!(said.out.contains(&format!("<team_group_id>{group}</team_group_id>")), "{}", said.out);
        }
    }
}

#[tokio::test]
async fn an_explained_call_shows_what_is_signed_before_the_answer() {
    let server = Server::start(Engine::Sqlite).await;
    let said = call(&server, &["--explain"]);
    assert_eq!(said.code, 0);
    let (explained, answer) = said.out.rsplit_once("\n\n").expect("a blank line between");
    assert!(explained.starts_with("base string: app_key12345678format"), "{explained}");
    for word in ["service_communication_request{", "工单 1", "\nsign: ", "\nPOST http://", "/router/rest?"]
    {
        assert!(explained.contains(word), "{word}: {explained}");
    }
    assert!(!said.out.contains("helloworld"), "the secret is not shown: {}", said.out);
    assert!(serde_json::from_str::<Value>(answer).expect("JSON")[ROOT].is_object());

    let said = call(&server, &["--explain", "--json"]);
    let [explained, answer] = &said.objects()[..] else { panic!("two objects: {}", said.out) };
    for member in ["url", "body", "base_string", "sign"] {
        assert!(explained[member].is_string(), "{member}: {explained}");
    }
    assert!(answer[ROOT].is_object(), "{answer}");
}

#[tokio::test]
async fn a_refused_call_prints_the_refusal_and_ends_with_one() {
    let server = Server::start(Engine::Sqlite).await;
    let wrong = call(&server, &["--secret", "wrong"]);
    let value: Value = serde_json::from_str(&wrong.out).expect("JSON");
    assert_eq!((wrong.code, &value["error_response"]["code"]), (1, &json!(25)));
    let xml = call(&server, &["--secret", "wrong", "--format", "xml"]);
    assert_eq!(xml.code, 1, "{}", xml.out);
    assert!(xml.out.contains("<code>25</code>"), "{}", xml.out);

    // Key and secret come from the environment too; a flag wins.
    let mut time = laqun();
    time.args(["call", "taobao.time.get", "--url", &server.url]).env("LAQUN_APP_SECRET", "wrong");
    assert_eq!(run(&mut time).code, 1);
    assert_eq!(run(time.args(["--secret", "helloworld"])).code, 0);
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_unreachable() {
    let said = run(laqun().args([
        "call",
        "taobao.time.get",
        "--url",
        &format!("http://127.0.0.1:{}", closed_port()),
    ]));
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    assert!(said.err.contains("laqun: "), "{}", said.err);

    // Something answers there, but it is no gateway.
    let server = Server::start(Engine::Sqlite).await;
    let said = run(laqun().args(["call", "taobao.time.get", "--url", &format!("{}/nowhere", server.url)]));
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("no TOP answer"), "{}", said.err);

    let usage = run(laqun().args(["call", "taobao.time.get", "no-equals-sign"]));
    assert_eq!(usage.code, 2, "{}", usage.err);
}
