//! A value as somebody gave it, whichever way, and reading it as what a setting wants.

use std::{fmt, net::SocketAddr, time::Duration};

use ipnet::IpNet;
use toml::de::DeValue;

/// A value before it is known whether it is allowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// None: what an optional setting is without one.
    Nothing,
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i128),
    /// A number with decimals.
    Decimal(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A list.
    List(Vec<Given>),
    /// What no setting takes, such as a date; how it is called.
    Other(&'static str),
}

/// The most characters of a value that a message shows.
const SHOWN: usize = 60;

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Text(text) if text.chars().count() > SHOWN => {
                let cut: String = text.chars().take(SHOWN).collect();
                write!(f, "{cut:?}…")
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Whole(number) => number.fmt(f),
            Self::Decimal(number) => write!(f, "{number:?}"),
            Self::Flag(yes) => yes.fmt(f),
            Self::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

impl Given {
    /// The kind of value, for messages that must not show it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a text",
            Self::Whole(_) | Self::Decimal(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }

    /// A value of a TOML document.
    pub(super) fn of(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => {
                let read = i128::from_str_radix(number.as_str(), number.radix());
                read.map_or(Self::Other("a number that is too large"), Self::Whole)
            }
            DeValue::Float(number) => {
                number.as_str().parse().map_or(Self::Other("a number that is too large"), Self::Decimal)
            }
            DeValue::Boolean(yes) => Self::Flag(*yes),
            DeValue::Array(items) => Self::List(items.iter().map(|item| Self::of(item.get_ref())).collect()),
            DeValue::Datetime(_) => Self::Other("a date"),
            DeValue::Table(_) => Self::Other("a section"),
        }
    }

    /// A number or `true`/`false`, as TOML writes it; what is neither stays a text.
    pub(super) fn literal(text: &str) -> Self {
        match DeValue::parse(text.trim()).map(|value| Self::of(value.get_ref())) {
            Ok(value @ (Self::Whole(_) | Self::Decimal(_) | Self::Flag(_))) => value,
            _ => Self::Text(text.to_owned()),
        }
    }

    /// Texts separated by commas.
    pub(super) fn listed(text: &str) -> Self {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Self::List(items.map(|item| Self::Text(item.to_owned())).collect())
    }
}

/// Why a value is not taken; more than what the setting says is allowed, if there is more to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Refused(pub(super) Option<String>);

impl Refused {
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self(Some(why.into()))
    }
}

type Read<T> = Result<T, Refused>;

pub(super) fn text(given: &Given) -> Read<&str> {
    match given {
        Given::Text(text) => Ok(text),
        _ => Err(Refused::default()),
    }
}

/// A text that is not empty: an empty one is a value that somebody forgot to fill in.
pub(super) fn some_text(given: &Given) -> Read<&str> {
    let text = text(given)?;
    if text.is_empty() { Err(Refused::default()) } else { Ok(text) }
}

/// The same, or nothing: what a setting without a default becomes when it is taken out of the file again.
pub(super) fn optional(given: &Given) -> Read<Option<&str>> {
    if *given == Given::Nothing { Ok(None) } else { some_text(given).map(Some) }
}

pub(super) fn flag(given: &Given) -> Read<bool> {
    match given {
        Given::Flag(yes) => Ok(*yes),
        _ => Err(Refused::default()),
    }
}

pub(super) fn whole<T: TryFrom<i128>>(given: &Given, least: i128, most: i128) -> Read<T> {
    match given {
        Given::Whole(number) if (least..=most).contains(number) => {
            T::try_from(*number).map_err(|_| Refused::default())
        }
        _ => Err(Refused::default()),
    }
}

/// Seconds, decimals allowed.
pub(super) fn seconds(given: &Given) -> Read<f64> {
    #[expect(clippy::cast_precision_loss, reason = "nobody waits so long that a second would be lost")]
    let number = match given {
        Given::Whole(number) => *number as f64,
        Given::Decimal(number) => *number,
        _ => return Err(Refused::default()),
    };
    Duration::try_from_secs_f64(number).map(|_| number).map_err(|_| Refused::default())
}

pub(super) fn address(given: &Given) -> Read<SocketAddr> {
    let text = text(given)?;
    text.parse().map_err(|_| {
        if text.contains("localhost") {
            Refused::because("write 127.0.0.1 for localhost")
        } else if !text.contains(':') {
            Refused::because("the port is missing")
        } else {
            Refused::default()
        }
    })
}

pub(super) fn networks(given: &Given) -> Read<Vec<IpNet>> {
    let Given::List(items) = given else { return Err(Refused::default()) };
    let network = |item: &Given| {
        let text = text(item)?;
        text.parse().map_err(|_| match text.parse::<std::net::IpAddr>() {
            Ok(ip) => Refused::because(format!(
                "write {ip}/{} for one address",
                if ip.is_ipv4() { 32 } else { 128 }
            )),
            Err(_) => Refused::because(format!("{item} is none")),
        })
    };
    items.iter().map(network).collect()
}
