//! A call that panics is answered like any other: with a TOP error, and a log line that bears its request id.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::response::Response;
use futures_util::FutureExt;
use top::{Fault, Output, render};

use super::incoming::respond;
use crate::app::App;

/// Runs a call; a panic in it is a fault. The code is the configured one of backend errors.
///
/// What the call held is dropped with it, and nothing of the program is half changed: rows change in units of work, and
/// no lock is held across an await.
pub(super) async fn caught<T>(
    request_id: &str,
    code: u16,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => Err(fault(request_id, code, &*panic)),
    }
}

/// The answer to a request that panicked where its format was not known yet.
pub fn panicked(app: &App, panic: &(dyn Any + Send)) -> Response {
    let (request_id, output) = (app.ids.request_id(), Output::XML);
    let fault = fault(&request_id, app.live().settings.gateway.business_error_code, panic);
    let mut out = Vec::new();
    render::fault(&fault, output, &request_id, &mut out);
    respond(output.content_type(), out)
}

fn fault(request_id: &str, code: u16, panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    tracing::error!(request_id, panic = text, "a call panicked");
    Fault::business(
        code,
        "isp.unknown-error",
        "服务内部错误，请重试，若仍失败请把 request_id 告诉管理员 (internal error, try again, then tell the operator the request_id)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_panics_has_a_fault_that_clients_may_retry() {
        let panics = async { Ok(u8::try_from(std::hint::black_box(256)).expect("a byte")) };
        let fault = caught("r1", 15, panics).await.unwrap_err();
        assert_eq!((fault.code, fault.sub_code.as_deref()), (15, Some("isp.unknown-error")));
        assert_eq!(caught("r2", 50, async { Ok(1) }).await.unwrap(), 1);
    }
}
