//! The forgiving reader reads all that a strict one reads, as the same value; and what it forgives has one meaning.

use std::fmt::Write as _;

use serde_json::Value as Json;
use top::client::{Data, read_answer};
use top::{HttpRequest, Request};

use crate::definition::EVERYTHING;
use crate::message::CAP;

/// Ours stops at 64 levels, of which the text around the input takes two.
const DEEPEST: usize = 62;

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let ours = read(text);
    if let Ok(strict) = serde_json::from_str::<Json>(text)
        && depth(&strict) <= DEEPEST
    {
        assert_same(ours.as_ref(), &strict, text);
        let mut python = String::new();
        repr(&strict, &mut python);
        assert_same(read(&python).as_ref(), &strict, &python);
    }
    if let Some(data) = ours {
        // What was forgiven is a value like any other: written strictly, it is read the same.
        let strict = written(&data);
        assert_eq!(read(&strict).as_ref(), Some(&data), "{strict}");
        if let Err(error) = serde_json::from_str::<Json>(&format!("[{strict}]")) {
            // Leading zeros are kept for texts; a number beyond f64 is no number to the strict reader.
            let said = error.to_string();
            assert!(said.contains("number") || said.contains("recursion limit"), "{strict}: {error}");
        }
    }
    arguments(text);
}

/// The value of a text, by the public way in: as a member of an answer. A `null` at the top is an empty list here.
fn read(text: &str) -> Option<Data> {
    let wrapped = format!("{{\"v\":[{text}]}}");
    let mut data = read_answer(wrapped.as_bytes()).ok()?.outcome.ok()?;
    match &mut data {
        Data::Object(members) if members.len() == 1 && members[0].0 == "v" => Some(members.remove(0).1),
        _ => None,
    }
}

fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn assert_same(ours: Option<&Data>, strict: &Json, text: &str) {
    let Some(Data::List(items)) = ours else { panic!("{text} is refused: {ours:?}") };
    match (items.as_slice(), strict) {
        ([], Json::Null) => {}
        ([data], strict) => assert!(same(data, strict), "{text}: {data:?} is not {strict:?}"),
        other => panic!("{text}: {other:?}"),
    }
}

/// A `null` inside is left out by the one and kept by the other.
fn same(data: &Data, strict: &Json) -> bool {
    match (data, strict) {
        (Data::Text(text), Json::String(strict)) => text == strict,
        (Data::Boolean(boolean), Json::Bool(strict)) => boolean == strict,
        (Data::Number(number), Json::Number(strict)) => {
            // The strict reader rounds the last digit of a fraction as is fastest, a whole number never.
            let (ours, strict_f64) =
                (number.parse::<f64>().unwrap_or(f64::NAN), strict.as_f64().unwrap_or(f64::NAN));
            (ours - strict_f64).abs() <= strict_f64.abs() * 1e-14
                && (!strict.is_i64() || number.parse::<i64>().ok() == strict.as_i64())
        }
        (Data::List(items), Json::Array(strict)) => {
            let strict: Vec<_> = strict.iter().filter(|item| !item.is_null()).collect();
            items.len() == strict.len() && items.iter().zip(strict).all(|(item, strict)| same(item, strict))
        }
        (Data::Object(members), Json::Object(strict)) => {
            // Of equal names the last counts; if that one is null, an earlier one of ours is still listed.
            members.iter().all(|(name, _)| strict.contains_key(name))
                && strict.iter().filter(|(_, value)| !value.is_null()).all(|(name, value)| {
                    members
                        .iter()
                        .rfind(|(member, _)| member == name)
                        .is_some_and(|(_, data)| same(data, value))
                })
        }
        _ => false,
    }
}

/// As Python 3 writes it.
fn repr(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(boolean) => out.push_str(if *boolean { "True" } else { "False" }),
        Json::Number(number) => out.push_str(&number.to_string()),
        Json::String(text) => quoted(text, out),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                repr(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                quoted(name, out);
                out.push_str(": ");
                repr(value, out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            '\0'..' ' | '\u{7f}'..='\u{a0}' | '\u{ad}' => {
                write!(out, "\\x{:02x}", u32::from(c)).expect("a String takes all text");
            }
            '\u{e000}'..='\u{f8ff}' | '\u{2028}'..='\u{202e}' => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes all text");
            }
            '\u{f0000}'.. => write!(out, "\\U{:08x}", u32::from(c)).expect("a String takes all text"),
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// Strict JSON, but for numbers, which stay as they were written.
fn written(data: &Data) -> String {
    fn write(data: &Data, out: &mut String) {
        match data {
            Data::Text(text) => out.push_str(&Json::from(text.as_str()).to_string()),
            Data::Number(number) => out.push_str(number),
            Data::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
            Data::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    write(item, out);
                }
                out.push(']');
            }
            Data::Object(members) => {
                out.push('{');
                for (at, (name, data)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(&Json::from(name.as_str()).to_string());
                    out.push(':');
                    write(data, out);
                }
                out.push('}');
            }
        }
    }
    let Data::List(items) = data else { panic!("`read` gives a list: {data:?}") };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        write(item, &mut out);
    }
    out
}

/// As an argument of every kind: typed, or refused as missing or wrong.
fn arguments(text: &str) {
    for field in EVERYTHING.request.iter().filter(|field| field.name != "title") {
        let pairs = [("title", "t"), (field.name, text)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let http = HttpRequest { verb: "POST", query: "", content_type: "", body: form.as_bytes() };
        let request = Request::read(&http, CAP).expect("well encoded");
        if let Err(fault) = EVERYTHING.arguments(&request) {
            assert!(matches!(fault.code, 40 | 41), "{fault:?}");
        }
    }
    // A member means the same whether its object is written strictly or as Python does.
    if let Ok(Json::Object(strict)) = serde_json::from_str(text) {
        let mut python = String::new();
        repr(&Json::Object(strict.clone()), &mut python);
        assert_eq!(buyer(&python), buyer(&Json::Object(strict).to_string()));
    }
}

fn buyer(order: &str) -> Result<Option<String>, top::Fault> {
    let pairs = [("title", "t"), ("order", order)];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let http = HttpRequest { verb: "POST", query: "", content_type: "", body: form.as_bytes() };
    let request = Request::read(&http, CAP).expect("well encoded");
    let arguments = EVERYTHING.arguments(&request)?;
    Ok(arguments.object("order").and_then(|order| order.text("buyer")).map(str::to_owned))
}
