//! `laqun app set`, `on`, `off`.

use clap::Args;
use ipnet::IpNet;

use super::{network, view};
use crate::{
    cli::{Failure, Global, print, session::Session},
    domain::{
        app::{self, AppChange},
        change::Change,
    },
};

/// What is to change.
#[derive(Debug, Args)]
#[command(override_usage = "laqun app set <KEY> CHANGES")]
pub(in crate::cli) struct Set {
    /// The AppKey.
    key: String,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// A name for people.
    #[arg(long)]
    name: Option<String>,
    /// Networks or addresses it may call from, instead of those it has.
    #[arg(long, value_name = "NETWORK", value_parser = network, conflicts_with = "any_ip")]
    allow_ip: Vec<IpNet>,
    /// Let it call from anywhere.
    #[arg(long)]
    any_ip: bool,
    /// Calls a second it may make.
    #[arg(long, conflicts_with = "no_limit")]
    calls_per_second: Option<u32>,
    /// Let it make any number of calls.
    #[arg(long)]
    no_limit: bool,
}

impl Set {
    pub(super) async fn run(self, global: &Global, session: &Session) -> Result<(), Failure> {
        let Changes { name, allow_ip, any_ip, calls_per_second, no_limit } = self.changes;
        let allow_ip = (!allow_ip.is_empty()).then_some(allow_ip);
        let change = AppChange {
            name,
            enabled: None,
            allow_ip: Change::of(allow_ip, any_ip),
            calls_per_second: Change::of(calls_per_second, no_limit),
        };
        let sentence = format!("app {} changed", self.key);
        write(global, session, self.key, change, &sentence).await
    }
}

pub(super) async fn switch(global: &Global, session: &Session, key: String, on: bool) -> Result<(), Failure> {
    let change = AppChange { enabled: Some(on), ..AppChange::default() };
    let sentence = format!("app {key} is {}", if on { "on" } else { "off: its calls are refused" });
    write(global, session, key, change, &sentence).await
}

async fn write(
    global: &Global,
    session: &Session,
    key: String,
    change: AppChange,
    sentence: &str,
) -> Result<(), Failure> {
    let actor = session.actor();
    let row = session.write("app.set", move |tx| app::set(tx, &actor, &key, change.clone())).await?;
    print::done(global.json, sentence, &view(&row));
    Ok(())
}
