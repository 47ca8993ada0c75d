//! XML as the gateway writes it: the declaration (with its blank before `?>`) and everything in one line.

use crate::definition::{Api, Field, Kind};
use crate::fault::Fault;
use crate::gmt8;
use crate::value::Value;

use super::{number, parts};

const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"utf-8\" ?>";

pub(super) fn answer(api: &Api, value: &Value, request_id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(DECLARATION);
    element(&api.root(), out, |out| {
        members(api.response, value, out);
        element("request_id", out, |out| text(request_id, out));
    });
}

pub(super) fn fault(fault: &Fault, request_id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(DECLARATION);
    element("error_response", out, |out| {
        element("code", out, |out| number(fault.code.into(), out));
        for (name, part) in parts(fault, request_id) {
            element(name, out, |out| text(part, out));
        }
    });
}

fn members(fields: &'static [Field], value: &Value, out: &mut Vec<u8>) {
    for (field, value) in value.in_order(fields) {
        element(field.name, out, |out| one(&field.kind, value, out));
    }
}

fn one(kind: &Kind, value: &Value, out: &mut Vec<u8>) {
    match (kind, value) {
        (_, Value::Text(value)) => text(value, out),
        (_, Value::Number(value)) => number(*value, out),
        (_, Value::Boolean(value)) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        (_, Value::Date(ms)) => gmt8::push(*ms, out),
        (Kind::Object { fields, .. }, _) => members(fields, value, out),
        (Kind::List { item, item_name }, Value::List(values)) => {
            for value in values.iter().filter(|value| value.fits(item)) {
                element(item_name, out, |out| one(item, value, out));
            }
        }
        // `in_order` let nothing else through.
        _ => {}
    }
}

/// Always `<name>…</name>`, never `<name/>`.
fn element(name: &str, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
    content(out);
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

/// Character data. `&`, `<`, `>` become entities, and so does the carriage return, which a parser would turn into
/// a line feed. What XML 1.0 cannot hold at all (other control characters, U+FFFE, U+FFFF) becomes U+FFFD: one
/// lost character is better than an answer that no client can read.
fn text(text: &str, out: &mut Vec<u8>) {
    const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let (instead, length): (&[u8], usize) = match byte {
            b'&' => (b"&amp;", 1),
            b'<' => (b"&lt;", 1),
            b'>' => (b"&gt;", 1),
            b'\r' => (b"&#13;", 1),
            b'\t' | b'\n' => continue,
            0..0x20 => (REPLACEMENT, 1),
            0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => (REPLACEMENT, 3),
            _ => continue,
        };
        out.extend_from_slice(&bytes[copied..at]);
        out.extend_from_slice(instead);
        copied = at + length;
    }
    out.extend_from_slice(&bytes[copied..]);
}
