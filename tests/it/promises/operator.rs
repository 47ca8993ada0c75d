//! What an operator finds afterwards: audit rows, a log without keys, lists that say when they end.

use std::process::Stdio;

use serde_json::json;

use super::{
    sign_in::{TITLE, page, path_of, redeem},
    stored,
};
use crate::harness::{Engine, Server};

#[tokio::test]
async fn who_signs_in_and_out_is_on_record_and_a_session_that_ended_opens_nothing() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        // A session whose time is over, of somebody who never signed out.
        let old = match engine {
            Engine::Sqlite => "x'00'",
            Engine::Postgres => "'\\x00'::bytea",
        };
        let old = format!("INSERT INTO staff_session VALUES ({old}, 200110004, {old}, 1, 2)");
        stored::rows(&server, &old).await;
        let group = server.printed_group();
        let group = group.as_str().expect("an id");
        let link = server.admin_json("staff link", &["123", group])[0]["group_link"].clone();
        let link = link.as_str().expect("a link");
        let redeemed = redeem(&server, link.split_once("&st=").expect("a ticket").1, &[]).await;
        let cookie = redeemed.sent_back();
        let sessions = || stored::rows(&server, "SELECT expires_at FROM staff_session");
        let live = sessions().await;
        assert!(live.len() == 1 && live[0][0] != "2", "the old one is swept: {live:?}");
        assert!(page(&server, path_of(link), Some(&cookie)).await.1.contains(TITLE));

        let url = format!("{}/customer-service/session", server.url);
        let sign_out = |origin: String| {
            let request = server.caller().http.delete(&url);
            request.header("cookie", cookie.clone()).header("origin", origin).send()
        };
        let foreign = sign_out("https://evil.example".into()).await.expect("an answer");
        assert_eq!((foreign.status().as_u16(), sessions().await.len()), (403, 1));
        let ended = sign_out(server.url.clone()).await.expect("an answer");
        let unset = ended.headers()["set-cookie"].to_str().expect("text").to_owned();
        assert!(unset.starts_with("lq_session=;") && unset.contains("Max-Age=0"), "{unset}");
        assert_eq!(ended.json::<serde_json::Value>().await.expect("JSON"), json!({"signed_in": false}));
        assert!(sessions().await.is_empty());
        assert!(!page(&server, path_of(link), Some(&cookie)).await.1.contains(TITLE));
        assert_eq!(sign_out(server.url.clone()).await.expect("an answer").status(), 200, "twice is once");

        let rows = "SELECT actor, action, subject FROM audit
                    WHERE action = 'staff.link' OR action LIKE 'sign_in.%' ORDER BY at, id";
        let id = link.split('&').find_map(|p| p.strip_prefix("openConversationId=")).expect("an id");
        let id = id.replace("%3D", "=");
        let expected = [
            ["cli", "staff.link", "123"],
            ["staff:123", "sign_in.redeem", &*id],
            ["staff:123", "sign_in.end", "123"],
        ];
        assert_eq!(stored::rows(&server, rows).await, expected, "{engine:?}");
    }
}

#[tokio::test]
async fn a_page_that_fails_is_logged_without_the_customers_key() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let code = server.printed["group_qr_code"].as_str().expect("a code").to_owned();
        let token = code.split('/').rev().nth(1).expect("a token").to_owned();
        stored::rows(&server, "ALTER TABLE group_token RENAME TO gone").await;
        for path in [format!("/g/{token}"), format!("/g/{token}/qr.png")] {
            let answer =
                server.caller().http.get(format!("{}{path}", server.url)).send().await.expect("an answer");
            assert!(answer.status().is_server_error(), "{}", answer.status());
        }
        server.stop();
        let log = server.log();
        assert!(log.contains("page failed") && log.contains("/g/{token}/qr.png"), "{log}");
        assert!(!log.contains(&token), "{log}");
    }
}

#[tokio::test]
async fn a_list_says_when_more_follows_and_how_to_go_on() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let many = "INSERT INTO ticket (tenant_id, case_id, title, description, status, priority, stub, created_at, updated_at)
                    WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
                    SELECT 200110004, 'n' || i, 't', '', 'done', 'low', 0, 1, 1 FROM n";
        stored::rows(&server, many).await;
        let list = |more: &[&str]| {
            let output = server.admin("ticket list", &[&["--json"], more].concat());
            let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
            (text(output.stdout).lines().count(), text(output.stderr))
        };
        // The sample's own ticket, 123, comes first.
        let (rows, said) = list(&[]);
        assert_eq!((rows, said.as_str()), (100, "more follow: go on with --after 'n1098'\n"));
        assert_eq!(list(&["--after", "n1498"]), (2, String::new()));
        let whole = list(&["--after", "n1000", "--limit", "500"]);
        assert_eq!(whole, (500, String::new()), "a full page with nothing behind it");
    }
}

#[tokio::test]
async fn what_is_too_long_or_unknown_is_refused_where_it_is_added() {
    let server = Server::start(Engine::Sqlite).await;
    let refused = |command: &str, more: &[&str], says: &str| {
        let output = server.admin(command, more);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1), "{command} {more:?}: {said}");
        assert!(said.contains(says), "{says}: {said}");
    };
    let long = "单".repeat(20_001);
    refused("ticket add", &["1", "--title", "t", "--description", &long], "at most 20000 characters");
    let fits = format!("{}\n\t行", "单".repeat(19_997));
    server.admin_json("ticket add", &["1", "--title", "t", "--description", &fits]);
    refused("tenant add", &["1", "--name", &"x".repeat(129)], "at most 128 characters");
    for (settings, says) in [
        (r#"{"delay":1}"#, "unknown field `delay`"),
        (r#"{"fault":"explode"}"#, "retry, fail or unsure"),
        ("[]", "JSON object"),
    ] {
        refused("channel add", &["c", "--platform", "sandbox", "--settings", settings], says);
    }
}

#[tokio::test]
async fn an_apps_secret_need_not_stand_on_the_command_line() {
    let server = Server::start(Engine::Sqlite).await;
    let mut piped = server.command("app add 7700 --secret - --json");
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"from-stdin\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["secret"], "from-stdin");
    let output =
        server.command("app add 7701 --json").env("LAQUN_APP_SECRET", "from-env").output().expect("it runs");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["secret"], "from-env");
    let nothing = server.admin("app add", &["7702", "--secret", "-"]);
    assert_eq!(nothing.status.code(), Some(1), "an empty secret is none");
}
