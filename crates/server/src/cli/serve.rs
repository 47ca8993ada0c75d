//! `laqun serve`.

use clap::Args;

use super::{Failure, Global, LogFlags, print};
use crate::{
    app::open::{open, take_folder},
    config::{Below, Overrides, Source},
    descriptors, observe, ops,
    serve::{Ended, Parts, Signals, bind, start},
    supervisor,
};

/// Serve until SIGTERM or Ctrl-C.
///
/// At SIGHUP the settings are read again; what cannot change while the server runs is told in the log. At SIGTERM or Ctrl-C
/// it says on /readyz that it is not ready, goes on accepting for drain_delay seconds, and gives the calls at hand
/// drain_seconds to end; a second signal ends it at once. Exit code 0 if nothing was cut off, else 1.
///
/// Under systemd it takes the socket that it is passed, and says when it is ready, reads its settings again, and ends.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 takes a free one and prints it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How browsers and phones reach this server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where operations are: metrics, details of health, the log's level. Default 127.0.0.1:7701; "" means nowhere.
    #[arg(long, value_name = "ADDRESS:PORT")]
    ops_listen: Option<String>,
    #[command(flatten)]
    log: LogFlags,
}

impl Serve {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let mut flags = Overrides::new();
        flags.extend(self.listen.map(|v| ("listen", v)));
        flags.extend(self.public_url.map(|v| ("public_url", v)));
        flags.extend(self.ops_listen.map(|v| ("ops_listen", v)));
        flags.extend(self.log.into_overrides());
        // Above all else: that socket is open already, whatever the settings say.
        let passed = supervisor::listener().map_err(Failure::Usage)?;
        if let Some(listener) = &passed {
            flags.push(("listen", listener.local_addr()?.to_string()));
        }
        let (loaded, origin) = global.loaded_above(Below::default(), flags)?;
        let ops_asked_for = *loaded.source("ops_listen") != Source::Default;
        let settings = loaded.settings;
        if let Some(why) = settings.cannot_serve() {
            return Err(Failure::Usage(anyhow::anyhow!(why)));
        }
        let signals = Signals::listen_for_all()?;
        let (logging, _log) = observe::log::start(&settings.log)?;
        for warning in &loaded.warnings {
            tracing::warn!(warning, "a doubt about the settings");
        }
        descriptors::raise();
        let folder = take_folder(&settings)?;
        let how = if passed.is_some() { " (a socket that was passed in)" } else { "" };
        let listener = match passed {
            Some(listener) => listener,
            None => bind(settings.listen).await?,
        };
        let ops = match settings.ops_listen {
            Some(address) => ops::bind(address, ops_asked_for).await?,
            None => None,
        };
        let opened = open(&settings).await?;
        let serving = start(Parts { settings, opened, folder, listener, ops, logging }).await?;
        let (address, live) = (serving.address, serving.app.live());
        let url = live.public_url.as_str();
        if !live.loopback && url.starts_with("http://") {
            tracing::warn!(
                url,
                "serving plain http beyond this machine: cookies and group links travel unencrypted"
            );
        }
        let value = serde_json::json!({
            "listening": address.to_string(), "passed_in": !how.is_empty(), "url": url, "ops": serving.ops,
        });
        let ops = serving.ops.map_or_else(String::new, |ops| format!(", operations on http://{ops}"));
        let sentence = format!("laqun listens on {address}{how}, public address {url}{ops}");
        print::done(global.json, &sentence, &value);
        supervisor::ready();
        supervisor::stay_alive();
        match serving.until_signal(signals, Some(&origin)).await? {
            Ended::Whole => Ok(()),
            Ended::CutOff => Err(Failure::Said),
        }
    }
}
