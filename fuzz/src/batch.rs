//! A batch has one call a line, each with the request's parameters, those for all, and its own.

use top::batch::{Batch, DEFAULT_SEPARATOR, MAX_CALLS};

use crate::message::{CAP, Message, Params, read, urlencoded, well_encoded};

/// Of the request alone, whatever a call says.
const FIXED: [&str; 8] =
    ["app_key", "format", "partner_id", "sign", "sign_method", "simplify", "timestamp", "v"];

pub(crate) fn run(input: &[u8]) {
    let message = Message::of(input);
    let http = message.http();
    let separator = message.separator.as_deref();
    let between = separator.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_SEPARATOR);
    let mut lines = split(http.body, between.as_bytes());
    let shared = match lines.first().and_then(|line| line.strip_prefix(b"#PUBLIC#")) {
        Some(shared) => {
            lines.remove(0);
            shared
        }
        None => b"N",
    };
    let read_all = lines.iter().chain([&shared]).all(|line| *line == b"N" || well_encoded(line));
    match Batch::read(&http, separator, CAP) {
        Ok(batch) => {
            assert!(read_all && !http.body.is_empty());
            assert_eq!(batch.calls().len(), lines.len());
            assert_eq!(batch.request().raw_body(), http.body);
            for (call, line) in batch.calls().iter().zip(&lines) {
                let mut own = Params::new();
                for form in [shared, line].into_iter().filter(|form| *form != b"N") {
                    urlencoded(form, &mut own);
                }
                own.retain(|name, _| !FIXED.contains(&name.as_str()));
                let mut expected = read(batch.request());
                expected.extend(own);
                assert_eq!(read(call), expected);
            }
            joined(&batch, between);
        }
        Err(rejected) => match rejected.fault.code {
            9 => assert!(http.verb != "POST" && http.verb != "GET"),
            21 => assert!(lines.is_empty() || http.body.is_empty()),
            43 => assert!(lines.len() > MAX_CALLS),
            47 => assert!(!read_all || !well_encoded(http.query.as_bytes())),
            other => panic!("{other}: {rejected:?}"),
        },
    }
}

/// As many answers come out as calls went in.
fn joined(batch: &Batch, between: &str) {
    let answers = vec!["{}"; batch.calls().len()];
    let mut out = Vec::new();
    batch.join(&answers, &mut out);
    assert_eq!(out, answers.join(between).into_bytes());
}

fn split<'a>(body: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut lines = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(separator.len()).position(|window| window == separator) {
        lines.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    lines.push(rest);
    lines
}
