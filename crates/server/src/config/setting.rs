//! Every setting, declared once: its name, what it takes, and when a change of it takes effect.

use super::LogFormat;
use super::{
    Settings,
    address::{DatabaseUrl, origin},
    given::{Given, Refused, address, flag, networks, optional, seconds, some_text, text, whole},
    log_filter, smtp,
    smtp::SmtpTls,
};
use crate::domain::channel::Pending;

/// What a setting looks like outside a TOML file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Taken as it stands.
    Text,
    /// A number or `true`/`false`, as TOML writes it.
    Literal,
    /// Texts separated by commas.
    List,
}

/// When a change in the file takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// At SIGHUP.
    Reload,
    /// At the next start only.
    Restart,
}

/// A setting.
pub struct Setting {
    /// Its dotted name. The environment variable is `LAQUN_` and the name in capitals, dots as `_`.
    pub key: &'static str,
    /// How it is written in a variable or a flag.
    pub shape: Shape,
    /// When a change takes effect.
    pub change: Change,
    /// Whether its value may hold a password: it is then never shown.
    pub secret: bool,
    /// What is allowed, to be read after "it must be".
    pub allowed: &'static str,
    /// Takes a value, if it is allowed.
    pub(super) put: fn(&mut Settings, &Given) -> Result<(), Refused>,
    /// The value that the settings have.
    pub get: fn(&Settings) -> Given,
}

impl Setting {
    /// The setting of that name.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("LAQUN_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }

    /// Its flag, for those that have one.
    pub fn flag(&self) -> String {
        format!("--{}", self.key.replace(['_', '.'], "-"))
    }

    /// A value as a variable or a flag writes it.
    pub(super) fn read(&self, text: &str) -> Given {
        match self.shape {
            Shape::Text => Given::Text(text.to_owned()),
            Shape::Literal => Given::literal(text),
            Shape::List => Given::listed(text),
        }
    }

    /// Takes a value; the error says what is wrong and what is allowed.
    pub(super) fn take(&self, settings: &mut Settings, given: &Given) -> Result<(), String> {
        (self.put)(settings, given).map_err(|refused| {
            let found = if self.secret { given.kind().to_owned() } else { given.to_string() };
            let why = refused.0.map_or_else(String::new, |why| format!(": {why}"));
            format!("{} must be {}; this is {found}{why}", self.key, self.allowed)
        })
    }
}

const DEFAULTS: Setting = Setting {
    key: "",
    shape: Shape::Text,
    change: Change::Restart,
    secret: false,
    allowed: "",
    put: |_, _| Ok(()),
    get: |_| Given::Nothing,
};

