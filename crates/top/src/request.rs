//! A request as the gateway sees it: one set of parameters, wherever in the HTTP message they were.
//!
//! SDKs put system parameters in the query and the rest in the body, or everything in either; some send GET with
//! a body. So query and body are one set here: a body parameter replaces a query parameter of the same name
//! (as the Java SDK signs it), and the last of equal names wins. Values are never trimmed.

use crate::code::Code;
use crate::fault::Fault;
use crate::multipart;
use crate::output::Output;
use crate::params::{BadEncoding, Gathering, Params};
use crate::sign::{self, Empties, SignMethod};
use crate::sub_code;

/// The pieces of an HTTP request. The body is whole: the server has undone chunked transfer.
#[derive(Debug, Clone, Copy)]
pub struct HttpRequest<'a> {
    /// The method, upper case: `POST` or `GET` are read.
    pub verb: &'a str,
    /// The query as it came, without `?`.
    pub query: &'a str,
    /// The `Content-Type`, or `""`.
    pub content_type: &'a str,
    /// The body as it came.
    pub body: &'a [u8],
}

/// A request that could not be read, and how its caller wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// 9, 43 or 47.
    pub fault: Fault,
    /// The best guess at the format asked for.
    pub output: Output,
}

/// The decoded parameters of a request, and its raw body if that is no form (JSON, XML, batch).
#[derive(Debug, Clone)]
pub struct Request {
    params: Params,
    raw: Vec<u8>,
}

impl Request {
    /// Reads the parameters.
    ///
    /// # Errors
    /// * 9 if the verb is neither `GET` nor `POST` (both upper case).
    /// * 43 `isv.request-too-large` if query and body together exceed `max_bytes`.
    /// * 43 `isv.invalid-multipart` if a multipart body has no boundary or no end.
    /// * 47 if percent-encoding is broken or a value is not UTF-8.
    pub fn read(http: &HttpRequest<'_>, max_bytes: usize) -> Result<Request, Rejected> {
        Request::read_as(http, Body::of(http.content_type), max_bytes)
    }

    /// The body is raw whatever its content type says: how a batch is read.
    pub(crate) fn read_raw(http: &HttpRequest<'_>, max_bytes: usize) -> Result<Request, Rejected> {
        Request::read_as(http, Body::Raw, max_bytes)
    }

    fn read_as(http: &HttpRequest<'_>, body: Body, max_bytes: usize) -> Result<Request, Rejected> {
        Request::gather(http, body, max_bytes).map_err(|fault| {
            let form = if body == Body::Form { http.body } else { &[] };
            Rejected { fault, output: Output::guess(http.query.as_bytes(), form) }
        })
    }

    fn gather(http: &HttpRequest<'_>, body: Body, max_bytes: usize) -> Result<Request, Fault> {
        if http.verb != "POST" && http.verb != "GET" {
            return Err(Fault::platform(Code::HttpActionNotAllowed));
        }
        let size = http.query.len().saturating_add(http.body.len());
        if size > max_bytes {
            return Err(Fault::platform(Code::ParameterError).with_sub(
                sub_code::TOO_LARGE,
                // How large it is is not said: a server need not have kept more than it takes to see that it is too large.
                format!("请求超过上限 {max_bytes} 字节 (request exceeds {max_bytes} bytes)"),
            ));
        }
        let mut gathering = Gathering::with_capacity(size);
        gathering.urlencoded(http.query.as_bytes())?;
        let mut raw = Vec::new();
        match body {
            Body::Form => gathering.urlencoded(http.body)?,
            Body::Multipart if http.body.is_empty() => {}
            Body::Multipart => multipart::boundary(http.content_type)
                .ok_or(multipart::Malformed)
                .and_then(|boundary| multipart::read(http.body, boundary, &mut gathering))?,
            Body::Raw => raw = http.body.to_vec(),
        }
        Ok(Request { params: gathering.finish()?, raw })
    }

    /// A call inside a batch: it has no raw body of its own.
    pub(crate) fn of(params: Params) -> Request {
        Request { params, raw: Vec::new() }
    }

    /// The shape of the answer. A missing or unknown format is XML.
    pub fn output(&self) -> Output {
        Output::of(self.get("format"), self.get("simplify"))
    }

    /// The API called.
    ///
    /// # Errors
    /// 21 if absent or empty. That there is no such API (22) is for the registry to say.
    pub fn method(&self) -> Result<&str, Fault> {
        self.required("method", Code::MissingMethod)
    }

    /// The app that calls.
    ///
    /// # Errors
    /// 28 if absent or empty. That there is no such app (29) is for the caller to say.
    pub fn app_key(&self) -> Result<&str, Fault> {
        self.required("app_key", Code::MissingAppKey)
    }

    /// The access token of the authorising user; an empty one counts as absent.
    pub fn session(&self) -> Option<&str> {
        self.get("session").filter(|session| !session.is_empty())
    }

    /// The value of a parameter, system or business; empty if it was sent empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }

    /// The signature as it was sent.
    pub fn sign(&self) -> Option<&str> {
        self.get("sign")
    }

    /// Every parameter, by name.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.params.iter()
    }

    /// The body, if it is no form: it is signed as it is (empty otherwise).
    pub fn raw_body(&self) -> &[u8] {
        &self.raw
    }

    /// How the request says it is signed; `md5` if it does not say.
    ///
    /// # Errors
    /// 25 with sub code `isv.invalid-parameter:sign_method` if there is no such method.
    pub fn sign_method(&self) -> Result<SignMethod, Fault> {
        match self.get("sign_method").filter(|name| !name.is_empty()) {
            None => Ok(SignMethod::Md5),
            Some(name) => SignMethod::from_name(name).ok_or_else(|| {
                Fault::platform(Code::InvalidSignature).with_sub(
                    "isv.invalid-parameter:sign_method",
                    "sign_method 只能是 md5、hmac、hmac-sha256 (must be md5, hmac or hmac-sha256)",
                )
            }),
        }
    }

    /// The text this request should have signed: what a developer compares with their own.
    pub fn base_string(&self, empties: Empties) -> Vec<u8> {
        sign::base_string(self.params.iter(), empties, &self.raw)
    }

    pub(crate) fn required(&self, name: &str, code: Code) -> Result<&str, Fault> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| Fault::platform(code))
    }
}

impl From<BadEncoding> for Fault {
    fn from(_: BadEncoding) -> Fault {
        Fault::platform(Code::InvalidEncoding)
    }
}

impl From<multipart::Malformed> for Fault {
    fn from(_: multipart::Malformed) -> Fault {
        Fault::platform(Code::ParameterError).with_sub(
            sub_code::BAD_MULTIPART,
            "multipart 请求体缺少 boundary 或不完整 (the multipart body has no boundary or no end)",
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Form,
    Multipart,
    Raw,
}

impl Body {
    /// A body without a content type is taken for a form: it is what every SDK sends.
    fn of(content_type: &str) -> Body {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.is_empty() || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Body::Form
        } else if kind.eq_ignore_ascii_case("multipart/form-data") {
            Body::Multipart
        } else {
            Body::Raw
        }
    }
}
