//! How a server ends: it says first that it is not ready, and afterwards what it cut off.

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{get, signal, until_logged};
use crate::harness::{Engine, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_is_not_ready_at_once_and_goes_on_answering_until_load_balancers_noticed() {
    for engine in Engine::all() {
        // So long that nothing but a second signal ends it.
        let mut server = Server::start_with(engine, &[], &[("LAQUN_DRAIN_DELAY", "3600")]).await;
        signal(&server, "TERM");
        until_logged(&server, 1, &["draining", "SIGTERM"]).await;
        // Not the state of a moment: it stays so, on a new connection, too.
        for _ in 0..3 {
            assert_eq!(get(&server, &format!("{}/readyz", server.url)).await, (503, "draining\n".to_owned()));
            assert_eq!(get(&server, &format!("{}/healthz", server.url)).await.0, 200);
        }
        let object = json!({"case_id": "while draining", "staff_id": "123", "outer_type": "111"});
        assert_eq!(server.caller().communicate(&object).await.result()["success"], true, "on {engine:?}");
        signal(&server, "INT");
        assert_eq!(server.wait(), Some(1), "ended before its time, on {engine:?}");
        until_logged(&server, 1, &["a second signal", "SIGINT"]).await;
        // What was answered is there.
        server.restart();
        let again = server.caller().communicate(&object).await;
        assert_eq!(again.result()["success"], true);
        let rows = server.admin_json("group list", &[]);
        assert_eq!(rows.iter().filter(|row| row["case_id"] == "while draining").count(), 1, "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_do_not_end_in_time_are_cut_off_and_counted() {
    for engine in Engine::all() {
        let mut server = Server::start_with(engine, &[], &[("LAQUN_DRAIN_SECONDS", "0.2")]).await;
        let address = server.url.trim_start_matches("http://").to_owned();
        let mut half = TcpStream::connect(&address).await.expect("it listens");
        let head = "POST /router/rest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf";
        half.write_all(head.as_bytes()).await.expect("half a request");
        // An answer on a later connection: the server has seen the half request by then.
        assert_eq!(get(&server, &format!("{}/healthz", server.url)).await.0, 200);
        assert_eq!(server.stop(), Some(1), "on {engine:?}");
        let told = until_logged(&server, 1, &["cut off"]).await;
        assert!(told[0].contains("calls=1") && told[0].contains("connections=1"), "{told:?}");
        until_logged(&server, 1, &["ended", "whole=false"]).await;
    }
}

#[tokio::test]
async fn a_server_at_rest_ends_whole() {
    let mut server = Server::start(Engine::Sqlite).await;
    assert_eq!(server.stop(), Some(0));
    until_logged(&server, 1, &["ended", "whole=true"]).await;
}

#[tokio::test]
async fn a_drain_that_is_shorter_than_patience_is_said() {
    let server = Server::start_with(Engine::Sqlite, &[], &[("LAQUN_DRAIN_SECONDS", "2")]).await;
    let said = server.admin("config check", &[]);
    let said = String::from_utf8(said.stdout).expect("UTF-8");
    assert!(said.contains("warning: drain_seconds (2) is shorter than channel.patience (3)"), "{said}");
}
