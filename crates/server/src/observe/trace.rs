//! Spans of calls, for those who collect traces (feature `otlp`). Without the feature there are none, and they cost nothing.

use http::HeaderMap;
use top::Fault;
use tracing::Span;

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// The method that there is of that name.
    pub method: Option<&'static str>,
    /// The caller's `AppKey`, as far as it is logged.
    pub app_key: &'a str,
    /// The tenant, if it came so far.
    pub tenant: Option<i64>,
    /// Why it was refused.
    pub fault: Option<&'a Fault>,
}

/// A call that begins: a part of the trace that its caller named in `traceparent`, or a trace of its own.
#[cfg(feature = "otlp")]
pub fn call(headers: &HeaderMap, request_id: &str) -> Span {
    use opentelemetry::propagation::TextMapPropagator as _;
    use tracing::field::Empty;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let span = tracing::info_span!(
        "call",
        otel.kind = "server",
        rpc.system = "top",
        rpc.method = Empty,
        laqun.request_id = request_id,
        laqun.app_key = Empty,
        laqun.tenant = Empty,
        laqun.code = Empty,
        laqun.sub_code = Empty,
    );
    let propagator = opentelemetry_sdk::propagation::TraceContextPropagator::new();
    // An error only says that nobody collects this one.
    let _ = span.set_parent(propagator.extract(&opentelemetry_http::HeaderExtractor(headers)));
    span
}

/// A call that begins.
#[cfg(not(feature = "otlp"))]
pub fn call(_: &HeaderMap, _: &str) -> Span {
    Span::none()
}

/// Notes how a call ended.
#[cfg(feature = "otlp")]
pub fn ended(span: &Span, call: Ended<'_>) {
    use opentelemetry::trace::{Status, TraceContextExt as _};
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let method = call.method.unwrap_or("unknown");
    let context = span.context();
    context.span().update_name(method);
    span.record("rpc.method", method).record("laqun.app_key", call.app_key);
    if let Some(tenant) = call.tenant {
        span.record("laqun.tenant", tenant);
    }
    span.record("laqun.code", call.fault.map_or(0, |fault| fault.code));
    if let Some(sub_code) = call.fault.and_then(|fault| fault.sub_code.as_deref()) {
        span.record("laqun.sub_code", sub_code);
        // What the caller can mend is no error of ours.
        if sub_code.starts_with("isp.") {
            context.span().set_status(Status::error(sub_code.to_owned()));
        }
    }
}

/// Notes how a call ended.
#[cfg(not(feature = "otlp"))]
pub fn ended(_: &Span, _: Ended<'_>) {}
