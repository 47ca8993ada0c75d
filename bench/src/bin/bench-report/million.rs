//! A million groups beside ten thousand.

use std::fmt::Write as _;

use crate::chart::{Bar, Chart, Group};
use crate::results::{Results, Samples, cell, grouped};

/// The two sizes, the small one first.
pub(crate) fn sizes(all: &Samples<'_>) -> (u64, u64) {
    let sizes = all.counts("size");
    (sizes.first().copied().unwrap_or(0), sizes.last().copied().unwrap_or(0))
}

pub(crate) fn tables(results: &Results) -> String {
    let mut out = results.conditions();
    let all = results.all();
    let (small, large) = sizes(&all);
    clicks(&mut out, &all, small, large);
    let _ = write!(
        out,
        "\n### Start and memory\n\n\
         First answer: from `laqun serve` until a signed call is answered. Peak is the kernel's high-water mark.\n\n\
         | engine | groups | first answer ms, median (range) | MB after start | MB after calls | peak MB | calls |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n"
    );
    for engine in all.texts("engine") {
        for size in [small, large] {
            let these = all.with("engine", engine.clone()).with("size", size);
            let (start, memory) = (these.with("work", "start"), these.with("work", "memory"));
            let last = |name: &str| memory.numbers(name).last().copied();
            let _ = writeln!(
                out,
                "| {engine} | {} | {} | {} | {} | {} | {} |",
                grouped(size),
                start.spread("first_ms", 1),
                start.spread("idle_mb", 1),
                cell(last("resident_mb"), 1),
                cell(last("peak_mb"), 1),
                cell(last("calls"), 0),
            );
        }
    }
    lists(&mut out, &all, small, large);
    data(&mut out, &all, small, large);
    out
}

fn clicks(out: &mut String, all: &Samples<'_>, small: u64, large: u64) {
    let _ = write!(
        out,
        "\n### Clicks\n\n\
         | engine | work | groups at first | requests/s, median (range) | ÷ hello | p50 ms | p99 ms | server CPU µs | database CPU µs | time × that at {0} | CPU × that at {0} | bad answers |\n\
         | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n",
        grouped(small)
    );
    for engine in all.texts("engine") {
        let of_engine = all.with("engine", engine.clone());
        let hello = of_engine.with("work", "hello");
        for work in ["warm", "cold"] {
            let below = of_engine.with("work", work).with("size", small);
            for size in [small, large] {
                let these = of_engine.with("work", work).with("size", size);
                let (time, cpu) =
                    if size == small { (None, None) } else { (cost(&these, &below), cpu(&these, &below)) };
                let _ = writeln!(
                    out,
                    "| {engine} | {work} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
                    grouped(size),
                    these.spread("per_second", 0),
                    cell(these.ratio("per_second", &hello), 3),
                    cell(these.median("p50_ms"), 2),
                    cell(these.median("p99_ms"), 2),
                    cell(these.median("server_us"), 1),
                    cell(these.median("database_us").filter(|us| *us > 0.0), 1),
                    cell(time, 2),
                    cell(cpu, 2),
                    these.sum("bad"),
                );
            }
        }
    }
}

/// How many times as long a click takes.
pub(crate) fn cost(these: &Samples<'_>, below: &Samples<'_>) -> Option<f64> {
    below.ratio("per_second", these)
}

fn cpu(these: &Samples<'_>, below: &Samples<'_>) -> Option<f64> {
    let us = |samples: &Samples<'_>| Some(samples.median("server_us")? + samples.median("database_us")?);
    Some(us(these)? / us(below)?)
}

fn lists(out: &mut String, all: &Samples<'_>, small: u64, large: u64) {
    let _ = write!(
        out,
        "\n### `group list`, one page\n\n\
         The query alone, as the command asks it; the last line of each engine is the whole command, start and end included.\n\n\
         | engine | filter | rows at {0} | median ms | worst ms | rows at {1} | median ms | worst ms |\n\
         | --- | --- | --: | --: | --: | --: | --: | --: |\n",
        grouped(small),
        grouped(large)
    );
    for engine in all.texts("engine") {
        let lists = all.with("engine", engine.clone()).with("work", "list");
        for filter in lists.texts("filter") {
            let _ = write!(out, "| {engine} | {filter} |");
            for size in [small, large] {
                let these = lists.with("filter", filter.clone()).with("size", size);
                let _ = write!(
                    out,
                    " {} | {} | {} |",
                    cell(these.median("rows"), 0),
                    cell(these.median("median_ms"), 2),
                    cell(these.median("worst_ms"), 2)
                );
            }
            out.push('\n');
        }
        let command = all.with("engine", engine.clone()).with("work", "command");
        let _ = write!(out, "| {engine} | (the command) |");
        for size in [small, large] {
            let _ = write!(out, " 100 | {} | – |", command.with("size", size).spread("ms", 0));
        }
        out.push('\n');
    }
}

fn data(out: &mut String, all: &Samples<'_>, small: u64, large: u64) {
    let _ = write!(
        out,
        "\n### Data and backup\n\n\
         SQLite is filled click by click (two clicks a group); PostgreSQL gets the same rows by COPY.\n\n\
         | engine | groups | filled in s | database MB | backup s | backup MB | server's peak MB meanwhile |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n"
    );
    for engine in all.texts("engine") {
        for size in [small, large] {
            let these = all.with("engine", engine.clone()).with("size", size);
            let one = |work: &str, name: &str| these.with("work", work).median(name);
            let mb = |bytes: Option<f64>| cell(bytes.map(|bytes| bytes / 1e6), 0);
            let _ = writeln!(
                out,
                "| {engine} | {} | {} | {} | {} | {} | {} |",
                grouped(size),
                cell(one("fill", "seconds").or(one("copy", "seconds")), 1),
                mb(one("size", "bytes")),
                cell(one("backup", "seconds"), 1),
                mb(one("backup", "bytes")),
                cell(one("backup", "server_mb"), 1),
            );
        }
    }
}

/// Requests a second at both sizes.
pub(crate) fn chart(results: &Results) -> Chart {
    let all = results.all();
    let (small, large) = sizes(&all);
    let mut groups = Vec::new();
    for engine in all.texts("engine") {
        for (work, title) in [("warm", "warm click"), ("cold", "cold click")] {
            let bars = [small, large].into_iter().enumerate().filter_map(|(series, size)| {
                let these = all.with("engine", engine.clone()).with("work", work).with("size", size);
                let label = format!("{} groups", grouped(size));
                Some(Bar { label, value: these.median("per_second")?, series })
            });
            groups.push(Group { title: format!("{title}, {engine}"), bars: bars.collect() });
        }
    }
    Chart {
        title: format!(
            "laqun: clicks per second with {} and {} groups stored",
            grouped(small),
            grouped(large)
        ),
        axis: "signed calls per second; what is cold is committed and synced".to_owned(),
        logarithmic: false,
        groups,
    }
}
