//! `laqun log …`.

use std::{net::SocketAddr, time::Duration};

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Failure, Global, print};
use crate::{client::client, config::Overrides};

/// The log of the server that runs: what it lets through, asked and changed over the operations listener.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Show what is logged now, and what the settings say.
    Show(Server),
    /// Log something else until the next SIGHUP or restart.
    ///
    ///   laqun log set debug
    ///   laqun log set info,store=debug
    Set {
        /// off, error, warn, info, debug or trace, or levels by part such as info,store=debug.
        filter: String,
        #[command(flatten)]
        server: Server,
    },
}

/// Which server.
#[derive(Debug, Args)]
pub(super) struct Server {
    /// Its operations listener; without this, what the settings say.
    #[arg(long, value_name = "ADDRESS:PORT")]
    ops_listen: Option<String>,
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let (server, filter) = match self {
            Self::Show(server) => (server, None),
            Self::Set { filter, server } => (server, Some(filter)),
        };
        let address = server.address(global)?;
        let url = format!("http://{address}/log");
        let http = client(Duration::from_secs(10))?;
        let request = match filter {
            None => http.get(url),
            Some(filter) => http.put(url).body(filter),
        };
        let unreachable = |error: reqwest::Error| {
            Failure::Unreachable(anyhow::Error::new(error).context(format!(
                "no operations listener answers on {address}; is `laqun serve` running, and is this its ops_listen?"
            )))
        };
        let answer = request.send().await.map_err(unreachable)?;
        let taken = answer.status().is_success();
        let value: Value = serde_json::from_str(&answer.text().await.map_err(unreachable)?)?;
        if !taken {
            return Err(Failure::Usage(anyhow::anyhow!("{}", value["error"].as_str().unwrap_or("refused"))));
        }
        print::object(global.json, &print::members(value));
        Ok(())
    }
}

impl Server {
    fn address(self, global: &Global) -> Result<SocketAddr, Failure> {
        let flags: Overrides = self.ops_listen.map(|v| ("ops_listen", v)).into_iter().collect();
        let settings = global.settings(flags)?;
        let none = || anyhow::anyhow!("there is no operations listener: ops_listen is empty");
        let address = settings.ops_listen.ok_or_else(none).map_err(Failure::Usage)?;
        if address.port() == 0 {
            let which = "ops_listen has port 0: say with --ops-listen which one the server took and printed";
            return Err(Failure::Usage(anyhow::anyhow!(which)));
        }
        Ok(address)
    }
}
