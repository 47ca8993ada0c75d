//! The TOP gateway: a request is checked, its method found, its arguments parsed, its answer rendered.
//!
//! The order of checks is the platform's: readable (9, 43, 47) → method (21, 22) → app (28, 29) → version, format,
//! timestamp, signature (32–34, 23, 30, 31, 24, 25) → permission (11) → flow control (7) → arguments (40, 41) → backend.
//!
//! Invariant: every answer is HTTP 200 with a TOP document; nothing here writes to the database but through `domain`.

mod batch;
mod fault;
mod group_communication;
mod incoming;
mod origin;
mod panics;
mod rest;
mod time_get;

use std::sync::{Arc, atomic::AtomicI64};

use top::{Api, Fault, Value, apis};

use crate::{
    app::{App, Live},
    domain::{self, directory, directory::Directory},
};

pub use batch::batch;
pub use panics::panicked;
pub use rest::rest;

/// The most bytes of query and body together.
pub const MAX_BYTES: usize = 1 << 20;

/// A method: its definition and what carries it out.
struct Method {
    api: &'static Api,
    operation: Operation,
}

/// What carries a method out.
#[derive(Clone, Copy)]
enum Operation {
    GroupCommunication,
    TimeGet,
}

/// The methods, each declared once.
static METHODS: &[Method] = &[
    Method { api: &apis::GROUP_COMMUNICATION, operation: Operation::GroupCommunication },
    Method { api: &apis::TIME_GET, operation: Operation::TimeGet },
];

/// The methods' names.
pub fn method_names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|method| method.api.name)
}

/// A checked call.
struct Call<'a> {
    app: &'a App,
    live: &'a Live,
    seen: &'a Seen,
    caller: &'a directory::App,
    directory: &'a Arc<Directory>,
    request: &'a top::Request,
    now_ms: i64,
}

/// What is found out about a call on its way, for its line in the log.
#[derive(Debug, Default)]
struct Seen {
    /// 0 = none.
    tenant: AtomicI64,
}

/// Why a call has no result.
enum Failed {
    /// The caller is told.
    Fault(Fault),
    /// The directory was older than the rows: again, with a fresh one.
    Stale,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Call<'_> {
    /// Turns the domain's no into TOP's.
    fn failed(&self, error: domain::Error) -> Failed {
        match error {
            domain::Error::Stale => Failed::Stale,
            other => Failed::Fault(fault::of(other, self.live.settings.gateway.business_error_code)),
        }
    }

    async fn run(&self, method: &Method) -> Result<Done, Failed> {
        match method.operation {
            Operation::GroupCommunication => group_communication::call(self, method.api).await,
            Operation::TimeGet => Ok(time_get::call(self)),
        }
    }
}

/// A result, and whether the directory's version was read with the data that made it.
struct Done {
    value: Value,
    version_checked: bool,
}
