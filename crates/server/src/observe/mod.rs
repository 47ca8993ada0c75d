//! What an operator sees: log lines and figures.

pub mod lines;
pub mod log;
