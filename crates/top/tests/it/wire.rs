//! A captured HTTP request taken apart, and requests made by hand.

use std::fmt::Write as _;
use std::path::PathBuf;

use top::{HttpRequest, Request};

pub(crate) const SECRET: &str = "helloworld";
pub(crate) const CAP: usize = 1 << 20;

/// The text of a file in `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An HTTP request, owned.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) verb: String,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn post(query: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Message {
        Message {
            verb: "POST".into(),
            query: query.into(),
            content_type: content_type.into(),
            body: body.into(),
        }
    }

    /// A form in the body of a `POST`.
    pub(crate) fn form(body: &str) -> Message {
        Message::post("", "application/x-www-form-urlencoded;charset=utf-8", body)
    }

    /// Everything in the query of a `GET`.
    pub(crate) fn get(query: &str) -> Message {
        Message { verb: "GET".into(), ..Message::post(query, "", "") }
    }

    /// Reads a raw request as it was captured, undoing chunked transfer.
    pub(crate) fn captured(raw: &[u8]) -> Message {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").expect("headers end");
        let head = std::str::from_utf8(&raw[..end]).expect("headers are ASCII");
        let header = |name: &str| {
            head.lines().skip(1).find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let mut line = head.lines().next().expect("a request line").split(' ');
        let verb = line.next().expect("a verb").to_owned();
        let target = line.next().expect("a target");
        let mut body = raw[end + 4..].to_vec();
        if header("transfer-encoding").is_some() {
            body = dechunk(&body);
        } else {
            let length: usize =
                header("content-length").map_or(0, |length| length.parse().expect("a length"));
            assert_eq!(body.len(), length, "the capture is whole");
        }
        Message {
            verb,
            query: target.split_once('?').map_or("", |(_, query)| query).to_owned(),
            content_type: header("content-type").unwrap_or_default(),
            body,
        }
    }

    pub(crate) fn http(&self) -> HttpRequest<'_> {
        HttpRequest {
            verb: &self.verb,
            query: &self.query,
            content_type: &self.content_type,
            body: &self.body,
        }
    }

    pub(crate) fn read(&self) -> Request {
        Request::read(&self.http(), CAP).expect("readable")
    }

    /// The code of the fault this message is refused with before anything is checked.
    pub(crate) fn refused(&self) -> u16 {
        Request::read(&self.http(), CAP).expect_err("unreadable").fault.code
    }
}

fn dechunk(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = chunked.windows(2).position(|two| two == b"\r\n").expect("a chunk size");
        let size = std::str::from_utf8(&chunked[..line]).expect("a chunk size");
        let size = usize::from_str_radix(size, 16).expect("a chunk size");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunked[line + 2..line + 2 + size]);
        chunked = &chunked[line + 2 + size + 2..];
    }
}

/// `application/x-www-form-urlencoded` with everything escaped that could be.
pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        write!(out, "%{byte:02x}").expect("a String takes all text");
    }
}

/// Adds `sign` to parameters, by a base string made without the library.
pub(crate) fn signed<'a>(method: top::SignMethod, pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable();
    let base: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let sign = top::sign::sign(method, SECRET.as_bytes(), base.as_bytes());
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).chain([("sign", sign)]).collect()
}
