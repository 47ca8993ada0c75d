//! Bad input gets a clear answer and loses nothing (promise 8).

mod row;
mod stored;
mod table;
mod unreadable;

pub(crate) use stored::stored;

use std::collections::HashSet;

use row::{APP_SECRET, Formats, Row, request_id};

use crate::{
    gateway::{Draft, Raw},
    harness::{Engine, Server},
};

/// The sample, a strict tenant, a tenant that nobody was granted, and apps of every kind.
async fn world(engine: Engine) -> Server {
    let budget = [("LAQUN_GATEWAY_FAILED_SIGNATURES_PER_MINUTE", "100000")];
    let server = Server::start_with(engine, &[], &budget).await;
    let strict = ["7", "--name", "严格", "--unknown-case", "refuse", "--unknown-outer-type", "refuse"];
    server.admin_json("tenant add", &strict);
    server.admin_json("tenant add", &["8", "--name", "别人"]);
    server.admin_json("staff add", &["s", "--name", "沈", "--tenant", "7"]);
    server.admin_json("ticket add", &["T1", "--title", "登记过的工单", "--tenant", "7"]);
    server.admin_json("channel add", &["desk", "--outer-type", "desk", "--tenant", "7"]);
    let app = |key, more: &[&str]| {
        server.admin_json("app add", &[&[key, "--secret", APP_SECRET], more].concat());
    };
    app("20000001", &["--grant", "200110004", "--grant", "7"]);
    app("20000003", &[]);
    app("20000004", &["--grant", "7", "--calls-per-second", "1"]);
    app("20000005", &["--grant", "7", "--allow-ip", "10.9.9.9"]);
    server
}

#[tokio::test]
async fn every_bad_request_gets_its_exact_answer_and_changes_nothing() {
    let rows = table::rows();
    let names: HashSet<_> = rows.iter().map(|row| &row.name).collect();
    assert_eq!(names.len(), rows.len(), "every row has a name of its own");
    let codes: HashSet<_> = rows.iter().map(|row| row.fault.code).collect();
    for code in [7, 9, 11, 21, 22, 23, 24, 25, 28, 29, 30, 31, 32, 33, 34, 41, 43, 47, 50] {
        assert!(codes.contains(&code), "no row for code {code}");
    }
    for engine in Engine::all() {
        let server = world(engine).await;
        // What is first read late (the directory) shall not count as a change.
        let good = Draft::new(row::VALID).call(&server);
        assert!(good.text().contains("\"success\":true"), "{}", good.text());
        let before = stored(&server).await;
        let wrong: Vec<String> = rows.iter().flat_map(|row| ask(&server, row)).collect();
        assert!(wrong.is_empty(), "{engine:?}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
        assert_eq!(stored(&server).await, before, "{engine:?}: something was stored");
        assert!(!server.log().contains("panicked"), "{engine:?}: {}", server.log());
        let good = Draft::new(row::VALID).call(&server);
        assert!(good.text().contains("\"success\":true"), "{}", good.text());
    }
}

/// What is wrong with the answers to a row.
fn ask(server: &Server, row: &Row) -> Vec<String> {
    let formats: &[(Option<&str>, bool)] = match row.formats {
        Formats::Both => &[(Some("json"), false), (Some("xml"), true)],
        Formats::XmlAsItIs => &[(None, true)],
    };
    formats.iter().filter_map(|(format, xml)| check(server, row, *format, *xml)).collect()
}

fn check(server: &Server, row: &Row, format: Option<&str>, xml: bool) -> Option<String> {
    let mut answer = row.draft(format).send(server);
    for _ in 0..1_000 {
        if !row.until_refused || answer.text().contains("error_response") {
            break;
        }
        answer = row.draft(format).send(server);
    }
    wrong(row, xml, &answer).map(|wrong| format!("{} ({format:?}): {wrong}", row.name))
}

fn wrong(row: &Row, xml: bool, answer: &Raw) -> Option<String> {
    let content_type = if xml { "text/xml;charset=UTF-8" } else { "text/javascript;charset=UTF-8" };
    if answer.status != 200 || answer.header("content-type") != Some(content_type) {
        return Some(format!("{} {:?}", answer.status, answer.header("content-type")));
    }
    let expected = row.fault.body(xml, request_id(answer.text()));
    (answer.text() != expected).then(|| format!("\n   got {}\n  want {expected}", answer.text()))
}
