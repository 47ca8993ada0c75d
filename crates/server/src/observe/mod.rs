//! Logging: one line a call, with its request id.

use std::io::{self, BufWriter, IsTerminal};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Log, LogFormat};

/// Lines that may wait for the writer.
const LINES: usize = 64 * 1024;

/// Starts logging to standard error. What is still waiting is written when the guard is dropped.
///
/// A thread of its own writes, many lines at a time: a call costs no system call for its line, and a reader of the log
/// that hangs holds up nobody. Lines beyond 65,536 waiting ones are dropped then.
pub fn start(log: &Log) -> anyhow::Result<WorkerGuard> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|e| anyhow::anyhow!("log.level: {e}; such as info, warn, or laqun=debug,store=warn"))?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES)
        .thread_name("log")
        .finish(BufWriter::with_capacity(64 * 1024, io::stderr()));
    let registry = tracing_subscriber::registry().with(filter);
    match log.format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(writer).with_target(false);
            registry.with(layer.with_ansi(io::stderr().is_terminal())).try_init()?;
        }
        LogFormat::Json => {
            let layer =
                fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
            registry.with(layer.with_writer(writer)).try_init()?;
        }
    }
    Ok(guard)
}
