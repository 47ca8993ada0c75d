//! The table of bad requests, each with its exact answer.
//!
//! Code 40 (Missing required arguments) cannot occur: no method here has a required parameter, and an absent object of
//! 客服一键拉群 is a refusal of the service (50). The protocol library's own tests cover it.

mod arguments;
mod encoding;
mod ids;
mod system;
mod trust;

use super::row::Row;

/// Every row.
pub(super) fn rows() -> Vec<Row> {
    [system::rows(), trust::rows(), encoding::rows(), arguments::rows(), ids::rows()].concat()
}

/// What is tried in every field.
const SQL: &str = "1'; DROP TABLE chat_group; --";
const HTML: &str = "<script>alert(\"1\")</script>&amp;";
const NUL: &str = "1\0";
