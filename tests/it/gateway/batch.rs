//! `/router/batch` on the running server.

use super::{Draft, Raw};
use crate::harness::{Engine, METHOD, Server};

const SEPARATOR: &str = "\r\n-S-\r\n";

fn batch(server: &Server, calls: &[&str], separator: Option<&str>, change: impl FnOnce(&mut Draft)) -> Raw {
    let mut draft = Draft::method("");
    draft.remove("method");
    draft.path = "/router/batch".into();
    draft.content_type = Some("text/plain;charset=UTF-8".into());
    draft.raw_body = Some(calls.join(separator.unwrap_or(SEPARATOR)).into_bytes());
    draft.headers.extend(separator.map(|text| ("top-api-separator".to_owned(), text.to_owned())));
    draft.sign();
    change(&mut draft);
    draft.send(server)
}

/// A call of 客服一键拉群 as one line.
fn line(object: &str) -> String {
    let pairs = [("method".to_owned(), METHOD.to_owned()), (super::OBJECT.to_owned(), object.to_owned())];
    super::form(&pairs)
}

#[tokio::test]
async fn each_call_has_its_answer_in_its_place_and_a_bad_one_its_own_error() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let good = line(r#"{"case_id":"batch","staff_id":"123"}"#);
        let stranger = line(r#"{"case_id":"batch","staff_id":"nobody"}"#);
        let calls = [&*good, "method=taobao.time.get", "method=taobao.time.gets", &*stranger, "a=1", &*good];
        for separator in [None, Some("|-|"), Some("-S-")] {
            let answer = batch(&server, &calls, separator, |_| ());
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, Some("text/javascript;charset=UTF-8"))
            );
            let parts: Vec<serde_json::Value> = answer
                .text()
                .split(separator.unwrap_or(SEPARATOR))
                .map(|part| serde_json::from_str(part).unwrap_or_else(|error| panic!("{error}: {part}")))
                .collect();
            assert_eq!(parts.len(), calls.len(), "{}", answer.text());
            let root = "alibaba_lyservice_group_group_communication_response";
            let group = |part: &serde_json::Value| part[root]["result"]["data"]["team_group_id"].clone();
            assert!(group(&parts[0]).is_string(), "{}", parts[0]);
            assert!(parts[1]["time_get_response"]["time"].is_string(), "{}", parts[1]);
            assert_eq!(parts[2]["error_response"]["code"], 22);
            assert_eq!(parts[3]["error_response"]["sub_code"], "isv.staff-not-exist");
            assert_eq!(parts[4]["error_response"]["code"], 21);
            assert_eq!(group(&parts[5]), group(&parts[0]));
        }
    }
}

#[tokio::test]
async fn public_parameters_are_for_every_call_and_xml_is_the_default() {
    let server = Server::start(Engine::Sqlite).await;
    let answer = batch(&server, &["#PUBLIC#method=taobao.time.get", "N", "N", "a=1"], None, |_| ());
    let parts: Vec<_> = answer.text().split(SEPARATOR).collect();
    assert_eq!(parts.len(), 3, "{}", answer.text());
    assert!(parts.iter().all(|part| part.starts_with("{\"time_get_response\":")), "{}", answer.text());
    let answer = batch(&server, &["method=taobao.time.get"], None, |draft| {
        draft.remove("format");
        draft.remove("sign");
        draft.sign();
    });
    assert_eq!(answer.header("content-type"), Some("text/xml;charset=UTF-8"));
    assert!(answer.text().contains("<time_get_response><time>"), "{}", answer.text());
}

#[tokio::test]
async fn a_bad_signature_is_one_document_and_a_call_cannot_change_who_calls() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let calls = ["method=taobao.time.get", "method=taobao.time.get"];
        let mut refused = Vec::new();
        let tampered: [fn(&mut Draft); 3] = [
            |draft| draft.set("sign", &"0".repeat(64)),
            |draft| draft.raw_body.as_mut().expect("a body").push(b'1'),
            |draft| draft.raw_body = Some(b"method=taobao.time.get".to_vec()),
        ];
        for change in tampered {
            let answer = batch(&server, &calls, None, change);
            let json: serde_json::Value = serde_json::from_str(answer.text()).expect("one document");
            assert_eq!(json["error_response"]["code"], 25, "{}", answer.text());
            refused.push(json["error_response"]["request_id"].as_str().expect("an id").to_owned());
        }
        // Another app, version or format inside a call is not listened to.
        let inside = "method=taobao.time.get&app_key=87654321&v=1.0&format=xml&timestamp=1&sign=x";
        let answer = batch(&server, &[inside], None, |_| ());
        assert!(answer.text().starts_with("{\"time_get_response\":"), "{}", answer.text());
        // Lines are written by a thread of its own; at its end the server has written them all.
        server.stop();
        for request_id in refused {
            let log = server.log();
            let line = log.lines().find(|line| line.contains(&request_id));
            assert!(line.is_some_and(|line| line.contains("call refused")), "{request_id}: {log}");
        }
    }
}
