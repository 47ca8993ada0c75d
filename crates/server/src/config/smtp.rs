//! `[smtp]`: the mail server by which staff are told.

use std::path::PathBuf;

use lettre::message::Mailbox;

/// The mail server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Smtp {
    /// Its name or address; unset = no e-mail is sent.
    pub host: Option<String>,
    /// Its port; 0 = the usual one of `tls`.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// Who signs in there; unset = nobody needs to.
    pub user: Option<String>,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
    /// Whom the letters are from; unset = `laqun@` and the host.
    pub from: Option<String>,
}

/// How a connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SmtpTls {
    /// From the first word on.
    Tls,
    /// After a first word in the clear; a server that cannot is not used.
    #[default]
    Starttls,
    /// Not at all: for a server on this machine.
    None,
}

impl SmtpTls {
    /// The word for it in a file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Starttls => "starttls",
            Self::None => "none",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Tls, Self::Starttls, Self::None].into_iter().find(|tls| tls.word() == word)
    }
}

impl Smtp {
    /// The port to connect to.
    pub const fn port(&self) -> u16 {
        match (self.port, self.tls) {
            (0, SmtpTls::Tls) => 465,
            (0, SmtpTls::Starttls) => 587,
            (0, SmtpTls::None) => 25,
            (port, _) => port,
        }
    }

    /// Whom the letters are from, for a server of that name.
    pub fn sender(&self, host: &str) -> String {
        self.from.clone().unwrap_or_else(|| format!("laqun@{host}"))
    }
}

/// Whether letters can be from there.
pub(super) fn sender(text: &str) -> Result<(), String> {
    text.parse::<Mailbox>().map(|_| ()).map_err(|error| error.to_string())
}
