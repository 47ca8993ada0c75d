//! Verb, method, version, format, time: 9, 21, 22, 23, 30–34.

use super::{HTML, NUL, SQL};
use crate::bad_input::row::{
    Change::{Bare, Body, Clock, Get, Path, Set, Verb, Without},
    Row, full, platform,
};

pub(super) fn rows() -> Vec<Row> {
    [verb(), method(), version(), format(), time()].concat()
}

fn verb() -> Vec<Row> {
    let rows = ["PUT", "DELETE", "PATCH", "OPTIONS", "post", "Get", "QUERY"];
    rows.map(|verb| platform(9, "Http action not allowed", verb, vec![Verb(verb)])).into()
}

fn method() -> Vec<Row> {
    let missing =
        |name: &str, changes| full(name, changes, 21, "Missing method", "", "http传入的参数加入method字段");
    let invalid =
        |name: &str, value: &str| platform(22, "Invalid method", name, vec![Set("method", value.into())]);
    vec![
        missing("no method", vec![Without("method")]),
        missing("an empty method", vec![Set("method", String::new())]),
        missing("a batch without calls", vec![Path("/router/batch"), Body("text/plain", Vec::new())]),
        invalid("a method that there is not", "alibaba.lyservice.group.group.communications"),
        invalid("a method in capitals", "ALIBABA.LYSERVICE.GROUP.GROUP.COMMUNICATION"),
        invalid("a method and a blank", "taobao.time.get "),
        invalid("SQL as method", SQL),
        invalid("HTML as method", HTML),
        invalid("NUL in the method", "taobao.time.get\0"),
        invalid("a method of 10,000 characters", &"m".repeat(10_000)),
    ]
}

fn version() -> Vec<Row> {
    let invalid =
        |name: &str, value: &str| platform(33, "Invalid version", name, vec![Set("v", value.into())]);
    let unsupported = |value: &str| {
        platform(34, "Unsupported version", &format!("version {value}"), vec![Set("v", value.into())])
    };
    vec![
        platform(32, "Missing version", "no version", vec![Without("v")]),
        platform(32, "Missing version", "an empty version", vec![Set("v", String::new())]),
        invalid("a version that is a word", "two"),
        invalid("a version and a blank", "2.0 "),
        invalid("SQL as version", SQL),
        invalid("HTML as version", HTML),
        invalid("NUL in the version", "2.0\0"),
        unsupported("1.0"),
        unsupported("2"),
        unsupported("9007199254740993"),
    ]
}

fn format() -> Vec<Row> {
    let invalid = |name: &str, value: &str| {
        platform(23, "Invalid format", name, vec![Set("format", value.into())]).in_xml()
    };
    vec![
        invalid("format yaml", "yaml"),
        invalid("format json2", "json2"),
        invalid("format in capitals", "JSON"),
        invalid("SQL as format", SQL),
        invalid("HTML as format", HTML),
        invalid("NUL in the format", "json\0"),
        platform(31, "Invalid timestamp", "no format is XML", vec![Without("format"), Clock(-3600)]).in_xml(),
        platform(
            31,
            "Invalid timestamp",
            "an empty format is XML",
            vec![Set("format", String::new()), Clock(3600)],
        )
        .in_xml(),
        full("nothing at all", vec![Get, Bare], 21, "Missing method", "", "http传入的参数加入method字段")
            .in_xml(),
    ]
}

fn time() -> Vec<Row> {
    let invalid = |name: &str, value: &str| {
        platform(31, "Invalid timestamp", name, vec![Set("timestamp", value.into())])
    };
    let clock = |name: &str, seconds| platform(31, "Invalid timestamp", name, vec![Clock(seconds)]);
    vec![
        platform(30, "Missing timestamp", "no timestamp", vec![Without("timestamp")]),
        platform(30, "Missing timestamp", "an empty timestamp", vec![Set("timestamp", String::new())]),
        clock("a clock eleven minutes slow", -660),
        clock("a clock eleven minutes fast", 660),
        clock("a clock in UTC", -8 * 3600),
        invalid("a timestamp that is a word", "now"),
        invalid("a timestamp with a T", "2026-11-23T16:11:28"),
        invalid("a day that there is not", "2026-02-30 00:00:00"),
        invalid("a negative timestamp", "-1795450351504"),
        invalid("a timestamp beyond 2^53", "9007199254740993"),
        invalid("a timestamp beyond 64 bits", "18446744073709551616"),
        invalid("SQL as timestamp", SQL),
        invalid("HTML as timestamp", HTML),
        invalid("NUL in the timestamp", NUL),
        invalid("a timestamp of 10,000 digits", &"1".repeat(10_000)),
    ]
}
