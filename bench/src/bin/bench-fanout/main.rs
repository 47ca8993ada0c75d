//! Open pages of many groups, and messages to them: how fast they arrive, and what an idle page costs the server.
//!
//! `bench-fanout deliver` prints deliveries a second, latencies from when a message was to be sent until a page has it, and
//! what was lost; `bench-fanout idle` what the server's memory grew by for each page. One JSON object, members only.

#[path = "../bench-peer/connection.rs"]
mod connection;
mod deliver;
mod idle;
mod page;
mod prepare;

use std::io::Write as _;
use std::net::SocketAddr;

use clap::{Parser, Subcommand, ValueEnum};

/// How a page is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// A socket
    Websocket,
    /// Server-sent events
    Sse,
}

#[derive(Debug, Parser)]
struct Options {
    /// The server, with the documented sample app and without a limit of messages a person
    address: SocketAddr,
    /// Now, seconds since 1970
    #[arg(long)]
    now: i64,
    /// What the tickets' ids begin with; new for each run
    #[arg(long)]
    prefix: String,
    /// How many groups
    #[arg(long)]
    groups: usize,
    /// Open pages of each group, half of them staff's
    #[arg(long)]
    pages: usize,
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    /// Messages to open pages
    Deliver(deliver::Options),
    /// Pages to which nothing happens
    Idle(idle::Options),
}

/// A count for a quotient.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = tokio::task::LocalSet::new().block_on(&runtime, async {
        let groups = prepare::groups(options.address, options.now, &options.prefix, options.groups).await?;
        match options.work {
            Work::Deliver(work) => deliver::run(options.address, groups, options.pages, &work).await,
            Work::Idle(work) => idle::run(options.address, groups, options.pages, &work).await,
        }
    })?;
    writeln!(std::io::stdout(), "{measured}")?;
    Ok(())
}
