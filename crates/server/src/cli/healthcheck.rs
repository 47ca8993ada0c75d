//! `laqun healthcheck`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, anyhow};
use clap::Args;

use super::{Failure, Global, print};
use crate::{client::client, config::Overrides};

/// Longer than the server lets its database think about it.
const PATIENCE: Duration = Duration::from_secs(4);

/// Ask the server on this machine whether it is ready.
///
/// For containers, which have nothing else to ask with. Exit code 0 if it is, 1 if it says no, 3 if nobody answers.
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// Where it listens, if not where the settings say.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Healthcheck {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let mut flags = Overrides::new();
        flags.extend(self.listen.map(|v| ("listen", v)));
        let address = reachable(global.settings(flags)?.listen);
        if address.port() == 0 {
            return Err(Failure::Usage(anyhow!(
                "which port the server took is not known: say it with --listen"
            )));
        }
        let http = client(PATIENCE)?;
        let answer = async {
            let answer = http.get(format!("http://{address}/readyz")).send().await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
        };
        let (status, said) = answer
            .await
            .with_context(|| format!("nobody answers on {address}"))
            .map_err(Failure::Unreachable)?;
        if !status.is_success() {
            return Err(Failure::Refused(anyhow!("the server on {address} says: {}", said.trim())));
        }
        print::done(
            global.json,
            "ready",
            &serde_json::json!({"ready": true, "address": address.to_string()}),
        );
        Ok(())
    }
}

/// Who listens on all addresses is reached by this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
