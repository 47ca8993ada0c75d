//! Pages to which nothing happens: what they cost the server's memory.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::page::Page;
use crate::prepare::Group;
use crate::{Transport, float};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's process
    #[arg(long)]
    pid: u32,
    /// How long to wait before memory is read: each page is to be pinged once, seconds
    #[arg(long, default_value_t = 20)]
    settle: u64,
    /// How pages are told
    #[arg(long, value_enum, default_value = "websocket")]
    transport: Transport,
}

pub(crate) async fn run(
    address: SocketAddr,
    groups: Vec<Group>,
    pages: usize,
    options: &Options,
) -> anyhow::Result<String> {
    sleep(Duration::from_secs(2)).await;
    let before = resident(options.pid)?;
    let mut opened = 0_u64;
    for group in &groups {
        for place in 0..pages {
            let seat = if place % 2 == 0 { &group.staff } else { &group.customer };
            let mut page = Page::open(address, seat, options.transport).await?;
            // Whoever does not read answers no ping.
            spawn_local(async move { while let Ok(Some(_)) = page.next().await {} });
            opened += 1;
        }
    }
    sleep(Duration::from_secs(options.settle)).await;
    let after = resident(options.pid)?;
    let grown = after.saturating_sub(before);
    Ok(format!(
        r#""open":{opened},"before_kb":{before},"after_kb":{after},"page_kb":{:.2}"#,
        float(grown) / float(opened.max(1))
    ))
}

/// Resident memory, KiB.
fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("resident memory")?;
    Ok(line.split_whitespace().next().context("a number")?.parse()?)
}
