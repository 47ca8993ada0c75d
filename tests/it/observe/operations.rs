//! The operations listener: details of readiness, the log's level, and where it is.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{get, page::ops, signal, until_logged};
use crate::harness::{Engine, Server, laqun};

const OPS: [&str; 2] = ["--ops-listen", "127.0.0.1:0"];

async fn checks(server: &Server) -> (u16, Value) {
    let (status, body) = get(server, &ops(server, "/readyz?verbose")).await;
    (status, serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e}: {body}")))
}

fn check(told: &Value, name: &str) -> Value {
    let checks = told["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).expect("the check").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_tells_each_check_and_its_remedy() {
    for engine in Engine::all() {
        let server = Server::start_with(engine, &OPS, &[("LAQUN_DRAIN_DELAY", "3600")]).await;
        let (status, told) = checks(&server).await;
        assert_eq!((status, &told["ready"]), (200, &json!(true)), "{told}");
        for name in ["draining", "database", "writes", "write queue", "settings"] {
            let check = check(&told, name);
            assert_eq!((&check["ok"], &check["remedy"]), (&json!(true), &Value::Null), "{told}");
        }
        signal(&server, "TERM");
        until_logged(&server, 1, &["draining"]).await;
        assert_eq!(get(&server, &ops(&server, "/readyz")).await, (503, "draining\n".to_owned()));
        let (status, told) = checks(&server).await;
        assert_eq!((status, &told["ready"]), (503, &json!(false)), "{told}");
        let draining = check(&told, "draining");
        assert!(draining["ok"] == false && draining["remedy"].is_string(), "{told}");
        assert_eq!(check(&told, "database")["ok"], true);
        assert_eq!(get(&server, &ops(&server, "/healthz")).await, (200, "ok\n".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_logged_is_changed_while_the_server_runs() {
    let server = Server::start_with(Engine::Sqlite, &OPS, &[]).await;
    let address = server.printed["ops"].as_str().expect("an address").to_owned();
    let at = ["--ops-listen", address.as_str()];
    let level = |rows: Vec<Value>| rows[0]["level"].clone();
    let call = || async {
        server.caller().communicate(&json!({"case_id": "123", "staff_id": "123"})).await.result()
    };
    call().await;
    let before = until_logged(&server, 1, &[" call "]).await.len();
    assert_eq!(level(server.admin_json("log show", &at)), "info");
    assert_eq!(level(server.admin_json("log set warn", &at)), "warn");
    call().await;
    assert_eq!(level(server.admin_json("log show", &at)), "warn");
    assert_eq!(
        level(server.admin_json("log set", &[&["warn,laqun::gateway=info"], &at[..]].concat())),
        "warn,laqun::gateway=info"
    );
    call().await;
    let after = until_logged(&server, before + 1, &[" call "]).await;
    assert_eq!(after.len(), before + 1, "one of the two calls was not to be logged: {after:?}");

    let refused = server.admin("log set loud", &at);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("`loud` is no level") && said.contains("off, error, warn"), "{said}");
    assert_eq!(level(server.admin_json("log show", &at)), "warn,laqun::gateway=info", "as it was");

    // What a page of somebody else's in a browser on this machine could do.
    let put =
        server.caller().http.put(format!("http://{address}/log")).header("origin", "http://evil.example");
    assert_eq!(put.body("trace").send().await.expect("an answer").status(), 403);

    let nobody = laqun().args(["log", "show", "--ops-listen", "127.0.0.1:9"]).output().expect("it runs");
    assert_eq!(nobody.status.code(), Some(3), "{}", String::from_utf8_lossy(&nobody.stderr));
    let none = laqun().args(["log", "show"]).output().expect("it runs");
    assert_eq!(none.status.code(), Some(2), "{}", String::from_utf8_lossy(&none.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_asked_for_must_be_free_and_the_default_one_need_not() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let serve = || {
        let mut command = laqun();
        command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        command
    };
    let refused = serve().args(["--ops-listen", &address]).output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0), "{said}");
    assert!(said.contains(&address) && said.contains("--ops-listen"), "{said}");

    // Whoever has it, this test or another program: the default address is taken now.
    let _default = TcpListener::bind("127.0.0.1:7701").await;
    let mut child = serve()
        .env_remove("LAQUN_OPS_LISTEN")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let _ = child.kill();
    let said = child.wait_with_output().expect("it ends");
    let printed: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
    assert!(printed["listening"].is_string() && printed["ops"].is_null(), "{printed}");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("127.0.0.1:7701") && said.contains("--ops-listen"), "{said}");
}

#[tokio::test]
async fn a_demo_has_no_operations_unless_it_is_asked_for_them() {
    let demo = Server::start_with(Engine::Sqlite, &[], &[("LAQUN_OPS_LISTEN", "127.0.0.1:0")]).await;
    assert_eq!(demo.printed["ops"], Value::Null);
}
