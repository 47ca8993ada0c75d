//! Answers and faults as bytes: compact, in one line, without a trailing newline.
//!
//! Members come in the order of the definition, `request_id` last; what a value does not have is left out. The
//! trailing comment with a host name and the header `top-bodylength`, both of which live gateways add, are left
//! out deliberately: no client needs them, and an old one fails on the second.

mod json;
mod xml;

use crate::definition::Api;
use crate::fault::Fault;
use crate::output::{Format, Output};
use crate::value::Value;

/// Appends the answer of `api` to `out`.
///
/// A member that the definition does not know is a mistake of the program: it stops a debug build and is left
/// out by a release build. [`Value::mismatch`] tells beforehand.
pub fn answer(api: &Api, value: &Value, output: Output, request_id: &str, out: &mut Vec<u8>) {
    debug_assert_eq!(value.mismatch(api.response), None, "{} cannot say this", api.name);
    match output.format {
        Format::Xml => xml::answer(api, value, request_id, out),
        Format::Json => json::answer(api, value, output.simplify, request_id, out),
    }
}

/// Appends an `error_response` to `out`; it is the same whether simplified or not.
pub fn fault(fault: &Fault, output: Output, request_id: &str, out: &mut Vec<u8>) {
    match output.format {
        Format::Xml => xml::fault(fault, request_id, out),
        Format::Json => json::fault(fault, request_id, out),
    }
}

/// The parts of a fault after its code, in the order of the wire.
fn parts<'a>(fault: &'a Fault, request_id: &'a str) -> impl Iterator<Item = (&'static str, &'a str)> {
    [
        ("msg", Some(fault.msg.as_ref())),
        ("sub_code", fault.sub_code.as_deref()),
        ("sub_msg", fault.sub_msg.as_deref()),
        ("request_id", Some(request_id)),
    ]
    .into_iter()
    .filter_map(|(name, part)| part.map(|text| (name, text)))
}

fn number(number: i64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    write!(out, "{number}").expect("a Vec takes every byte");
}
