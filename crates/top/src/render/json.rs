//! JSON as the gateway writes it: no blanks, `/` escaped, everything beyond ASCII as it is.

use crate::definition::{Api, Field, Kind};
use crate::fault::Fault;
use crate::gmt8;
use crate::value::Value;

use super::{number, parts};

pub(super) fn answer(api: &Api, value: &Value, simplify: bool, request_id: &str, out: &mut Vec<u8>) {
    if !simplify {
        out.push(b'{');
        string(&api.root(), out);
        out.push(b':');
    }
    out.push(b'{');
    members(api.response, value, simplify, out);
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    string("request_id", out);
    out.push(b':');
    string(request_id, out);
    out.push(b'}');
    if !simplify {
        out.push(b'}');
    }
}

pub(super) fn fault(fault: &Fault, request_id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"error_response\":{\"code\":");
    number(fault.code.into(), out);
    for (name, text) in parts(fault, request_id) {
        out.push(b',');
        string(name, out);
        out.push(b':');
        string(text, out);
    }
    out.extend_from_slice(b"}}");
}

fn members(fields: &'static [Field], value: &Value, simplify: bool, out: &mut Vec<u8>) {
    for (at, (field, value)) in value.in_order(fields).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        string(field.name, out);
        out.push(b':');
        one(&field.kind, value, simplify, out);
    }
}

fn one(kind: &Kind, value: &Value, simplify: bool, out: &mut Vec<u8>) {
    match (kind, value) {
        (_, Value::Text(text)) => string(text, out),
        (_, Value::Number(value)) => number(*value, out),
        (_, Value::Boolean(value)) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        (_, Value::Date(ms)) => {
            out.push(b'"');
            gmt8::push(*ms, out);
            out.push(b'"');
        }
        (Kind::Object { fields, .. }, _) => {
            out.push(b'{');
            members(fields, value, simplify, out);
            out.push(b'}');
        }
        (Kind::List { item, item_name }, Value::List(values)) => {
            list(item, (!simplify).then_some(*item_name), values, simplify, out);
        }
        // `in_order` let nothing else through, and `list` filters its items.
        _ => {}
    }
}

/// `{"item_name":[…]}`, or only `[…]` without a name. An empty list is `{}`, or `[]`.
fn list(item: &Kind, name: Option<&str>, values: &[Value], simplify: bool, out: &mut Vec<u8>) {
    if let Some(name) = name {
        out.push(b'{');
        if values.is_empty() {
            out.push(b'}');
            return;
        }
        string(name, out);
        out.push(b':');
    }
    out.push(b'[');
    for (at, value) in values.iter().filter(|value| value.fits(item)).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        one(item, value, simplify, out);
    }
    out.push(b']');
    if name.is_some() {
        out.push(b'}');
    }
}

/// A string in quotes. Runs that need no escape, which is nearly everything, are copied whole.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'/' | 0..0x20)) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        match rest[at] {
            b'\n' => out.push(b'n'),
            b'\r' => out.push(b'r'),
            b'\t' => out.push(b't'),
            0x08 => out.push(b'b'),
            0x0c => out.push(b'f'),
            control @ 0..0x20 => {
                let digits = b"0123456789ABCDEF";
                let (high, low) = (digits[usize::from(control >> 4)], digits[usize::from(control & 15)]);
                out.extend_from_slice(&[b'u', b'0', b'0', high, low]);
            }
            itself => out.push(itself),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
