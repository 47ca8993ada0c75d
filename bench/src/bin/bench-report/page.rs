//! The customer's page in a browser.

use std::fmt::Write as _;

use crate::results::Results;

/// What a visit consists of: member, words.
const PARTS: [(&str, &str); 8] = [
    ("landing_bytes", "bytes until the landing is whole, headers included"),
    ("landing_requests", "requests until then"),
    ("landing_ms", "from the address to a button that can be tapped, ms"),
    ("write_ms", "from that tap to a field that can be written in, ms"),
    ("first_ms", "from that tap to the message that was waiting, ms"),
    ("live_ms", "from the agent's click on send to the customer's screen, ms"),
    ("chat_bytes", "bytes of the whole visit"),
    ("chat_requests", "requests of the whole visit"),
];

pub(crate) fn tables(results: &Results) -> String {
    let mut out = results.conditions();
    let all = results.all();
    out.push_str("\n| one visit | median (range) |\n| --- | --: |\n");
    for (member, words) in PARTS {
        let _ = writeln!(out, "| {words} | {} |", all.spread(member, 0));
    }
    out
}
