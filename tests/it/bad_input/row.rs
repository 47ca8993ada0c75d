//! A row of the table: a valid signed request, what is changed about it, and the answer it must get.

use crate::{
    gateway::{Draft, OBJECT},
    harness::now_ms,
};

/// What is wrong with a request. Changes stand in the order they are made; `Sign` is where it is signed, and a
/// request without it is signed after all of them.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// The request object, as this text.
    Object(String),
    /// A parameter gets this value.
    Set(&'static str, String),
    /// A parameter is left out.
    Without(&'static str),
    /// A second parameter of the same name, in the query or in the body.
    QueryToo(&'static str, String),
    BodyToo(&'static str, String),
    /// The caller's clock is off by so many seconds.
    Clock(i64),
    /// Another app, with its secret.
    App(&'static str),
    Verb(&'static str),
    Path(&'static str),
    Header(&'static str, &'static str),
    /// The object travels in the query of a GET.
    Get,
    /// Another body of this content type.
    Body(&'static str, Vec<u8>),
    /// No parameter at all.
    Bare,
    /// Signed here: what follows is tampering.
    Sign,
}

/// The secret of every app but the sample.
pub(super) const APP_SECRET: &str = "abcdef0123456789abcdef0123456789";

/// In which formats a row is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Formats {
    Both,
    /// The request names no format, or none that there is.
    XmlAsItIs,
}

/// An `error_response` but for its `request_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: u16,
    pub(super) msg: String,
    pub(super) sub_code: String,
    pub(super) sub_msg: String,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) changes: Vec<Change>,
    pub(super) formats: Formats,
    /// Sent until it is refused: what a limit refuses, it first lets through.
    pub(super) until_refused: bool,
    pub(super) fault: Fault,
}

impl Row {
    pub(super) fn in_xml(mut self) -> Self {
        self.formats = Formats::XmlAsItIs;
        self
    }

    pub(super) fn until_refused(mut self) -> Self {
        self.until_refused = true;
        self
    }

    /// The request, in one format.
    pub(super) fn draft(&self, format: Option<&str>) -> Draft {
        let mut draft = Draft::new(VALID);
        if let Some(format) = format {
            draft.set("format", format);
        }
        let mut signed = false;
        for change in &self.changes {
            signed |= matches!(change, Change::Sign | Change::Bare);
            apply(change, &mut draft);
        }
        if !signed {
            draft.sign();
        }
        draft
    }
}

/// A request object that is answered with a group.
pub(super) const VALID: &str =
    r#"{"case_id":"bad","tenant_id":200110004,"staff_id":"123","outer_type":"111"}"#;

fn apply(change: &Change, draft: &mut Draft) {
    match change {
        Change::Object(text) => draft.set(OBJECT, text),
        Change::Set(name, value) => draft.set(name, value),
        Change::Without(name) => draft.remove(name),
        Change::QueryToo(name, value) => draft.query.push(((*name).into(), value.clone())),
        Change::BodyToo(name, value) => draft.form.push(((*name).into(), value.clone())),
        Change::Clock(seconds) => draft.set("timestamp", &top::gmt8::text(now_ms() + seconds * 1000)),
        Change::App(key) => {
            draft.set("app_key", key);
            APP_SECRET.clone_into(&mut draft.secret);
        }
        Change::Verb(verb) => (*verb).clone_into(&mut draft.verb),
        Change::Path(path) => (*path).clone_into(&mut draft.path),
        Change::Header(name, value) => draft.headers.push(((*name).into(), (*value).into())),
        Change::Get => {
            "GET".clone_into(&mut draft.verb);
            draft.content_type = None;
            let form = std::mem::take(&mut draft.form);
            draft.query.extend(form);
        }
        Change::Body(content_type, bytes) => {
            draft.content_type = Some((*content_type).into());
            draft.raw_body = Some(bytes.clone());
            draft.form.clear();
        }
        Change::Bare => draft.query.clear(),
        Change::Sign => draft.sign(),
    }
}

/// A row of the platform's own faults, without sub code and message.
pub(super) fn platform(code: u16, msg: &str, name: &str, changes: Vec<Change>) -> Row {
    full(name, changes, code, msg, "", "")
}

/// A row of the service's refusals.
pub(super) fn business(sub_code: &str, sub_msg: &str, name: &str, changes: Vec<Change>) -> Row {
    full(name, changes, 50, "Remote service error", sub_code, sub_msg)
}

pub(super) fn full(
    name: &str,
    changes: Vec<Change>,
    code: u16,
    msg: &str,
    sub_code: &str,
    sub_msg: &str,
) -> Row {
    Row {
        name: name.into(),
        changes,
        formats: Formats::Both,
        until_refused: false,
        fault: Fault { code, msg: msg.into(), sub_code: sub_code.into(), sub_msg: sub_msg.into() },
    }
}

impl Fault {
    /// The answer's bytes.
    pub(super) fn body(&self, xml: bool, request_id: &str) -> String {
        let code = self.code.to_string();
        let parts = [
            ("code", &code),
            ("msg", &self.msg),
            ("sub_code", &self.sub_code),
            ("sub_msg", &self.sub_msg),
            ("request_id", &request_id.to_owned()),
        ];
        let there = parts.into_iter().filter(|(_, value)| !value.is_empty());
        if xml {
            let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let inner: Vec<String> = there.map(|(n, v)| format!("<{n}>{}</{n}>", escape(v))).collect();
            let inner = inner.concat();
            format!(r#"<?xml version="1.0" encoding="utf-8" ?><error_response>{inner}</error_response>"#)
        } else {
            let quote = |text: &str| serde_json::Value::from(text).to_string();
            let inner: Vec<String> = there
                .map(
                    |(n, v)| {
                        if n == "code" { format!("\"code\":{v}") } else { format!("\"{n}\":{}", quote(v)) }
                    },
                )
                .collect();
            format!("{{\"error_response\":{{{}}}}}", inner.join(","))
        }
    }
}

/// The `request_id` of an answer in either format.
pub(super) fn request_id(body: &str) -> &str {
    let (_, rest) = body.split_once("request_id").unwrap_or_else(|| panic!("no request_id: {body}"));
    let id = rest.trim_start_matches(['>', '"', ':']);
    let id = &id[..id.find(|c: char| !c.is_ascii_alphanumeric()).expect("an end")];
    assert!(
        (10..=14).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    );
    id
}
