//! The main job beside the bare server.

use std::fmt::Write as _;

use crate::results::{Results, cell};

pub(crate) fn tables(results: &Results) -> String {
    let mut out = results.conditions();
    let all = results.all();
    for engine in all.texts("engine") {
        let _ = write!(
            out,
            "\n### {engine}\n\n\
             | callers | work | requests/s, median (range) | ÷ hello | p50 ms | p99 ms | server CPU µs/request | database CPU µs/request | resident MB | bad answers |\n\
             | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |\n"
        );
        let of_engine = all.with("engine", engine.clone());
        for connections in of_engine.counts("connections") {
            let at = of_engine.with("connections", connections);
            let hello = at.with("work", "hello");
            for work in at.texts("work") {
                let these = at.with("work", work.clone());
                let _ = writeln!(
                    out,
                    "| {connections} | {work} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
                    these.spread("per_second", 0),
                    cell(these.ratio("per_second", &hello), 3),
                    cell(these.median("p50_ms"), 2),
                    cell(these.median("p99_ms"), 2),
                    cell(these.median("server_us"), 1),
                    cell(these.median("database_us").filter(|us| *us > 0.0), 1),
                    cell(these.numbers("resident_mb").last().copied(), 1),
                    these.sum("bad"),
                );
            }
        }
    }
    out
}
