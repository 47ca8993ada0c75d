//! The group page as people live in it: Chromium for both sides of a conversation, driven by `tests/browser/talk*.mjs`.
//!
//! The script asks for what only this side can do (a signed call, an administrative command, the server's end and its
//! return) in lines of JSON that begin with `@` on its standard output, and reads the answers on its standard input.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::PoisonError,
    thread,
};

use serde_json::{Value, json};

use crate::{
    browser::CHROMIUM,
    harness::{Engine, Server, TENANT, clients_folder},
};

#[tokio::test]
async fn a_customer_and_an_agent_talk_from_the_click_to_the_rating_and_back() {
    let Some(clients) = clients_folder() else { return };
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let swapped = engine != Engine::Sqlite || Engine::all().len() == 1;
        let languages = if swapped { json!(["zh", "en"]) } else { json!(["en", "zh"]) };
        let plan = json!({"agent_and_customer": languages});
        live("talk.mjs", &clients, &mut server, plan).await;
    }
}

#[tokio::test]
async fn whoever_comes_by_another_way_sees_what_is_his_to_see() {
    let Some(clients) = clients_folder() else { return };
    let mut server = Server::start(Engine::Sqlite).await;
    live("talk-others.mjs", &clients, &mut server, json!({})).await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_on_the_screen_and_costs_the_others_nothing() {
    let Some(clients) = clients_folder() else { return };
    let mut server = Server::start(Engine::Sqlite).await;
    live("talk-bad.mjs", &clients, &mut server, json!({})).await;
}

#[tokio::test]
async fn every_state_of_the_group_page_is_looked_at_by_day_and_by_night() {
    let Some(clients) = clients_folder() else { return };
    let mut server = Server::start(Engine::Sqlite).await;
    live("talk-looks.mjs", &clients, &mut server, json!({})).await;
}

/// Runs a script to its end; what it printed is shown if it failed.
#[expect(
    clippy::await_holding_lock,
    reason = "one Chromium at a time; each test has a thread and a runtime of its own"
)]
async fn live(script: &str, clients: &Path, server: &mut Server, mut plan: Value) {
    let _alone = CHROMIUM.lock().unwrap_or_else(PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    plan["url"] = server.url.clone().into();
    plan["tenant"] = TENANT.into();
    plan["screenshots"] = json!(root.join("tests/.work/screenshots"));
    let mut node = Command::new("node");
    node.arg(root.join("tests/browser").join(script))
        .arg(plan.to_string())
        .env("LAQUN_TEST_CLIENTS", clients);
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut node = node.spawn().expect("node runs");
    let mut stderr = node.stderr.take().expect("piped");
    let complaints = thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let told = serve_wishes(&mut node, server).await;
    let status = node.wait().expect("node ends");
    let complaints = complaints.join().expect("its errors are read");
    assert!(status.success(), "{script}, {:?}:\n{told}{complaints}", server.engine);
}

/// Grants what the script asks for, until it ends; what else it printed.
async fn serve_wishes(node: &mut Child, server: &mut Server) -> String {
    let mut answers = node.stdin.take().expect("piped");
    let mut told = String::new();
    for line in BufReader::new(node.stdout.take().expect("piped")).lines() {
        let line = line.expect("UTF-8");
        let Some(wish) = line.strip_prefix('@') else {
            told += &line;
            told.push('\n');
            continue;
        };
        let wish: Value = serde_json::from_str(wish).expect("JSON");
        let answer = grant(&wish, server).await;
        writeln!(answers, "{answer}").expect("the script listens");
    }
    told
}

async fn grant(wish: &Value, server: &mut Server) -> Value {
    match wish["do"].as_str().expect("a wish") {
        "call" => server.caller().communicate(&wish["request"]).await.data(),
        "admin" => {
            let words: Vec<&str> =
                wish["words"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
            json!(server.admin_json(words[0], &words[1..]))
        }
        "stop" => json!(server.stop()),
        "start" => {
            server.come_back();
            json!(server.url)
        }
        "log" => json!(server.log()),
        other => panic!("no wish is called {other}"),
    }
}
