//! A valid, signed request, to be changed before or after it is signed.

use std::fmt::Write as _;

use top::{SignMethod, gmt8, sign};

use super::socket::{Raw, exchange};
use crate::harness::{APP_KEY, METHOD, SECRET, Server, now_ms};

/// The request object's parameter.
pub(crate) const OBJECT: &str = "service_communication_request";

/// A request of 客服一键拉群: system parameters in the query and the object in the body, as the Java SDK sends it.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) secret: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content_type: Option<String>,
    /// Sent instead of the form; signed with it if it is there before.
    pub(crate) raw_body: Option<Vec<u8>>,
}

impl Draft {
    pub(crate) fn new(object: &str) -> Self {
        let mut draft = Self {
            verb: "POST".into(),
            path: "/router/rest".into(),
            secret: SECRET.into(),
            query: Vec::new(),
            form: Vec::new(),
            headers: Vec::new(),
            content_type: Some("application/x-www-form-urlencoded;charset=UTF-8".into()),
            raw_body: None,
        };
        for (name, value) in [
            ("app_key", APP_KEY),
            ("method", METHOD),
            ("v", "2.0"),
            ("timestamp", &gmt8::text(now_ms())),
            ("format", "json"),
            ("sign_method", "hmac-sha256"),
        ] {
            draft.set(name, value);
        }
        draft.form.push((OBJECT.into(), object.into()));
        draft
    }

    /// A call without arguments.
    pub(crate) fn method(name: &str) -> Self {
        let mut draft = Self::new("");
        draft.form.clear();
        draft.set("method", name);
        draft
    }

    /// Puts a parameter where it is, else into the query.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let all = self.form.iter_mut().chain(self.query.iter_mut());
        match all.into_iter().find(|(other, _)| other == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => self.query.push((name.into(), value.into())),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.query.retain(|(other, _)| other != name);
        self.form.retain(|(other, _)| other != name);
    }

    /// Adds the signature of what is there now.
    pub(crate) fn sign(&mut self) {
        let method =
            self.query.iter().find(|(name, _)| name == "sign_method").map(|(_, value)| value.as_str());
        let method = method.and_then(SignMethod::from_name).unwrap_or(SignMethod::HmacSha256);
        // The last of equal names counts, and the body over the query.
        let mut all = std::collections::BTreeMap::new();
        all.extend(self.query.iter().chain(&self.form).map(|(name, value)| (name.as_str(), value.as_str())));
        let mut base: Vec<u8> =
            all.iter().flat_map(|(n, v)| [n.as_bytes(), v.as_bytes()]).flatten().copied().collect();
        base.extend_from_slice(self.raw_body.as_deref().unwrap_or_default());
        let sign = sign::sign(method, self.secret.as_bytes(), &base);
        self.set("sign", &sign);
    }

    /// The request's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let query = form(&self.query);
        let body = self.raw_body.clone().unwrap_or_else(|| form(&self.form).into_bytes());
        let mut head = format!("{} {}", self.verb, self.path);
        if !query.is_empty() {
            head.push('?');
            head.push_str(&query);
        }
        head.push_str(" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n");
        if let Some(content_type) = &self.content_type {
            write!(head, "Content-Type: {content_type}\r\n").expect("a String takes all text");
        }
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect("a String takes all text");
        }
        write!(head, "Content-Length: {}\r\n\r\n", body.len()).expect("a String takes all text");
        [head.into_bytes(), body].concat()
    }

    /// Sends it as it is.
    pub(crate) fn send(&self, server: &Server) -> Raw {
        exchange(server, &self.bytes()).expect("an answer")
    }

    /// Signs and sends it.
    pub(crate) fn call(mut self, server: &Server) -> Raw {
        self.sign();
        self.send(server)
    }
}

/// Percent-encoded: everything but letters and digits.
pub(crate) fn form(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}