/// All of them, in the order of `laqun.example.toml`.
pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "listen",
        allowed: "an address with a port, such as 127.0.0.1:7700 or [::1]:7700; port 0 takes a free one",
        put: |s, given| address(given).map(|value| s.listen = value),
        get: |s| Given::Text(s.listen.to_string()),
        ..DEFAULTS
    },
    Setting {
        key: "public_url",
        change: Change::Reload,
        // Somebody may write a name and a password into it, which is refused.
        secret: true,
        allowed: "an origin such as https://laqun.example.com",
        put: |s, given| {
            s.public_url = match given {
                Given::Nothing => None,
                given => {
                    origin(text(given)?).map_err(Refused::because)?;
                    Some(text(given)?.to_owned())
                }
            };
            Ok(())
        },
        get: |s| s.public_url.clone().map_or(Given::Nothing, Given::Text),
        ..DEFAULTS
    },
    Setting {
        key: "data",
        allowed: "a folder",
        put: |s, given| some_text(given).map(|value| s.data = value.into()),
        get: |s| Given::Text(s.data.display().to_string()),
        ..DEFAULTS
    },
    Setting {
        key: "database_url",
        secret: true,
        allowed: "the address of a PostgreSQL database, such as \"postgres://laqun@db.example.com/laqun\"",
        put: |s, given| some_text(given).map(|value| s.database_url = Some(DatabaseUrl::new(value))),
        get: |s| s.database_url.as_ref().map_or(Given::Nothing, |url| Given::Text(url.as_str().to_owned())),
        ..DEFAULTS
    },
    Setting {
        key: "master_key_file",
        allowed: "a file",
        put: |s, given| some_text(given).map(|value| s.master_key_file = Some(value.into())),
        get: |s| {
            s.master_key_file.as_ref().map_or(Given::Nothing, |path| Given::Text(path.display().to_string()))
        },
        ..DEFAULTS
    },
    Setting {
        key: "blobs",
        allowed: "a folder",
        put: |s, given| some_text(given).map(|value| s.blobs = Some(value.into())),
        get: |s| s.blobs.as_ref().map_or(Given::Nothing, |path| Given::Text(path.display().to_string())),
        ..DEFAULTS
    },
    Setting {
        key: "unsafe_durability",
        shape: Shape::Literal,
        allowed: "true or false",
        put: |s, given| flag(given).map(|value| s.unsafe_durability = value),
        get: |s| Given::Flag(s.unsafe_durability),
        ..DEFAULTS
    },
    Setting {
        key: "trusted_proxies",
        shape: Shape::List,
        change: Change::Reload,
        allowed: "a list of networks, such as [\"10.0.0.0/8\"]",
        put: |s, given| networks(given).map(|value| s.trusted_proxies = value),
        get: |s| Given::List(s.trusted_proxies.iter().map(|net| Given::Text(net.to_string())).collect()),
        ..DEFAULTS
    },
    Setting {
        key: "allowed_egress",
        shape: Shape::List,
        change: Change::Reload,
        allowed: "a list of networks, such as [\"10.1.0.0/16\"]",
        put: |s, given| networks(given).map(|value| s.allowed_egress = value),
        get: |s| Given::List(s.allowed_egress.iter().map(|net| Given::Text(net.to_string())).collect()),
        ..DEFAULTS
    },
    Setting {
        key: "ops_listen",
        allowed: "an address with a port, such as 127.0.0.1:7701, or \"\" for none; port 0 takes a free one",
        put: |s, given| {
            s.ops_listen = match text(given)? {
                "" => None,
                _ => Some(address(given)?),
            };
            Ok(())
        },
        get: |s| Given::Text(s.ops_listen.map_or_else(String::new, |address| address.to_string())),
        ..DEFAULTS
    },
    Setting {
        key: "drain_delay",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "seconds, 0 or more, decimals allowed",
        put: |s, given| seconds(given).map(|value| s.drain_delay = value),
        get: |s| Given::Decimal(s.drain_delay),
        ..DEFAULTS
    },
    Setting {
        key: "drain_seconds",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "seconds, 0 or more, decimals allowed",
        put: |s, given| seconds(given).map(|value| s.drain_seconds = value),
        get: |s| Given::Decimal(s.drain_seconds),
        ..DEFAULTS
    },
    Setting {
        key: "gateway.clock_skew",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a whole number of seconds, from 0 to 9007199254740992 (2^53)",
        put: |s, given| whole(given, 0, 1 << 53).map(|value| s.gateway.clock_skew = value),
        get: |s| Given::Whole(s.gateway.clock_skew.into()),
        ..DEFAULTS
    },
    Setting {
        key: "gateway.business_error_code",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a whole number from 0 to 65535; 50 as the API's page shows, or 15",
        put: |s, given| whole(given, 0, 65_535).map(|value| s.gateway.business_error_code = value),
        get: |s| Given::Whole(s.gateway.business_error_code.into()),
        ..DEFAULTS
    },
    Setting {
        key: "gateway.failed_signatures_per_minute",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a whole number from 0 to 4294967295",
        put: |s, given| {
            whole(given, 0, u32::MAX.into()).map(|value| s.gateway.failed_signatures_per_minute = value)
        },
        get: |s| Given::Whole(s.gateway.failed_signatures_per_minute.into()),
        ..DEFAULTS
    },
    Setting {
        key: "channel.patience",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "seconds, 0 or more, decimals allowed, such as 3 or 0.5",
        put: |s, given| seconds(given).map(|value| s.channel.patience = value),
        get: |s| Given::Decimal(s.channel.patience),
        ..DEFAULTS
    },
    Setting {
        key: "channel.pending",
        change: Change::Reload,
        allowed: "\"200\", \"202\" or \"error\"",
        put: |s, given| {
            let word = text(given)?;
            Pending::from_word(word).ok_or(Refused::default())?;
            word.clone_into(&mut s.channel.pending);
            Ok(())
        },
        get: |s| Given::Text(s.channel.pending.clone()),
        ..DEFAULTS
    },
    Setting {
        key: "files.max_bytes",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a whole number of bytes, from 1024 to 104857600 (100 MiB)",
        put: |s, given| whole(given, 1024, 100 << 20).map(|value| s.files.max_bytes = value),
        get: |s| Given::Whole(s.files.max_bytes.into()),
        ..DEFAULTS
    },
    Setting {
        key: "files.group_bytes",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a whole number of bytes, from 1024 to 1099511627776 (1 TiB)",
        put: |s, given| whole(given, 1024, 1 << 40).map(|value| s.files.group_bytes = value),
        get: |s| Given::Whole(s.files.group_bytes.into()),
        ..DEFAULTS
    },
    Setting {
        key: "chat.messages_per_10_seconds",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a whole number from 0 to 4294967295; 0 is no limit",
        put: |s, given| whole(given, 0, u32::MAX.into()).map(|value| s.chat.messages_per_10_seconds = value),
        get: |s| Given::Whole(s.chat.messages_per_10_seconds.into()),
        ..DEFAULTS
    },
    Setting {
        key: "smtp.host",
        change: Change::Reload,
        allowed: "the name or address of a mail server, such as \"smtp.example.com\"",
        put: |s, given| optional(given).map(|value| s.smtp.host = value.map(Into::into)),
        get: |s| s.smtp.host.clone().map_or(Given::Nothing, Given::Text),
        ..DEFAULTS
    },
    Setting {
        key: "smtp.port",
        shape: Shape::Literal,
        change: Change::Reload,
        allowed: "a port from 0 to 65535; 0 is the usual one: 587, 465 with tls = \"tls\", 25 with tls = \"none\"",
        put: |s, given| whole(given, 0, 65_535).map(|value| s.smtp.port = value),
        get: |s| Given::Whole(s.smtp.port.into()),
        ..DEFAULTS
    },
    Setting {
        key: "smtp.tls",
        change: Change::Reload,
        allowed: "\"starttls\", \"tls\" or \"none\"",
        put: |s, given| {
            SmtpTls::from_word(text(given)?).map(|value| s.smtp.tls = value).ok_or(Refused::default())
        },
        get: |s| Given::Text(s.smtp.tls.word().to_owned()),
        ..DEFAULTS
    },
    Setting {
        key: "smtp.user",
        change: Change::Reload,
        allowed: "the name to sign in with at the mail server",
        put: |s, given| optional(given).map(|value| s.smtp.user = value.map(Into::into)),
        get: |s| s.smtp.user.clone().map_or(Given::Nothing, Given::Text),
        ..DEFAULTS
    },
    Setting {
        key: "smtp.password_file",
        change: Change::Reload,
        allowed: "a file with the password",
        put: |s, given| optional(given).map(|value| s.smtp.password_file = value.map(Into::into)),
        get: |s| {
            s.smtp
                .password_file
                .as_ref()
                .map_or(Given::Nothing, |path| Given::Text(path.display().to_string()))
        },
        ..DEFAULTS
    },
    Setting {
        key: "smtp.from",
        change: Change::Reload,
        allowed: "an e-mail address, such as \"laqun@example.com\" or \"云杉售后 <kf@example.com>\"",
        put: |s, given| {
            let value = optional(given)?;
            value.map_or(Ok(()), smtp::sender).map_err(Refused::because)?;
            s.smtp.from = value.map(Into::into);
            Ok(())
        },
        get: |s| s.smtp.from.clone().map_or(Given::Nothing, Given::Text),
        ..DEFAULTS
    },
    Setting {
        key: "log.format",
        allowed: "\"text\" or \"json\"",
        put: |s, given| {
            s.log.format = match text(given)? {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err(Refused::default()),
            };
            Ok(())
        },
        get: |s| Given::Text(s.log.format.word().to_owned()),
        ..DEFAULTS
    },
    Setting {
        key: "log.level",
        change: Change::Reload,
        allowed: "off, error, warn, info, debug or trace, or a filter such as \"info,store=debug\"",
        put: |s, given| {
            log_filter::parse(text(given)?).map_err(Refused::because)?;
            text(given)?.clone_into(&mut s.log.level);
            Ok(())
        },
        get: |s| Given::Text(s.log.level.clone()),
        ..DEFAULTS
    },
];
