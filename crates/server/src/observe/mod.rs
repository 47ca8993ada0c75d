//! What an operator sees: log lines and figures.

pub mod log;
