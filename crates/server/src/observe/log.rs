//! Logging: one line a call, with its request id. What is logged can be changed while the program runs.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use arc_swap::ArcSwap;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use super::lines::{Guard, Lines};
use crate::config::{Log, LogFormat, log_filter};

/// The running log: what it lets through can be asked and changed.
#[derive(Clone)]
pub struct Logging {
    filter: Arc<ArcSwap<(String, Targets)>>,
    lines: Lines,
}

/// Starts logging to standard error. What is still waiting is written when the guard is dropped.
///
/// A thread of its own writes, many lines at a time: a call costs no system call for its line, and a reader of the log
/// that hangs holds up nobody. Lines beyond 16 MiB of waiting ones are dropped then, and counted.
pub fn start(log: &Log) -> anyhow::Result<(Logging, Ending)> {
    let parsed = log_filter::parse(&log.level).map_err(|why| anyhow::anyhow!("log.level: {why}"))?;
    let filter = Arc::new(ArcSwap::from_pointee((log.level.clone(), parsed)));
    let (lines, guard) = Lines::start(io::stderr())?;
    let writer = lines.clone();
    #[cfg(feature = "otlp")]
    let (traces, exporting) = super::otlp::layer()?.unzip();
    #[cfg(feature = "otlp")]
    let registry = tracing_subscriber::registry().with(traces);
    #[cfg(not(feature = "otlp"))]
    let registry = tracing_subscriber::registry();
    #[cfg(feature = "otlp")]
    let spans = exporting.is_some();
    #[cfg(not(feature = "otlp"))]
    let spans = false;
    let registry = registry.with(Filter { lines: Arc::clone(&filter), spans });
    match log.format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(writer).with_target(false);
            registry.with(lines_only(layer.with_ansi(io::stderr().is_terminal()))).try_init()?;
        }
        LogFormat::Json => {
            let layer =
                fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
            registry.with(lines_only(layer.with_writer(writer))).try_init()?;
        }
    }
    #[cfg(feature = "otlp")]
    let ending = Ending { _traces: exporting, _lines: guard };
    #[cfg(not(feature = "otlp"))]
    let ending = Ending { _lines: guard };
    Ok((Logging { filter, lines }, ending))
}

/// Writes and sends what is still waiting when it is dropped.
pub struct Ending {
    #[cfg(feature = "otlp")]
    _traces: Option<super::otlp::Exporting>,
    _lines: Guard,
}

/// Spans that are collected elsewhere are none of the log's business.
#[cfg(feature = "otlp")]
fn lines_only<S, L>(layer: L) -> impl Layer<S>
where
    S: Subscriber + for<'s> tracing_subscriber::registry::LookupSpan<'s>,
    L: Layer<S>,
{
    let is_line = |metadata: &Metadata<'_>| metadata.is_event();
    layer.with_filter(tracing_subscriber::filter::filter_fn(is_line))
}

#[cfg(not(feature = "otlp"))]
fn lines_only<L>(layer: L) -> L {
    layer
}

impl Logging {
    /// What is let through now, as it was given.
    pub fn level(&self) -> String {
        self.filter.load().0.clone()
    }

    /// Lets other lines through from now on.
    ///
    /// # Errors
    /// What is wrong with the filter; it stays as it was.
    pub fn set(&self, level: &str) -> Result<(), String> {
        let parsed = log_filter::parse(level)?;
        self.filter.store(Arc::new((level.to_owned(), parsed)));
        // Every place in the program that logs has remembered whether its lines were wanted.
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    }

    /// Lines that were dropped since the start because the log's reader hung.
    pub fn dropped(&self) -> u64 {
        self.lines.dropped()
    }
}

impl std::fmt::Debug for Logging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logging").field("level", &self.level()).finish_non_exhaustive()
    }
}

/// Lets lines through. A place that logs asks once and remembers the answer, so a line costs nothing here; and where it is
/// asked, no lock is taken.
struct Filter {
    lines: Arc<ArcSwap<(String, Targets)>>,
    /// Spans of ours are collected, whatever is logged.
    spans: bool,
}

impl Filter {
    fn collects(&self, metadata: &Metadata<'_>) -> bool {
        let ours = ["laqun", "store"].iter().any(|name| metadata.target().starts_with(name));
        self.spans && ours && metadata.is_span()
    }
}

impl<S: Subscriber> Layer<S> for Filter {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.collects(metadata) {
            return Interest::always();
        }
        Layer::<S>::register_callsite(&self.lines.load().1, metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.collects(metadata) || Layer::<S>::enabled(&self.lines.load().1, metadata, context)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        if self.spans {
            return Some(LevelFilter::TRACE);
        }
        Layer::<S>::max_level_hint(&self.lines.load().1)
    }
}
