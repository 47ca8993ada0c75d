//! laqun beside other chat servers.

use std::fmt::Write as _;

use crate::chart::{Bar, Chart, Group};
use crate::results::{Results, Samples, cell};

/// Kinds of work, and what each of them is.
const WORKS: [(&str, &str); 3] = [
    ("bare", "bare room"),
    ("members", "room with 4 members"),
    ("message", "room, 4 members, first message"),
];

/// How a server is called in tables and charts.
fn name(server: &str) -> &str {
    match server {
        "laqun-sqlite" => "laqun, SQLite",
        "laqun-postgres" => "laqun, PostgreSQL",
        "ejabberd" => "ejabberd, Mnesia",
        "synapse" => "Synapse, PostgreSQL",
        other => other,
    }
}

pub(crate) fn of<'a>(all: &Samples<'a>, server: &str, work: &str) -> Samples<'a> {
    all.with("server", server).with("work", work)
}

pub(crate) fn tables(results: &Results) -> String {
    let mut out = results.conditions();
    let all = results.all();
    out.push_str(
        "\n| work | server | operations/s, median (range) | p50 ms | p99 ms | server CPU ms/operation | database CPU ms/operation | resident MB | laqun on SQLite is so many times as fast | …takes of its CPU | bad answers |\n\
         | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for (work, title) in WORKS {
        let ours = of(&all, "laqun-sqlite", work);
        for server in all.texts("server") {
            let these = of(&all, &server, work);
            if these.is_empty() {
                let _ = writeln!(
                    out,
                    "| {title} | {} | not there yet | – | – | – | – | – | – | – | – |",
                    name(&server)
                );
                continue;
            }
            let ms = |samples: &Samples<'_>, member: &str| samples.median(member).map(|us| us / 1000.0);
            let cpu = |samples: &Samples<'_>| Some(ms(samples, "server_us")? + ms(samples, "database_us")?);
            let others = server != "laqun-sqlite";
            let times = ours.ratio("per_second", &these).filter(|_| others);
            let _ = writeln!(
                out,
                "| {title} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
                name(&server),
                these.spread("per_second", 1),
                cell(these.median("p50_ms"), 2),
                cell(these.median("p99_ms"), 2),
                cell(ms(&these, "server_us"), 3),
                cell(ms(&these, "database_us").filter(|ms| *ms > 0.0), 3),
                cell(these.median("resident_mb"), 0),
                cell(times, usize::from(times.is_some_and(|times| times < 100.0))),
                cpu(&ours)
                    .zip(cpu(&these))
                    .filter(|_| others)
                    .map_or_else(|| "–".to_owned(), |(ours, theirs)| format!("1/{:.1}", theirs / ours)),
                these.sum("bad"),
            );
        }
    }
    out
}

pub(crate) fn chart(results: &Results) -> Chart {
    let all = results.all();
    let servers = all.texts("server");
    let groups = WORKS.into_iter().map(|(work, title)| Group {
        title: title.to_owned(),
        bars: servers
            .iter()
            .enumerate()
            .filter_map(|(series, server)| {
                let value = of(&all, server, work).median("per_second")?;
                Some(Bar { label: name(server).to_owned(), value, series })
            })
            .collect(),
    });
    Chart {
        title: "Rooms per second: laqun, ejabberd, Synapse".to_owned(),
        axis: "operations per second (logarithmic scale: each line is ten times the one before)".to_owned(),
        logarithmic: true,
        groups: groups.collect(),
    }
}
