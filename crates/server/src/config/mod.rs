//! Settings: file < environment (`LAQUN_…`) < flag.

mod address;
mod file;
mod given;
mod layers;
pub mod log_filter;
mod mistake;
mod reload;
mod setting;
mod smtp;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;

pub use address::{DatabaseUrl, origin};
pub use given::Given;
pub use layers::{Below, Loaded, Overrides, load, parse};
pub use mistake::{ConfigError, Mistake, Source};
pub use reload::{Origin, Reloaded};
pub use setting::{Change, SETTINGS, Setting, Shape};
pub use smtp::{Smtp, SmtpTls};

/// The folder of files' bytes within the data folder, unless `blobs` names another.
pub const BLOBS: &str = "blobs";

/// Everything that can be set. `laqun.example.toml` lists it with its defaults; a test compares the two.
#[derive(Debug, Clone, PartialEq)]
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
    /// Where the bytes of files are; unset = the folder `blobs` of the data folder.
    pub blobs: Option<PathBuf>,
    /// Start although the database may lose what was answered.
    pub unsafe_durability: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that requests may go to whose address a user chose, although they are not public.
    pub allowed_egress: Vec<IpNet>,
    /// Where metrics, details of health, and the log's level are; none = nowhere. Never the public listener.
    pub ops_listen: Option<SocketAddr>,
    /// How long a server that ends goes on accepting, having said that it is not ready: seconds, decimals allowed.
    pub drain_delay: f64,
    /// How long calls may take to end after that, seconds, decimals allowed.
    pub drain_seconds: f64,
    /// The TOP gateway.
    pub gateway: Gateway,
    /// Defaults of channels.
    pub channel: Channel,
    /// Files that people send.
    pub files: Files,
    /// The group's page.
    pub chat: Chat,
    /// The mail server.
    pub smtp: Smtp,
    /// Logging.
    pub log: Log,
}

/// The TOP gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Gateway {
    /// How far a caller's clock may be off, seconds, up to 2^53.
    pub clock_skew: u64,
    /// The code of backend errors: 50 as the API's page shows, 15 as live traffic elsewhere has it.
    pub business_error_code: u16,
    /// How many failed signatures a minute an app has from one address before it is told to wait there.
    pub failed_signatures_per_minute: u32,
}

/// Defaults of channels; a channel's own row overrides them.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// How long a call waits for the platform, seconds, decimals allowed.
    pub patience: f64,
    /// How a call answers then: `200`, `202` or `error`.
    pub pending: String,
}

/// Files that people send.
#[derive(Debug, Clone, PartialEq)]
pub struct Files {
    /// The most bytes of one.
    pub max_bytes: u64,
    /// The most bytes of all of a group.
    pub group_bytes: u64,
}

/// The group's page.
#[derive(Debug, Clone, PartialEq)]
pub struct Chat {
    /// How many messages a person may send into a group in ten seconds, and how often search it; 0 is no limit.
    pub messages_per_10_seconds: u32,
}

/// Logging.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// What to log: `info`, `warn`, or a filter such as `laqun=debug,store=warn`.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// The word for it in a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Where operations are by default: this machine only.
pub const OPS_LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 7701);

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7700)),
            public_url: None,
            data: PathBuf::from("data"),
            database_url: None,
            master_key_file: None,
            blobs: None,
            unsafe_durability: false,
            trusted_proxies: Vec::new(),
            allowed_egress: Vec::new(),
            ops_listen: Some(SocketAddr::from(OPS_LISTEN)),
            drain_delay: 0.0,
            drain_seconds: 20.0,
            gateway: Gateway::default(),
            channel: Channel::default(),
            files: Files::default(),
            chat: Chat::default(),
            smtp: Smtp::default(),
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

impl Default for Files {
    fn default() -> Self {
        Self { max_bytes: 20 << 20, group_bytes: 1 << 30 }
    }
}

impl Default for Chat {
    fn default() -> Self {
        Self { messages_per_10_seconds: 20 }
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

    /// Where the bytes of files are.
    pub fn blobs(&self) -> PathBuf {
        self.blobs.clone().unwrap_or_else(|| self.data.join(BLOBS))
    }

    /// [`Settings::drain_delay`] as a duration.
    pub fn drain_delay(&self) -> Duration {
        Duration::try_from_secs_f64(self.drain_delay).unwrap_or_default()
    }

    /// [`Settings::drain_seconds`] as a duration.
    pub fn drain_seconds(&self) -> Duration {
        Duration::try_from_secs_f64(self.drain_seconds).unwrap_or(Duration::from_secs(20))
    }

    /// Why a server cannot run on these settings, if it cannot.
    pub fn cannot_serve(&self) -> Option<&'static str> {
        (self.listen.ip().is_unspecified() && self.public_url.is_none()).then_some(
            "listening on every address: say with public_url (--public-url) how browsers and phones reach this server",
        )
    }

    /// Values that are allowed each, and do not go well together.
    fn doubts(&self) -> Vec<String> {
        let mut doubts: Vec<String> = self.cannot_serve().map(Into::into).into_iter().collect();
        if self.drain_seconds < self.channel.patience {
            doubts.push(format!(
                "drain_seconds ({}) is shorter than channel.patience ({}): calls that wait for a platform when the server ends are cut off; make it longer",
                self.drain_seconds, self.channel.patience
            ));
        }
        if self.smtp.user.is_some() && self.smtp.password_file.is_none() {
            doubts.push(
                "smtp.user is set and smtp.password_file is not: the mail server will refuse the sign-in"
                    .to_owned(),
            );
        }
        if self.smtp.user.is_some() && self.smtp.tls == SmtpTls::None {
            doubts.push(
                "smtp.tls is none: the mail server's password goes over the network in the clear".to_owned(),
            );
        }
        if self.ops_listen.is_some_and(|ops| !ops.ip().is_loopback()) {
            doubts.push(
                "ops_listen is open beyond this machine: metrics and the log's level have no password there; let only your monitoring reach it"
                    .to_owned(),
            );
        }
        doubts
    }
}
