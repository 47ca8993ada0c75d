//! `laqun serve`.

use clap::Args;

use super::{Failure, Global, print};
use crate::{
    app::open::{open, take_folder},
    config::Overrides,
    observe,
    serve::{bind, start},
};

/// Serve until SIGTERM or Ctrl-C.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 takes a free one and prints it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How browsers and phones reach this server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let mut flags = Overrides::new();
        flags.extend(self.listen.map(|v| ("listen", v)));
        flags.extend(self.public_url.map(|v| ("public_url", v)));
        let settings = global.settings(flags)?;
        if settings.listen.ip().is_unspecified() && settings.public_url.is_none() {
            return Err(Failure::Usage(anyhow::anyhow!(
                "listening on every address: say with --public-url how browsers and phones reach this server"
            )));
        }
        let _log = observe::start(&settings.log)?;
        let folder = take_folder(&settings)?;
        let listener = bind(settings.listen).await?;
        let opened = open(&settings).await?;
        let serving = start(settings, opened, folder, listener).await?;
        let (address, url) = (serving.address, serving.app.public_url.clone());
        if !serving.app.loopback && url.starts_with("http://") {
            tracing::warn!(
                url,
                "serving plain http beyond this machine: cookies and group links travel unencrypted"
            );
        }
        let value = serde_json::json!({"listening": address.to_string(), "url": url});
        print::done(global.json, &format!("laqun listens on {address}, public address {url}"), &value);
        serving.until_signal().await?;
        Ok(())
    }
}
