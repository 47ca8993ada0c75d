//! Messages to open pages, and pages to which nothing happens.

use std::fmt::Write as _;

use crate::results::{Results, cell, grouped};

pub(crate) fn tables(results: &Results) -> String {
    let mut out = results.conditions();
    let all = results.all();
    out.push_str(
        "\n### Deliveries\n\n\
         | engine | groups × pages | messages/s offered | deliveries/s, median (range) | p50 ms | p99 ms | worst ms | server CPU µs/delivery | resident MB | lost | out of order | bad answers |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    let deliver = all.with("work", "deliver");
    for engine in deliver.texts("engine") {
        let of_engine = deliver.with("engine", engine.clone());
        for offered in of_engine.counts("offered").into_iter().rev() {
            let these = of_engine.with("offered", offered);
            let shape = these.counts("groups").into_iter().zip(these.counts("pages")).next();
            let (groups, pages) = shape.unwrap_or((0, 0));
            let offered =
                if offered == 0 { "as fast as 64 writers can".to_owned() } else { grouped(offered) };
            let cpu = Some(these.sum("server_s") * 1e6 / these.sum("deliveries").max(1.0));
            let _ = writeln!(
                out,
                "| {engine} | {groups} × {pages} | {offered} | {} | {} | {} | {} | {} | {} | {:.0} | {:.0} | {:.0} |",
                these.spread("per_second", 0),
                cell(these.median("p50_ms"), 2),
                cell(these.median("p99_ms"), 2),
                cell(these.numbers("worst_ms").into_iter().reduce(f64::max), 1),
                cell(cpu, 1),
                cell(these.numbers("resident_mb").last().copied(), 1),
                these.sum("lost"),
                these.sum("wrong"),
                these.sum("bad"),
            );
        }
    }
    out.push_str(
        "\n### Idle pages\n\n\
         | transport | pages | resident MB before | after | KB a page |\n| --- | --: | --: | --: | --: |\n",
    );
    let idle = all.with("work", "idle");
    for transport in idle.texts("transport") {
        let these = idle.with("transport", transport.clone());
        let mb = |name: &str| cell(these.median(name).map(|kb| kb / 1024.0), 1);
        let _ = writeln!(
            out,
            "| {transport} | {} | {} | {} | {} |",
            grouped(these.counts("open").first().copied().unwrap_or(0)),
            mb("before_kb"),
            mb("after_kb"),
            these.spread("page_kb", 1),
        );
    }
    out
}
