//! The other side: a signed call, and an answer read back. No I/O here either; bring your own HTTP client.

mod answer;
mod xml;

use std::borrow::Cow;

pub use answer::{Answer, Data, Unreadable, read_answer};

use crate::gmt8;
use crate::output::{Format, Output};
use crate::sign::{self, SignMethod};

/// A call to be signed. System parameters travel in the query and the others in the body, as with the official
/// Java SDK.
#[derive(Clone)]
pub struct Call<'a> {
    secret: &'a str,
    sign_method: SignMethod,
    /// By name, each once.
    system: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    business: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Never shows the secret.
impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("sign_method", &self.sign_method)
            .field("system", &self.system)
            .field("business", &self.business)
            .finish_non_exhaustive()
    }
}

/// A signed call, ready to be sent as a `POST` to `{gateway}?{query}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The query, percent-encoded, without `?`.
    pub query: String,
    /// The body, urlencoded; empty if the call has no arguments.
    pub body: String,
    /// The `Content-Type` of the body.
    pub content_type: &'static str,
    /// What was signed: to be compared when a gateway disagrees.
    pub base_string: String,
    /// The signature, upper-case hex; the query has it.
    pub sign: String,
}

impl<'a> Call<'a> {
    /// A call of `method` at `now_ms` (milliseconds since 1970, UTC); by default it is signed with
    /// `hmac-sha256` and wants JSON.
    pub fn new(app_key: &'a str, secret: &'a str, method: &'a str, now_ms: i64) -> Call<'a> {
        let call = Call { secret, sign_method: SignMethod::Md5, system: Vec::new(), business: Vec::new() };
        call.system("app_key", app_key)
            .system("method", method)
            .system("v", "2.0")
            .system("timestamp", gmt8::text(now_ms))
            .output(Output::JSON)
            .sign_method(SignMethod::HmacSha256)
    }

    /// Signs another way.
    #[must_use]
    pub fn sign_method(mut self, method: SignMethod) -> Call<'a> {
        self.sign_method = method;
        self.system("sign_method", method.as_str())
    }

    /// Wants another format.
    #[must_use]
    pub fn output(mut self, output: Output) -> Call<'a> {
        self.system.retain(|(name, _)| name != "simplify");
        let call = self.system("format", if output.format == Format::Xml { "xml" } else { "json" });
        if output.simplify { call.system("simplify", "true") } else { call }
    }

    /// Sends the timestamp as this text: epoch milliseconds, for example.
    #[must_use]
    pub fn timestamp(self, text: impl Into<Cow<'a, str>>) -> Call<'a> {
        self.system("timestamp", text)
    }

    /// Sends the access token of a user.
    #[must_use]
    pub fn session(self, session: impl Into<Cow<'a, str>>) -> Call<'a> {
        self.system("session", session)
    }

    /// Says which tool calls.
    #[must_use]
    pub fn partner_id(self, tag: impl Into<Cow<'a, str>>) -> Call<'a> {
        self.system("partner_id", tag)
    }

    /// Adds an argument; an object goes as JSON text. A later one replaces an earlier one of the same name.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Call<'a> {
        put(&mut self.business, name.into(), value.into());
        self
    }

    fn system(mut self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Call<'a> {
        put(&mut self.system, Cow::Borrowed(name), value.into());
        self
    }

    /// Signs the call. A parameter with an empty value is sent and signed.
    pub fn sign(&self) -> Signed {
        // An argument replaces a system parameter of the same name, as it does for the reader.
        let mut all: Vec<(&str, &str)> = Vec::with_capacity(self.system.len() + self.business.len());
        all.extend(self.business.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
        let system = self.system.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        all.extend(system.filter(|(name, _)| !self.business.iter().any(|(other, _)| other == name)));
        all.sort_unstable();
        let base_string: String =
            all.iter().filter(|(name, _)| *name != "sign").flat_map(|(n, v)| [*n, *v]).collect();
        let sign = sign::sign(self.sign_method, self.secret.as_bytes(), base_string.as_bytes());
        let mut query = form(&self.system);
        query.push_str("&sign=");
        query.push_str(&sign);
        Signed {
            query,
            body: form(&self.business),
            content_type: "application/x-www-form-urlencoded;charset=UTF-8",
            base_string,
            sign,
        }
    }
}

fn put<'a>(list: &mut Vec<(Cow<'a, str>, Cow<'a, str>)>, name: Cow<'a, str>, value: Cow<'a, str>) {
    match list.iter_mut().find(|(other, _)| *other == name) {
        Some(pair) => pair.1 = value,
        None => list.push((name, value)),
    }
}

fn form(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

/// As `java.net.URLEncoder` does: a space is `+`.
fn encode(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
}
