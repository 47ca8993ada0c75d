//! Requests captured from real SDKs, sent again byte for byte.
//!
//! Their timestamps are those of the capture, so the server's clock may differ by any amount.

use std::path::PathBuf;

use serde_json::Value;

use super::exchange;
use crate::harness::{Engine, METHOD, Server};

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../top/tests/fixtures");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The methods of a captured request.
fn parameter<'e>(entry: &'e Value, name: &str) -> Option<&'e str> {
    let lists = [&entry["body_params"], &entry["query_params"]];
    let mut pairs = lists.into_iter().flat_map(|list| list.as_array().expect("a list"));
    pairs.find(|pair| pair[0] == name).and_then(|pair| pair[1].as_str())
}

#[tokio::test]
async fn every_captured_request_is_understood_as_its_sdk_meant_it() {
    let index: Vec<Value> = serde_json::from_slice(&fixture("index.json")).expect("an index");
    assert_eq!(index.len(), 43);
    for engine in Engine::all() {
        let any = [("LAQUN_GATEWAY_CLOCK_SKEW", "9007199254740992")];
        let server = Server::start_with(engine, &[], &any).await;
        server.admin_json("staff add", &["客服1", "--name", "客服一"]);
        let mut groups = 0;
        for entry in &index {
            let file = entry["file"].as_str().expect("a file");
            let answer = exchange(&server, &fixture(file)).unwrap_or_else(|| panic!("{file}: no answer"));
            if entry["request_line"].as_str().expect("a line").ends_with("/sync") {
                // Another gateway's path; nothing answers there.
                assert_eq!(answer.status, 404, "{file}");
                continue;
            }
            assert_eq!(answer.status, 200, "{file}");
            let body = body(file, &answer);
            groups += usize::from(body.contains("team_group_id"));
            check(entry, file, &body);
        }
        assert!(groups > 20, "only {groups} captured requests made a group");
        assert!(!server.log().contains("panicked"), "{}", server.log());
    }
}

fn body(file: &str, answer: &super::Raw) -> String {
    let asked = String::from_utf8_lossy(&fixture(file)).to_lowercase().contains("accept-encoding: gzip");
    let compressed = answer.header("content-encoding") == Some("gzip");
    assert!(asked || !compressed, "{file}: compressed though nobody asked");
    if !compressed {
        return answer.text().to_owned();
    }
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&answer.body[..]), &mut text)
        .expect("gzip");
    text
}

fn check(entry: &Value, file: &str, body: &str) {
    let code = |code: u16| {
        body.contains(&format!("\"code\":{code},")) || body.contains(&format!("<code>{code}</code>"))
    };
    let valid = !entry["sign_valid_as"].as_array().expect("a list").is_empty();
    let object = parameter(entry, "service_communication_request").unwrap_or_default();
    let whole = object.contains("case_id") && object.contains("staff_id");
    if entry["request_line"] == "PUT /router/rest" {
        assert!(code(9), "{file}: {body}");
    } else if entry["request_line"] == "POST /router/batch" {
        let parts: Vec<_> = body.split("\r\n-S-\r\n").collect();
        assert_eq!(parts.len(), 2, "{file}: {body}");
        assert!(parts[0].contains("team_group_id"), "{file}: {body}");
        assert!(parts[1].contains("isv.missing-parameter:case_id"), "{file}: {body}");
    } else if !matches!(parameter(entry, "method"), Some(METHOD | "taobao.time.get")) {
        assert!(code(22), "{file}: {body}");
    } else if !valid {
        assert!(code(25), "{file}: {body}");
    } else if parameter(entry, "method") == Some("taobao.time.get") {
        assert!(body.contains("time_get_response"), "{file}: {body}");
    } else if whole {
        assert!(body.contains("team_group_id"), "{file}: {body}");
    } else if object.contains("case_id") {
        // The sample ticket has an assignee: nobody needs to be named.
        assert!(body.contains("team_group_id"), "{file}: {body}");
    } else if object.is_empty() {
        assert!(body.contains("isv.missing-parameter:service_communication_request"), "{file}: {body}");
    } else {
        assert!(body.contains("isv.missing-parameter:case_id"), "{file}: {body}");
    }
    if parameter(entry, "format") == Some("xml") {
        assert!(body.starts_with("<?xml"), "{file}: {body}");
    } else if file != "03-npm-node-taobao-topclient-put-json.http" {
        assert!(body.starts_with('{'), "{file}: {body}");
    }
}
