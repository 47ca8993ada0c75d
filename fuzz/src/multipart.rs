//! A multipart body as it is written is read back whole; and what `multer` reads in any body that leaves no liberties,
//! we read too.

use std::fmt::Write as _;

use arbitrary::{Arbitrary, Result, Unstructured};
use futures_util::{FutureExt, stream};
use multer::{Multipart, parse_boundary};
use top::{HttpRequest, Request};

use crate::message::{CAP, Message, Params, read};

pub(crate) fn run(input: &[u8]) {
    // Too few bytes make no parts.
    let _ = written_and_read(&mut Unstructured::new(input));
    let message = Message::of(input);
    let http = HttpRequest { verb: "POST", query: "", ..message.http() };
    let ours = Request::read(&http, CAP);
    let Ok(boundary) = parse_boundary(http.content_type) else { return };
    let Some(theirs) = reference(http.body, &boundary) else { return };
    if !strict(http.body, &boundary) {
        return;
    }
    match (ours, theirs) {
        (Ok(request), Text::Read(expected)) => assert_eq!(read(&request), expected),
        (Err(rejected), Text::NotUtf8) => assert_eq!(rejected.fault.code, 47),
        (ours, theirs) => panic!("{ours:?} but {theirs:?}"),
    }
}

#[derive(Debug)]
enum Text {
    Read(Params),
    NotUtf8,
}

/// The text parts as `multer` reads them, or `None` if it refuses the body.
fn reference(body: &[u8], boundary: &str) -> Option<Text> {
    let whole = stream::iter([Ok::<_, std::io::Error>(body.to_vec())]);
    let read = async {
        let mut multipart = Multipart::new(whole, boundary);
        let (mut params, mut utf8) = (Params::new(), true);
        while let Some(field) = multipart.next_field().await.ok()? {
            let name = field.name().map(str::to_owned);
            let file = field.file_name().is_some();
            let text = field.bytes().await.ok()?;
            if let Some(name) = name.filter(|_| !file) {
                match String::from_utf8(text.to_vec()) {
                    Ok(text) => drop(params.insert(name, text)),
                    Err(_) => utf8 = false,
                }
            }
        }
        Some(if utf8 { Text::Read(params) } else { Text::NotUtf8 })
    };
    read.now_or_never().expect("the whole body is there from the beginning")
}

/// Whether a body is written so that there is one way to read it. Where it is not, we take the liberties that clients need
/// (bare line feeds, any disposition, `filename*`, `;` where none is needed) and `multer` takes others (the
/// first boundary anywhere, `name=` inside another value's quotes, no header at all).
fn strict(body: &[u8], boundary: &str) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let lines: Vec<_> = text.split("\r\n").collect();
    if lines.iter().any(|line| line.contains(['\r', '\n'])) {
        return false;
    }
    let delimiter = format!("--{boundary}");
    let mut parts = lines.split(|line| *line == delimiter || line.starts_with(&format!("{delimiter}--")));
    let delimiters = text.matches(&delimiter).count();
    // What stands before the first delimiter is no part; neither is what follows the last.
    let whole = parts.clone().count() == delimiters + 1;
    parts.next();
    whole && parts.take(delimiters - 1).all(plain_headers)
}

/// `Content-Disposition: form-data; name="x"` first, perhaps with a file name, then perhaps a content type, an empty line.
fn plain_headers(part: &[&str]) -> bool {
    let ([disposition, "", ..] | [disposition, "Content-Type: text/plain", "", ..]) = part else {
        return false;
    };
    let Some(parameters) = disposition.strip_prefix("Content-Disposition: form-data; ") else { return false };
    let word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    let quoted = |text: &str, key: &str| {
        text.strip_prefix(key)
            .and_then(|rest| rest.strip_prefix("=\""))
            .and_then(|rest| rest.strip_suffix('"'))
            .is_some_and(word)
    };
    match parameters.split_once("; ") {
        None => quoted(parameters, "name"),
        Some((name, file)) => quoted(name, "name") && quoted(file, "filename"),
    }
}

/// Parts made of the input, written as one of the clients writes them, are found again.
fn written_and_read(bytes: &mut Unstructured<'_>) -> Result<()> {
    let (line, quotes) = if bytes.ratio(1, 4)? { ("\n", "") } else { ("\r\n", "\"") };
    let boundary = format!("{:x}", u64::arbitrary(bytes)?);
    let mut expected = Params::new();
    let mut body = String::new();
    for _ in 0..bytes.int_in_range(0..=4)? {
        let name = String::arbitrary(bytes)?.replace(['\\', '\r', '\n'], "");
        let value = String::arbitrary(bytes)?;
        let file = bytes.ratio(1, 4)?;
        // A carriage return before a bare line feed belongs to the line break, whoever wrote it.
        if value.contains(&boundary) || (line == "\n" && value.ends_with('\r')) {
            return Ok(());
        }
        let escaped = name.replace('"', "\\\"");
        let disposition = bytes.choose(&["form-data", "file"])?;
        let tail = if file { "; filename=\"x\" " } else { "" };
        write!(body, "--{boundary}{line}Content-Disposition: {disposition}; name=\"{escaped}\"{tail}{line}")
            .expect("a String takes all text");
        body.push_str(if bytes.ratio(1, 2)? { "Content-Type: text/plain;charset=UTF-8" } else { "x:y" });
        write!(body, "{line}{line}{value}{line}").expect("a String takes all text");
        if !file {
            expected.insert(name, value);
        }
    }
    write!(body, "--{boundary}--").expect("a String takes all text");
    let content_type = format!("multipart/form-data; boundary={quotes}{boundary}{quotes}");
    let http = HttpRequest { verb: "POST", query: "", content_type: &content_type, body: body.as_bytes() };
    let ours = Request::read(&http, CAP).unwrap_or_else(|error| panic!("{error:?}: {body:?}"));
    assert_eq!(read(&ours), expected, "{body:?}");
    Ok(())
}
