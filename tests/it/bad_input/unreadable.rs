//! Requests that no HTTP client library would send, and the limits of bodies.

use super::{row::VALID, stored};
use crate::{
    gateway::{Draft, OBJECT, Raw, exchange},
    harness::{Engine, Server},
};

fn success(answer: &Raw) -> bool {
    answer.status == 200 && answer.text().contains("\"success\":true")
}

/// A signed request whose query holds everything but the object, taken apart.
fn signed() -> (String, Vec<u8>) {
    let mut draft = Draft::new(VALID);
    draft.sign();
    let bytes = draft.bytes();
    let text = String::from_utf8(bytes).expect("ASCII");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let target = head.split(' ').nth(1).expect("a target");
    (target.to_owned(), body.as_bytes().to_vec())
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

#[tokio::test]
async fn bodies_are_read_however_they_are_sent() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (target, body) = signed();
        let body = String::from_utf8(body).expect("ASCII");
        let (first, second) = body.split_at(body.len() / 2);
        let length = body.len();
        let get =
            format!("GET {target} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: {length}\r\n\r\n{body}");
        let chunked = format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x};ext=1\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\nTrailer: t\r\n\r\n",
            first.len(),
            second.len()
        );
        let expecting = format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let untyped = format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
        let old = format!("POST {target} HTTP/1.0\r\n{FORM}\r\nContent-Length: {length}\r\n\r\n{body}");
        for request in [get, chunked, expecting, untyped, old] {
            let answer = exchange(&server, request.as_bytes()).expect("an answer");
            assert!(success(&answer), "{request}\n{}", answer.text());
        }
    }
}

#[tokio::test]
async fn whoever_expects_to_be_asked_for_the_body_is_asked() {
    use std::io::{BufRead, BufReader, Read, Write};
    let server = Server::start(Engine::Sqlite).await;
    let (target, body) = signed();
    let address = server.url.strip_prefix("http://").expect("plain http");
    let mut stream = std::net::TcpStream::connect(address).expect("the server listens");
    let length = body.len();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("written");
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    stream.write_all(&body).expect("written");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("an answer");
    assert!(rest.contains("HTTP/1.1 200 OK") && rest.contains("\"success\":true"), "{rest}");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    let server = Server::start(Engine::Sqlite).await;
    for (more, read) in [(0, true), (1, false)] {
        let mut draft = Draft::new(VALID);
        draft.form.push(("filling".into(), String::new()));
        draft.sign();
        let target = String::from_utf8(draft.bytes()).expect("ASCII");
        let query = target.split(' ').nth(1).and_then(|t| t.split_once('?')).expect("a query").1.len();
        let body = crate::gateway::form(&draft.form).len();
        // The filling changes the signature, not its length.
        let filling = "1".repeat((1 << 20) - query - body + more);
        draft.set("filling", &filling);
        draft.remove("sign");
        draft.sign();
        let answer = draft.send(&server);
        assert_eq!(success(&answer), read, "{}", answer.text());
        if !read {
            assert!(answer.text().contains("isv.request-too-large"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_body_far_too_large_is_refused_or_cut_off_and_the_server_goes_on() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let before = stored(&server).await;
        for chunked in [false, true] {
            let (target, _) = signed();
            let mut request = format!("POST {target} HTTP/1.1\r\nHost: x\r\n{FORM}\r\n").into_bytes();
            let body = vec![b'1'; 17 << 20];
            if chunked {
                request.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n1100000\r\n");
            } else {
                request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            }
            request.extend_from_slice(&body);
            request.extend_from_slice(if chunked { b"\r\n0\r\n\r\n" } else { b"" });
            // A client that is cut off while it writes may never see the answer.
            if let Some(answer) = exchange(&server, &request) {
                assert_eq!(answer.status, 200);
                assert!(
                    answer.text().contains("\"sub_code\":\"isv.request-too-large\""),
                    "{}",
                    answer.text()
                );
            }
        }
        assert_eq!(stored(&server).await, before);
        assert!(success(&Draft::new(VALID).call(&server)));
        assert!(!server.log().contains("panicked"), "{}", server.log());
    }
}

#[tokio::test]
async fn what_is_no_http_request_is_refused_and_the_server_goes_on() {
    let server = Server::start(Engine::Sqlite).await;
    let before = stored(&server).await;
    let (target, body) = signed();
    let body = String::from_utf8(body).expect("ASCII");
    let with = |head: &str| format!("{head}\r\n{FORM}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let long = format!("GET /router/rest?{OBJECT}={} HTTP/1.1\r\nHost: x\r\n\r\n", "1".repeat(70_000));
    let unreadable = [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "hello\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".to_owned(),
        with("POST /router/rest?a=\0 HTTP/1.1\r\nHost: x"),
        with(&format!("POST {target} HTTP/1.1\r\nHost: x\r\nA\0: b")),
        with(&format!("POST {target} HTTP/9.9\r\nHost: x")),
        with(&format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1")),
        format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n{body}"),
        long,
    ];
    for request in unreadable {
        let shown: String = request.chars().take(200).collect();
        // Some of these are answered, some only closed; none is taken for a call.
        if let Some(answer) = exchange(&server, request.as_bytes()) {
            assert!((400..500).contains(&answer.status), "{} for {shown:?}", answer.status);
        }
    }
    // Bytes that are no UTF-8, unescaped in the query: refused by one reader or the other.
    let raw =
        [b"GET /router/rest?format=json&method=\xff".as_slice(), b" HTTP/1.1\r\nHost: x\r\n\r\n"].concat();
    let answer = exchange(&server, &raw).expect("an answer");
    assert!(answer.status == 400 || answer.text().contains("\"code\":47,"), "{}", answer.text());
    assert_eq!(stored(&server).await, before);
    assert!(success(&Draft::new(VALID).call(&server)));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// A body that breaks off is not taken for the whole body, even if what came would do.
#[tokio::test]
async fn a_body_that_breaks_off_is_no_call() {
    use std::io::Write;
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let before = stored(&server).await;
        let (target, body) = {
            let mut draft = Draft::new(&VALID.replace("bad", "broken-off"));
            draft.sign();
            let text = String::from_utf8(draft.bytes()).expect("ASCII");
            let (head, body) = text.split_once("\r\n\r\n").expect("a head");
            (head.split(' ').nth(1).expect("a target").to_owned(), body.to_owned())
        };
        let address = server.url.strip_prefix("http://").expect("plain http");
        // All of the signed form has arrived; what the header promised besides has not.
        let length = body.len() + 10;
        let more = [
            format!("Content-Length: {length}\r\n\r\n{body}"),
            format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len()),
            format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\nnonsense\r\n", body.len()),
        ];
        for more in more {
            let mut stream = std::net::TcpStream::connect(address).expect("the server listens");
            let request = format!("POST {target} HTTP/1.1\r\nHost: x\r\n{FORM}\r\n{more}");
            stream.write_all(request.as_bytes()).expect("written");
            stream.shutdown(std::net::Shutdown::Write).expect("closed");
            let mut answer = Vec::new();
            let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
            let answer = String::from_utf8_lossy(&answer);
            assert!(!answer.contains("\"success\":true"), "{more}: {answer}");
        }
        assert_eq!(stored(&server).await, before, "{engine:?}");
    }
}
