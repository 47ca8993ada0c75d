//! Traces by OTLP over HTTP, where the variables of OpenTelemetry say: `OTEL_EXPORTER_OTLP_ENDPOINT` or
//! `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (without one of them nothing is exported), `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`
//! and the others of its standard.

use std::{fmt, pin::Pin, time::Duration};

use anyhow::Context;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracer, trace::SdkTracerProvider};
use tokio::runtime::Handle;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Registry;

/// How long the last spans may take to be sent when the program ends.
const END: Duration = Duration::from_secs(5);

/// Ends the export when it is dropped, after what waits is sent.
pub(super) struct Exporting(SdkTracerProvider);

impl Drop for Exporting {
    fn drop(&mut self) {
        // A collector that is gone has lost what it has lost.
        let _ = self.0.shutdown_with_timeout(END);
    }
}

/// What turns spans into traces, if somebody collects them.
pub(super) fn layer() -> anyhow::Result<Option<(OpenTelemetryLayer<Registry, SdkTracer>, Exporting)>> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !set("OTEL_EXPORTER_OTLP_ENDPOINT") && !set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
        return Ok(None);
    }
    let client =
        OnRuntime { client: crate::client::client(Duration::from_secs(10))?, runtime: Handle::current() };
    let exporter = SpanExporter::builder().with_http().with_http_client(client).build();
    let exporter = exporter.context("traces cannot be exported; look at OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let mut resource = Resource::builder();
    if !set("OTEL_SERVICE_NAME") {
        resource = resource.with_service_name("laqun");
    }
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    let layer = tracing_opentelemetry::layer()
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_tracer(provider.tracer("laqun"));
    Ok(Some((layer, Exporting(provider))))
}

/// The house's one HTTP client, for an exporter whose thread knows no runtime.
struct OnRuntime {
    client: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for OnRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnRuntime(…)")
    }
}

type Sent<'s> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 's>>;

impl HttpClient for OnRuntime {
    fn send_bytes<'s, 'f>(&'s self, request: Request<Bytes>) -> Sent<'f>
    where
        's: 'f,
        Self: 'f,
    {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.clone_from(answer.headers());
            }
            Ok::<_, HttpError>(response.body(answer.bytes().await?)?)
        });
        Box::pin(async move { sending.await? })
    }
}
