//! Where the server listens, and how browsers reach it.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
};

use super::Report;
use crate::harness::{Engine, Server};

/// Something that answers every request with these bytes.
fn answering(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    address
}

fn doctor(server: &Server, more: &[&str]) -> Report {
    let mut command: Command = server.command("doctor");
    Report::of(command.args(more))
}

#[tokio::test]
async fn an_address_to_listen_on_that_is_taken_or_not_ours_is_told() {
    let mut server = Server::start(Engine::Sqlite).await;
    server.stop();
    let other = Server::start(Engine::Sqlite).await;
    let taken = answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    let report = doctor(&server, &["--listen", &taken]);
    report.says("listen", "problem", &["taken by another program", "ss -ltnp", "LAQUN_LISTEN"]);
    assert_eq!(report.code, 1);
    let theirs = other.url.trim_start_matches("http://");
    let report = doctor(&server, &["--listen", theirs]);
    report.says("listen", "problem", &["a laqun on other data", "LAQUN_LISTEN"]);
    report.says("public_url", "problem", &["on other data", "LAQUN_PUBLIC_URL"]);
    let report = doctor(&server, &["--listen", "192.0.2.1:7700"]);
    report.says("listen", "problem", &["192.0.2.1", "ip address"]);
}

#[tokio::test]
async fn a_public_address_that_is_not_this_server_is_told() {
    let server = Server::start(Engine::Sqlite).await;
    let at = |address: &str| doctor(&server, &["--public-url", &format!("http://{address}")]);

    let report = at(&answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
    report.says("public_url", "problem", &["HTTP 404", "make the proxy pass", "LAQUN_PUBLIC_URL"]);
    assert_eq!(report.code, 1);
    let impostor = answering("HTTP/1.1 200 OK\r\ncontent-length: 3\r\nlaqun-proof: 00\r\n\r\nok\n");
    at(&impostor).says("public_url", "problem", &["a laqun on other data"]);
    let moved =
        "HTTP/1.1 301 Moved\r\nlocation: https://elsewhere.example/healthz\r\ncontent-length: 0\r\n\r\n";
    at(&answering(moved)).says(
        "public_url",
        "problem",
        &["redirected (301)", "elsewhere.example", "LAQUN_PUBLIC_URL"],
    );
    at("127.0.0.1:1").says("public_url", "problem", &["refused", "curl -v", "LAQUN_PUBLIC_URL"]);
    let listening = server.url.trim_start_matches("http://");
    at(listening).says("public_url", "ok", &["this server answers"]);
}

#[tokio::test]
async fn links_that_no_phone_can_open_or_that_travel_in_the_clear_are_told() {
    let server = Server::start(Engine::Sqlite).await;
    let scope = |url: &str| doctor(&server, &["--listen", "127.0.0.1:0", "--public-url", url]);
    scope(&server.url).says("public_url.scope", "warning", &["no phone", "LAQUN_PUBLIC_URL"]);
    scope("http://192.0.2.1").says("public_url.scope", "warning", &["in the clear", "https"]);
}
