//! What bench/million.sh does inside the data: fills it with groups, copies it to PostgreSQL, times its lists.
//!
//! Groups are made by the program's own rules (`laqun::domain`), click by click, so their rows are what calls would have
//! written; only the signed request around the click is left out.

mod copy;
mod fill;
mod list;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use laqun::{
    app::open::{Opened, open},
    config::{self, Below, Overrides},
    domain::{Tenant, directory::DirectoryCache},
};

/// The tenant of the documented sample, which `laqun demo` makes.
const TENANT: i64 = 200_110_004;

/// Fill, copy and time laqun's data.
#[derive(Parser)]
struct Options {
    /// The data folder, begun by `laqun demo --once --data DIR`
    #[arg(long, global = true, default_value = "./data")]
    data: String,
    /// PostgreSQL instead of SQLite in the folder
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// The master key's file; needed on PostgreSQL
    #[arg(long, global = true)]
    master_key_file: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make groups with their tickets, members and timelines
    Fill(fill::Fill),
    /// Copy every row of a SQLite file into the (new, migrated) PostgreSQL
    Copy {
        /// The SQLite file
        #[arg(long)]
        from: PathBuf,
    },
    /// Time the pages of `laqun group list`, each filter alone
    List(list::List),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut flags = Overrides::from([("data", options.data.clone())]);
    flags.extend(options.database_url.clone().map(|url| ("database_url", url)));
    flags.extend(options.master_key_file.clone().map(|path| ("master_key_file", path)));
    let settings = config::load(None, [], &flags, Below::default())?.settings;
    let opened = open(&settings).await?;
    match options.command {
        Command::Fill(fill) => fill.run(&opened).await?,
        Command::Copy { from } => {
            let url = settings.database_url.as_ref().context("copy needs --database-url")?;
            copy::run(&from, url.as_str()).await?;
        }
        Command::List(list) => list.run(&opened).await?,
    }
    opened.store.close().await;
    Ok(())
}

/// The sample tenant and the version of the directory it was read from.
async fn tenant(opened: &Opened) -> anyhow::Result<(Tenant, i64)> {
    let directory = DirectoryCache::default().reload(&opened.store, &opened.key).await?;
    let tenant = directory.tenant(TENANT).context("begin with `laqun demo --once --data DIR`")?;
    Ok((tenant, directory.version))
}
