//! Many calls in one request: `POST /router/batch`.
//!
//! The system parameters are in the query, the body is signed as it is. It holds one urlencoded line per call,
//! `N` for a call without parameters, and before them perhaps `#PUBLIC#` with parameters for all calls:
//!
//! ```text
//! #PUBLIC#method=taobao.time.get
//! -S-
//! N
//! -S-
//! method=alibaba.lyservice.group.group.communication&service_communication_request=%7B%7D
//! ```
//!
//! (with `\r\n` around `-S-`, or whatever the header `top-api-separator` says). The answers go back in the same
//! order, joined by the same separator. If the number of answers is not the number of calls, the Java SDK takes
//! the first for an error of the whole batch: so a request that fails as a whole gets one `error_response`.

use memchr::memmem;

use crate::code::Code;
use crate::fault::Fault;
use crate::params::{BadEncoding, Gathering, Params};
use crate::request::{HttpRequest, Rejected, Request};
use crate::sub_code;

/// How many calls one request may hold. The platform has such a limit; that it is 20 is from memory, not from
/// its documentation.
pub const MAX_CALLS: usize = 20;

/// Between calls, and between answers, unless the client names another.
pub const DEFAULT_SEPARATOR: &str = "\r\n-S-\r\n";

/// The header that names another separator.
pub const SEPARATOR_HEADER: &str = "top-api-separator";

/// These speak for the whole request and come from the query only: a call can change neither who calls nor how
/// the answers look.
const OF_THE_REQUEST: [&str; 8] =
    ["app_key", "format", "partner_id", "sign", "sign_method", "simplify", "timestamp", "v"];

/// A batch that has been read.
#[derive(Debug, Clone)]
pub struct Batch {
    request: Request,
    calls: Vec<Request>,
    separator: String,
}

impl Batch {
    /// Reads a batch. `separator` is the header `top-api-separator`; absent or empty means the default one. The
    /// body is taken as it is, whatever its content type.
    ///
    /// # Errors
    /// As [`Request::read`]; 47 also if any one call is badly encoded; 43 `isv.batch-too-many-calls`; 21 if there is
    /// no call at all.
    pub fn read(
        http: &HttpRequest<'_>,
        separator: Option<&str>,
        max_bytes: usize,
    ) -> Result<Batch, Rejected> {
        let separator = separator.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_SEPARATOR);
        let request = Request::read_raw(http, max_bytes)?;
        match split(&request, separator) {
            Ok(calls) => Ok(Batch { request, calls, separator: separator.to_owned() }),
            Err(fault) => Err(Rejected { fault, output: request.output() }),
        }
    }

    /// The request itself: its app key, its authentication, its output.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The calls, each with the parameters it shares; at least one. They are not signed one by one.
    pub fn calls(&self) -> &[Request] {
        &self.calls
    }

    /// Appends the answers, one per call and in their order, to `out`.
    pub fn join<A: AsRef<[u8]>>(&self, answers: impl IntoIterator<Item = A>, out: &mut Vec<u8>) {
        for (at, answer) in answers.into_iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(self.separator.as_bytes());
            }
            out.extend_from_slice(answer.as_ref());
        }
    }
}

fn split(request: &Request, separator: &str) -> Result<Vec<Request>, Fault> {
    let body = request.raw_body();
    if body.is_empty() {
        return Err(Fault::platform(Code::MissingMethod));
    }
    let mut public = None;
    let mut calls = Vec::new();
    let ends = memmem::find_iter(body, separator).chain([body.len()]);
    let mut start = 0;
    for end in ends {
        let line = &body[start..end];
        start = end + separator.len();
        match line.strip_prefix(b"#PUBLIC#") {
            Some(shared) if calls.is_empty() && public.is_none() => public = Some(form(shared)?),
            _ if calls.len() == MAX_CALLS => {
                return Err(Fault::platform(Code::ParameterError).with_sub(
                    sub_code::BATCH_LIMIT,
                    format!("单次批量最多 {MAX_CALLS} 个调用 (at most {MAX_CALLS} calls in one batch)"),
                ));
            }
            _ => calls.push(call(request, public.as_ref(), line)?),
        }
    }
    if calls.is_empty() { Err(Fault::platform(Code::MissingMethod)) } else { Ok(calls) }
}

fn form(line: &[u8]) -> Result<Params, BadEncoding> {
    let mut gathering = Gathering::with_capacity(line.len());
    if line != b"N" {
        gathering.urlencoded(line)?;
    }
    gathering.finish()
}

/// The request's parameters, then those for all calls, then the call's own; a later one replaces an earlier.
fn call(request: &Request, public: Option<&Params>, line: &[u8]) -> Result<Request, BadEncoding> {
    let own = form(line)?;
    let mut gathering = Gathering::with_capacity(line.len() + 256);
    for (name, value) in request.params() {
        gathering.pair(name.as_bytes(), value.as_bytes());
    }
    let shared = public.into_iter().flat_map(Params::iter);
    for (name, value) in shared.chain(own.iter()).filter(|(name, _)| !OF_THE_REQUEST.contains(name)) {
        gathering.pair(name.as_bytes(), value.as_bytes());
    }
    Ok(Request::of(gathering.finish()?))
}
