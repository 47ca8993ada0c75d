//! Turns bench/results/*.json into the tables between the markers of bench/RESULTS.md and into its charts.
//!
//! `bench-report bench`. Nothing between two markers is edited by hand, and no figure there comes from elsewhere.

mod chart;
mod fanout;
mod million;
mod page;
mod peers;
mod results;
mod run;
mod targets;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use results::Results;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("usage: bench-report FOLDER")?;
    let folder = Path::new(&folder);
    let report = folder.join("RESULTS.md");
    let mut text = fs::read_to_string(&report)?;
    let read = |name: &str| Results::read(&folder.join(format!("results/{name}.json")));
    let (run, million, peers) = (read("run")?, read("million")?, read("peers")?);
    let fanout = read("fanout")?;
    let page_visits = read("page")?;
    if let Some(run) = &run {
        replace(&mut text, "run", &run::tables(run))?;
    }
    if let Some(million) = &million {
        replace(&mut text, "million", &million::tables(million))?;
        fs::write(folder.join("results/million.svg"), million::chart(million).svg())?;
    }
    if let Some(peers) = &peers {
        replace(&mut text, "peers", &peers::tables(peers))?;
        fs::write(folder.join("results/peers.svg"), peers::chart(peers).svg())?;
    }
    if let Some(fanout) = &fanout {
        replace(&mut text, "fanout", &fanout::tables(fanout))?;
    }
    if let Some(visits) = &page_visits {
        replace(&mut text, "page", &page::tables(visits))?;
    }
    let measured = [&run, &million, &peers, &fanout, &page_visits].map(Option::as_ref);
    replace(&mut text, "targets", &targets::table(measured))?;
    fs::write(report, text)?;
    Ok(())
}

/// Puts `new` between the markers of that name.
fn replace(text: &mut String, name: &str, new: &str) -> anyhow::Result<()> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let (Some(from), Some(to)) = (text.find(&begin), text.find(&end)) else {
        bail!("RESULTS.md has no place for `{name}`");
    };
    text.replace_range(from + begin.len()..to, &format!("\n\n{}\n\n", new.trim_end()));
    Ok(())
}
