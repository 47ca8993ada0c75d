//! Settings: file < environment (`LAQUN_…`) < flag.

mod address;
mod layers;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;

pub use address::{DatabaseUrl, origin};
pub use layers::{Below, ConfigError, KEYS, Overrides, load};

/// Everything that can be set. `laqun.example.toml` lists it with its defaults; a test compares the two.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How browsers and phones reach this server; unset = the listen address. Never taken from a Host header.
    pub public_url: Option<String>,
    /// The data folder: database and master key when SQLite is used.
    pub data: PathBuf,
    /// `postgres://…`; unset = SQLite in the data folder.
    pub database_url: Option<DatabaseUrl>,
    /// A file with the master key; on PostgreSQL it must be given.
    pub master_key_file: Option<PathBuf>,
    /// Start although the database may lose what was answered.
    pub unsafe_durability: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The TOP gateway.
    pub gateway: Gateway,
    /// Defaults of channels.
    pub channel: Channel,
    /// Logging.
    pub log: Log,
}

/// The TOP gateway.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// How far a caller's clock may be off, seconds, up to 2^53.
    pub clock_skew: u64,
    /// The code of backend errors: 50 as the API's page shows, 15 as live traffic elsewhere has it.
    pub business_error_code: u16,
    /// How many failed signatures a minute an app has from one address before it is told to wait there.
    pub failed_signatures_per_minute: u32,
}

/// Defaults of channels; a channel's own row overrides them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channel {
    /// How long a call waits for the platform, seconds, decimals allowed.
    pub patience: f64,
    /// How a call answers then: `200`, `202` or `error`.
    pub pending: String,
}

/// Logging.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// What to log: `info`, `warn`, or a filter such as `laqun=debug,store=warn`.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7700)),
            public_url: None,
            data: PathBuf::from("data"),
            database_url: None,
            master_key_file: None,
            unsafe_durability: false,
            trusted_proxies: Vec::new(),
            gateway: Gateway::default(),
            channel: Channel::default(),
            log: Log::default(),
        }
    }
}

impl Default for Gateway {
    fn default() -> Self {
        Self { clock_skew: 600, business_error_code: 50, failed_signatures_per_minute: 300 }
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self { patience: 3.0, pending: "200".to_owned() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

impl Settings {
    /// [`Channel::patience`] as a duration.
    pub fn patience(&self) -> Duration {
        Duration::try_from_secs_f64(self.channel.patience).unwrap_or(Duration::from_secs(3))
    }

    /// How browsers and phones reach a server that listens on `listening`, spelled as browsers spell an origin.
    pub fn public_url_at(&self, listening: SocketAddr) -> String {
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{listening}"));
        origin(&url).unwrap_or(url)
    }

    /// What cannot be said by types alone, all mistakes at once.
    fn check(&self) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        if self.gateway.clock_skew > 1 << 53 {
            wrong.push("gateway.clock_skew: at most 9007199254740992 (2^53) seconds".to_owned());
        }
        if Duration::try_from_secs_f64(self.channel.patience).is_err() {
            wrong.push("channel.patience: seconds, 0 or more, such as 3 or 0.5".to_owned());
        }
        if crate::domain::channel::Pending::from_word(&self.channel.pending).is_none() {
            wrong.push("channel.pending: one of \"200\", \"202\", \"error\"".to_owned());
        }
        if let Some(Err(why)) = self.public_url.as_deref().map(origin) {
            wrong.push(format!("public_url: {why}"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}
