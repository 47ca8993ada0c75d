//! What an operator sees: log lines, figures, what is checked. Served by [`crate::ops`], never on the public listener.

pub mod calls;
pub mod checks;
mod exposition;
pub mod lines;
pub mod log;
pub mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
mod process;
pub mod sample;
pub mod trace;
