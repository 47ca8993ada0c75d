//! The Taobao Open Platform (TOP) wire protocol, as a pure library: no I/O, no clock, no runtime.
//!
//! A server hands in the pieces of an HTTP request and the time, and gets checked parameters, typed
//! arguments and the exact bytes of the answer; a client hands in parameters and gets a signed request,
//! and reads the answer back. Unmodified TOP SDKs (Java, .NET, PHP, Python, Node.js, Go, C) work
//! against what this library reads and writes.
//!
//! | module | what |
//! | --- | --- |
//! | [`request`] | parameters from the query, an urlencoded or multipart body; authentication |
//! | [`sign`] | the three signatures and their base strings |
//! | [`definition`], [`apis`] | one definition per API: argument parsing, rendering and documentation follow from it |
//! | [`arguments`], [`value`] | typed arguments in, a tree of values out |
//! | [`render`] | answers and faults, byte for byte, in XML, JSON and simplified JSON |
//! | [`fault`], [`code`], [`sub_code`] | the error model with its wire spelling and Chinese meaning |
//! | [`batch`] | many calls in one request (`/router/batch`) |
//! | [`client`] | a signed call, and an answer read back |
//! | [`gmt8`] | `yyyy-MM-dd HH:mm:ss` in GMT+8, the one way TOP writes a time |
//!
//! # The order of checks
//!
//! verb (9) → method (21, 22) → app key (28, 29) → version (32–34) → format (23) → timestamp (30, 31) →
//! signature (24, 25) → permission (11) → flow control (7) → session (26, 27) → arguments (40, 41) →
//! backend (15 or 50). Before all of them a request must be readable: size (43) and encoding (47).
//!
//! # Both sides of one call
//!
//! ```
//! use top::{apis, client, render, value::Value, HttpRequest, Output, Request};
//!
//! let now_ms = 1_795_450_351_000;
//!
//! // The client signs a call …
//! let call = client::Call::new("12345678", "helloworld", apis::GROUP_COMMUNICATION.name, now_ms)
//!     .output(Output::JSON)
//!     .param("service_communication_request", r#"{"case_id":"123","tenant_id":200110004}"#)
//!     .sign();
//!
//! // … the server reads and checks it …
//! let http = HttpRequest {
//!     verb: "POST",
//!     query: &call.query,
//!     content_type: call.content_type,
//!     body: call.body.as_bytes(),
//! };
//! let request = Request::read(&http, 1 << 20).expect("readable");
//! assert_eq!(request.method().expect("has a method"), apis::GROUP_COMMUNICATION.name);
//! assert_eq!(request.app_key().expect("has an app key"), "12345678");
//! request.authenticate(&["helloworld"], now_ms, 600).expect("signed with this secret, on time");
//! let arguments = apis::GROUP_COMMUNICATION.arguments(&request).expect("well typed");
//! let object = arguments.object("service_communication_request").expect("was sent");
//! assert_eq!(object.text("case_id"), Some("123"));
//! assert_eq!(object.number("tenant_id"), Some(200_110_004));
//!
//! // … answers …
//! let result = Value::object([("code", "200".into()), ("success", true.into())]);
//! let mut bytes = Vec::new();
//! let answer = Value::object([("result", result)]);
//! render::answer(&apis::GROUP_COMMUNICATION, &answer, request.output(), "3jvmp9ck65dy", &mut bytes);
//!
//! // … and the client reads it back.
//! let answer = client::read_answer(&bytes).expect("an answer");
//! let data = answer.outcome.expect("not a fault");
//! assert_eq!(data.text_at(&["result", "code"]).as_deref(), Some("200"));
//! assert_eq!(answer.request_id.as_deref(), Some("3jvmp9ck65dy"));
//! ```

pub mod apis;
pub mod arguments;
mod authenticate;
pub mod batch;
pub mod client;
pub mod code;
pub mod definition;
pub mod fault;
pub mod gmt8;
mod json;
mod multipart;
mod output;
mod params;
pub mod render;
pub mod request;
pub mod sign;
pub mod sub_code;
pub mod value;

pub use arguments::Arguments;
pub use code::Code;
pub use definition::{Api, Field, Kind, SessionNeed};
pub use fault::Fault;
pub use output::{Format, Output};
pub use request::{HttpRequest, Rejected, Request};
pub use sign::SignMethod;
pub use value::Value;
