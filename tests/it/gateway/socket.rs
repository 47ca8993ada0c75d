//! Requests as bytes over a socket, and answers as bytes: what an HTTP client library would tidy up stays as it is.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::harness::Server;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// The body, transfer coding undone and content coding not.
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }
}

/// Sends bytes on a connection of their own and reads the answer; none if the server closed without one.
///
/// The answer is read while the request is still being written, as a client must that is refused half-way.
pub(crate) fn exchange(server: &Server, request: &[u8]) -> Option<Raw> {
    let address = server.url.strip_prefix("http://").expect("plain http");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_mins(2))).expect("a time limit");
    let mut writer = stream.try_clone().expect("a second handle");
    let request = request.to_vec();
    let writing = std::thread::spawn(move || {
        // A server that refuses early closes; what it answered is what counts.
        let _ = writer.write_all(&request);
    });
    let mut bytes = Vec::new();
    let answer = loop {
        if let Some(answer) = parse(&bytes) {
            break Some(answer);
        }
        let mut chunk = [0; 16 << 10];
        match stream.read(&mut chunk) {
            Ok(0) => break None,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break None,
            Err(error) => panic!("no answer: {error}; so far: {:?}", String::from_utf8_lossy(&bytes)),
        }
    };
    drop(stream);
    writing.join().expect("the writer ends");
    answer
}

/// A whole answer, if it is whole.
fn parse(bytes: &[u8]) -> Option<Raw> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("headers are ASCII");
    let rest = &bytes[end + 4..];
    let status: u16 = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    if status == 100 {
        return parse(rest);
    }
    let headers: Vec<_> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut answer = Raw { status, headers, body: Vec::new() };
    answer.body = match answer.header("content-length") {
        Some(length) => rest.get(..length.parse().expect("a length"))?.to_vec(),
        None if answer.header("transfer-encoding") == Some("chunked") => dechunk(rest)?,
        None => Vec::new(),
    };
    Some(answer)
}

fn dechunk(mut chunked: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = find(chunked, b"\r\n")?;
        let size = std::str::from_utf8(&chunked[..line]).expect("a chunk size");
        let size = usize::from_str_radix(size, 16).expect("a chunk size");
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunked.get(line + 2..line + 2 + size)?);
        chunked = chunked.get(line + 2 + size + 2..)?;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
