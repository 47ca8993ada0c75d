//! SIGTERM: what was accepted is answered, nothing new is accepted, the exit code is 0. And what load balancers ask.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use super::{remote::until_none, stored};
use crate::harness::{Engine, Server};

/// A fail-safe, not a measure.
const DEADLINE: Duration = Duration::from_mins(1);

fn address(server: &Server) -> String {
    server.url.trim_start_matches("http://").to_owned()
}

fn terminate(server: &Server) {
    let status = std::process::Command::new("kill").arg(server.pid().to_string()).status();
    assert!(status.expect("kill runs").success());
}

async fn until_refused(server: &Server) {
    let deadline = Instant::now() + DEADLINE;
    while TcpStream::connect(address(server)).await.is_ok() {
        assert!(Instant::now() < deadline, "new connections are still accepted");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_had_begun_is_answered_after_sigterm_and_no_other() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let body = "method=taobao.time.get&app_key=12345678&v=2.0&format=json";
        let (first, second) = body.split_at(10);
        let head = format!(
            "POST /router/rest HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut begun = TcpStream::connect(address(&server)).await.expect("it listens");
        begun.write_all(format!("{head}{first}").as_bytes()).await.expect("half a request");
        // An answer on a later connection: the server has seen the half request by then.
        assert_eq!(
            server
                .caller()
                .http
                .get(format!("{}/healthz", server.url))
                .send()
                .await
                .expect("an answer")
                .status(),
            200
        );
        terminate(&server);
        until_refused(&server).await;
        begun.write_all(second.as_bytes()).await.expect("the other half");
        let mut answer = String::new();
        begun.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        // Whoever asked without a signature is told so: the request was read to its end.
        assert!(answer.contains("error_response"), "{answer}");
        assert_eq!(server.wait(), Some(0), "on {engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_its_platform_gets_its_group_after_sigterm() {
    for engine in Engine::all() {
        let mut server = Server::start(engine).await;
        let slow = ["slow", "--platform", "sandbox", "--outer-type", "slow", "--patience", "50"];
        server.admin_json("channel add", &[&slow[..], &["--settings", r#"{"delay_ms":1500}"#]].concat());
        let caller = server.caller();
        let call = tokio::spawn(async move {
            caller.communicate(&json!({"case_id": "slow", "staff_id": "123", "outer_type": "slow"})).await
        });
        // Turned round: it ends as soon as the platform is being asked.
        until_none(
            &server,
            "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM chat_group WHERE state = 'creating')",
        )
        .await;
        terminate(&server);
        let answer = call.await.expect("an answer");
        assert_eq!(answer.result()["msg"], "成功", "the worker went on while the call waited");
        assert_eq!(server.wait(), Some(0), "on {engine:?}");
        let left = stored::rows(&server, "SELECT kind, cause FROM store_job").await;
        assert_eq!(left, Vec::<Vec<String>>::new(), "on {engine:?}");
    }
}

async fn probe(server: &Server, path: &str) -> (u16, String) {
    let response = server.caller().http.get(format!("{}{path}", server.url)).send().await.expect("an answer");
    (response.status().as_u16(), response.text().await.expect("a body"))
}

#[tokio::test]
async fn a_healthy_server_says_so_in_one_word() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        assert_eq!(probe(&server, "/healthz").await, (200, "ok\n".to_owned()));
        assert_eq!(probe(&server, "/readyz").await, (200, "ready\n".to_owned()));
    }
}

#[tokio::test]
async fn a_server_without_its_database_is_alive_and_not_ready_and_recovers() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let server = Server::start(Engine::Postgres).await;
    let database = server.database.as_deref().expect("on PostgreSQL");
    let (rest, name) = database.rsplit_once("dbname=").expect("the harness puts the name last");
    let elsewhere = format!("{rest}dbname=postgres");
    let close = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    stored::postgres_rows(&elsewhere, &close).await;
    let throw_out =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    stored::postgres_rows(&elsewhere, &throw_out).await;
    assert_eq!(probe(&server, "/readyz").await, (503, "not ready\n".to_owned()));
    assert_eq!(probe(&server, "/healthz").await, (200, "ok\n".to_owned()));
    let object = json!({"case_id": "123", "staff_id": "123", "outer_type": "111"});
    let refused = server.caller().communicate(&object).await;
    assert!(
        refused.fault()["sub_code"].as_str().expect("a sub code").starts_with("isp."),
        "{}",
        refused.body
    );
    stored::postgres_rows(&elsewhere, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    let deadline = Instant::now() + DEADLINE;
    while probe(&server, "/readyz").await.0 != 200 {
        assert!(Instant::now() < deadline, "it does not recover");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.caller().communicate(&object).await.data()["team_group_id"], server.printed_group());
}
