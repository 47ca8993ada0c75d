//! What was aimed at, what was reached.

use std::fmt::Write as _;

use crate::million;
use crate::peers;
use crate::results::{Results, Samples, cell};

struct Line {
    work: &'static str,
    target: String,
    here: String,
    met: Option<bool>,
}

/// Every target of the design that this folder measures.
pub(crate) fn table([run, million, peers, fanout, page]: [Option<&Results>; 5]) -> String {
    let mut lines = Vec::new();
    if let Some(run) = run {
        clicks(&mut lines, &run.all());
    }
    if let Some(million) = million {
        stored(&mut lines, &million.all());
    }
    if let Some(peers) = peers {
        beside(&mut lines, &peers.all());
    }
    if let Some(fanout) = fanout {
        pages(&mut lines, &fanout.all());
    }
    if let Some(page) = page {
        let kilobytes = page.all().median("landing_bytes").map(|bytes| bytes / 1000.0);
        at_most(&mut lines, "customer's page, first load", 60.0, "KB transferred", 1, kilobytes);
    }
    let mut out = String::from("| work | target | measured | |\n| --- | --- | --- | --- |\n");
    for Line { work, target, here, met } in lines {
        let met = match met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "not measured",
        };
        let _ = writeln!(out, "| {work} | {target} | {here} | {met} |");
    }
    out
}

fn at_least(
    lines: &mut Vec<Line>,
    work: &'static str,
    least: f64,
    unit: &str,
    digits: usize,
    value: Option<f64>,
) {
    let here = cell(value, digits);
    lines.push(Line {
        work,
        target: format!("≥ {least} {unit}"),
        here,
        met: value.map(|value| value >= least),
    });
}

fn at_most(
    lines: &mut Vec<Line>,
    work: &'static str,
    most: f64,
    unit: &str,
    digits: usize,
    value: Option<f64>,
) {
    let here = cell(value, digits);
    lines.push(Line {
        work,
        target: format!("≤ {most} {unit}"),
        here,
        met: value.map(|value| value <= most),
    });
}

fn clicks(lines: &mut Vec<Line>, all: &Samples<'_>) {
    let of = |engine: &str, work: &str| all.with("engine", engine).with("connections", 32).with("work", work);
    let share = |engine: &str, work: &str| of(engine, work).ratio("per_second", &of(engine, "hello"));
    at_least(lines, "warm click, SQLite, 32 callers", 0.55, "of hello", 3, share("sqlite", "warm"));
    at_most(lines, "its p99", 15.0, "ms", 2, of("sqlite", "warm").median("p99_ms"));
    at_least(lines, "warm click, PostgreSQL", 0.35, "of hello", 3, share("postgres", "warm"));
    at_least(lines, "cold click, SQLite, 32 callers", 0.25, "of hello", 3, share("sqlite", "cold"));
    at_most(lines, "its p99", 40.0, "ms", 2, of("sqlite", "cold").median("p99_ms"));
    at_least(lines, "cold click, PostgreSQL, fsync on", 0.05, "of hello", 3, share("postgres", "cold"));
}

fn stored(lines: &mut Vec<Line>, all: &Samples<'_>) {
    let (small, large) = million::sizes(all);
    for (engine, warm, cold, list, memory, start) in [
        (
            "sqlite",
            "warm click with the large data, SQLite",
            "cold click with the large data, SQLite",
            "slowest filter of `group list`, SQLite, median",
            "memory after the calls, SQLite",
            "start to first answer, SQLite",
        ),
        (
            "postgres",
            "warm click with the large data, PostgreSQL",
            "cold click with the large data, PostgreSQL",
            "slowest filter of `group list`, PostgreSQL, median",
            "memory after the calls, PostgreSQL",
            "start to first answer, PostgreSQL",
        ),
    ] {
        let of_engine = all.with("engine", engine);
        let cost = |work: &str| {
            let these = of_engine.with("work", work);
            million::cost(&these.with("size", large), &these.with("size", small))
        };
        at_most(lines, warm, 1.3, "× its time with the small", 2, cost("warm"));
        at_most(lines, cold, 1.3, "× its time with the small", 2, cost("cold"));
        let of_large = of_engine.with("size", large);
        let slowest = of_large.with("work", "list").numbers("median_ms").into_iter().reduce(f64::max);
        at_most(lines, list, 20.0, "ms", 2, slowest);
        let last = of_large.with("work", "memory").numbers("peak_mb").into_iter().reduce(f64::max);
        at_most(lines, memory, 60.0, "MB at its peak", 1, last);
        at_most(lines, start, 100.0, "ms", 1, of_large.with("work", "start").median("first_ms"));
    }
}

fn beside(lines: &mut Vec<Line>, all: &Samples<'_>) {
    let times = |server: &str, work: &str| {
        peers::of(all, "laqun-sqlite", work).ratio("per_second", &peers::of(all, server, work))
    };
    at_least(lines, "group with 4 members (no message)", 1500.0, "× Synapse", 0, times("synapse", "members"));
    at_least(lines, "group with 4 members (no message)", 20.0, "× ejabberd", 1, times("ejabberd", "members"));
    at_least(lines, "bare group", 3.0, "× ejabberd's bare room", 1, times("ejabberd", "bare"));
    at_least(lines, "group, 4 members, first message", 1500.0, "× Synapse", 0, times("synapse", "message"));
    at_least(lines, "group, 4 members, first message", 20.0, "× ejabberd", 1, times("ejabberd", "message"));
}

fn pages(lines: &mut Vec<Line>, all: &Samples<'_>) {
    for (engine, fast, late, lost) in [
        (
            "sqlite",
            "deliveries to 200 × 10 open pages, SQLite",
            "their p99 at the offered rate, SQLite",
            "lost or out of order, SQLite",
        ),
        (
            "postgres",
            "deliveries to 200 × 10 open pages, PostgreSQL",
            "their p99 at the offered rate, PostgreSQL",
            "lost or out of order, PostgreSQL",
        ),
    ] {
        let these = all.with("work", "deliver").with("engine", engine);
        let offered = these.counts("offered").last().copied().unwrap_or(0);
        let at_rate = these.with("offered", offered);
        at_least(lines, fast, 10_000.0, "a second", 0, at_rate.median("per_second"));
        at_most(lines, late, 100.0, "ms", 2, at_rate.median("p99_ms"));
        let none = (!these.is_empty()).then(|| these.sum("lost") + these.sum("wrong"));
        at_most(lines, lost, 0.0, "messages", 0, none);
    }
    let idle = |transport: &str| all.with("work", "idle").with("transport", transport).median("page_kb");
    at_most(lines, "idle page, WebSocket", 20.0, "KB", 1, idle("websocket"));
    at_most(lines, "idle page, server-sent events", 20.0, "KB", 1, idle("sse"));
}
