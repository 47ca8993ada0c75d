//! A small system with something in every table, and what it answers.

use std::path::Path;

use serde_json::{Value, json};

use super::{raw::Raw, talk};
use crate::harness::{APP_KEY, Caller, Engine, SECRET, Server, TENANT};

/// The master key of every story; the harness gives the same one to PostgreSQL.
const KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// Puts the story's key into a data folder.
pub(crate) fn put_key(data: &Path) {
    let path = data.join("master.key");
    std::fs::write(&path, format!("{KEY}\n")).expect("a key file");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("its mode");
}

/// A server with the documented sample in it, sealed with the story's key.
pub(crate) async fn start(engine: Engine) -> Server {
    match engine {
        Engine::Sqlite => Server::start_in(put_key),
        Engine::Postgres => Server::start(engine).await,
    }
}

/// (`AppKey`, secret, tenant, case, staff, outer type) of a call.
type Click = (&'static str, &'static str, i64, &'static str, &'static str, &'static str);

/// The second app's secret.
pub(crate) const SECOND: &str = "a-second-secret";

/// Clicks whose groups are there and open, so that asking again changes nothing.
const CLICKS: [Click; 6] = [
    (APP_KEY, SECRET, TENANT, "123", "123", "111"),
    (APP_KEY, SECRET, TENANT, "工单 7/第二", "a1", "111"),
    (APP_KEY, SECRET, TENANT, "dissolved-once", "123", "111"),
    ("7001", SECOND, 7, "123", "x1", "side"),
    ("7001", SECOND, 7, "nobody-told-of-it", "x1", "side"),
    ("7001", SECOND, 7, "remote", "x1", "sandbox"),
];

/// Fills every table through the program's own surfaces.
pub(crate) async fn fill(server: &Server) {
    let other = ["--tenant", "7"];
    let add = |command: &str, more: &[&str]| drop(server.admin_json(command, more));
    let first = TENANT.to_string();
    let first = ["--tenant", first.as_str()];
    add("staff add", &[&["a1", "--name", "阿一"], &first[..]].concat());
    let described = ["--description", "第一行\n第二行", "--assignee", "a1", "--priority", "urgent"];
    add("ticket add", &[&["工单 7/第二", "--title", "另一张"], &described[..], &first[..]].concat());
    add("tenant add", &["7", "--name", "第二家"]);
    add(
        "app add",
        &[
            "7001",
            "--name",
            "second",
            "--secret",
            SECOND,
            "--grant",
            "7",
            "--allow-ip",
            "127.0.0.0/8",
            "--calls-per-second",
            "100000",
        ],
    );
    add("staff add", &[&["x1", "--name", "外包", "--external"], &other[..]].concat());
    add("customer add", &[&["c1", "--name", "王女士"], &other[..]].concat());
    add("channel add", &[&["side", "--outer-type", "side"], &other[..]].concat());
    let sandbox = ["sandbox", "--platform", "sandbox", "--outer-type", "sandbox"];
    add("channel add", &[&sandbox[..], &other[..]].concat());
    let broken = r#"{"fault":"fail","fault_count":1000}"#;
    let broken = ["broken", "--platform", "sandbox", "--outer-type", "broken", "--settings", broken];
    add("channel add", &[&broken[..], &other[..]].concat());
    add("ticket add", &[&["123", "--title", "同号", "--customer", "c1"], &other[..]].concat());
    let ended = click(server, &CLICKS[2]).await;
    add("group dissolve", &[&[ended["team_group_id"].as_str().expect("an id")], &first[..]].concat());
    for each in &CLICKS {
        click(server, each).await;
    }
    click(server, &("7001", SECOND, 7, "failed", "x1", "broken")).await;
    let sealed = click(server, &("7001", SECOND, 7, "closed", "x1", "side")).await;
    add("group close", &[&[sealed["team_group_id"].as_str().expect("an id")], &other[..]].concat());
    let accounts = "INSERT INTO staff_account (tenant_id, staff, platform, account)
                    SELECT tenant_id, id, 'dingtalk', 'd1' FROM staff WHERE tenant_id = 7 AND staff_id = 'x1'";
    Raw::of(server).rows(accounts).await;
    talk::fill(server).await;
    stop_an_import(server);
    sign_in(server).await;
}

/// An import that did not end: how far it came, and what it refused.
fn stop_an_import(server: &Server) {
    let file = server.folder.path().join("customers.csv");
    std::fs::write(&file, "customer_id,name\nc2,李女士\nc3,\n").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let report = format!("{file}.refused");
    let said =
        server.admin("customer import", &[file, "--tenant", "7", "--max-errors", "0", "--errors", &report]);
    assert_eq!(said.status.code(), Some(1), "{}", String::from_utf8_lossy(&said.stderr));
}

/// Redeems a sign-in ticket: a session, and a ticket that is used up.
async fn sign_in(server: &Server) {
    let link = click(server, &CLICKS[0]).await["group_link"].as_str().expect("a link").to_owned();
    let st = link.split_once("&st=").expect("a sign-in ticket").1;
    let request = server.caller().http.post(format!("{}/customer-service/session", server.url));
    let answer = request.json(&json!({"st": st})).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
}

async fn click(server: &Server, click: &Click) -> Value {
    click_with(server, click, click.1).await
}

async fn click_with(
    server: &Server,
    (app_key, _, tenant, case, staff, outer): &Click,
    secret: &str,
) -> Value {
    let caller = Caller { app_key: (*app_key).into(), secret: secret.into(), ..Caller::new(&server.url) };
    let object = json!({"tenant_id": tenant, "case_id": case, "staff_id": staff, "outer_type": outer});
    caller.communicate(&object).await.data()
}

/// What the story's calls answer, without sign-in tickets and the port, and what the links in them open.
pub(crate) async fn answers(server: &Server) -> Value {
    answers_with(server, SECOND).await
}

/// The same where the second app has another secret.
pub(crate) async fn answers_with(server: &Server, second: &str) -> Value {
    let mut told = Vec::new();
    for each in &CLICKS {
        let secret = if each.1 == SECOND { second } else { each.1 };
        let mut data = click_with(server, each, secret).await;
        let link = data["group_link"].as_str().expect("a link").to_owned();
        let (link, st) = link.split_once("&st=").expect("a sign-in ticket");
        assert!(st.len() > 60, "{st}");
        data["group_link"] = json!(link);
        let code = data["group_qr_code"].as_str().expect("a code").to_owned();
        let page = code.strip_suffix("/qr.png").expect("the code of a page");
        let page = server.caller().http.get(page).send().await.expect("an answer");
        let status = page.status().as_u16();
        let text = data.to_string().replace(&server.url, "http://laqun.test");
        let data: Value = serde_json::from_str(&text).expect("JSON");
        told.push(json!({"case_id": each.3, "data": data, "page": status}));
    }
    Value::Array(told)
}
