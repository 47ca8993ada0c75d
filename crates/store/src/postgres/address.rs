//! Where PostgreSQL is, and whether the way there is encrypted.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::Error;

/// A parsed address.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    /// None: plain. Some: TLS, and the server is verified, name included.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// The file of certificates that the address names.
    pub(super) root: Option<String>,
    /// A server that says nothing for so long is taken for dead. Longer than any statement may run.
    pub(super) silence: Duration,
    /// How long the server lets a statement run.
    pub(super) statement_timeout: Duration,
}

impl Address {
    /// Reads a URL or `key=value` words. `sslmode` and `sslrootcert` are read here, the driver does not know all of them.
    ///
    /// Invariant: there is no encryption without verification. `require`, `verify-ca` and `verify-full` all verify chain and
    /// name. Without an `sslmode` (or with `prefer`) this machine itself is reached plainly and any other by TLS; only
    /// an explicit `sslmode=disable` sends data over a network in the clear.
    pub(super) fn parse(text: &str, statement_timeout: Duration) -> Result<Self, Error> {
        let (rest, mode, root) = split(text);
        let mut config: Config =
            rest.parse().map_err(|error: tokio_postgres::Error| Error::Address(explain(&error)))?;
        let local = config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
            }
            Host::Unix(_) => true,
        });
        let encrypted = match mode.as_deref() {
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            None | Some("prefer" | "allow") => !local || root.is_some(),
            Some(other) => {
                return Err(Error::Address(format!(
                    "sslmode={other} is unknown; say disable, require or verify-full"
                )));
            }
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        if config.get_application_name().is_none() {
            config.application_name("laqun");
        }
        if config.get_user().is_none() {
            return Err(Error::Address("it names no user".to_owned()));
        }
        let tls = encrypted.then(|| client(root.as_deref())).transpose()?;
        config.keepalives_idle(Duration::from_secs(30));
        let silence = silence(statement_timeout);
        Ok(Self { config, tls, root, silence, statement_timeout })
    }

    /// The same place, for statements that may run so long.
    pub(super) fn patient(&self, statement_timeout: Duration) -> Self {
        Self { silence: silence(statement_timeout), statement_timeout, ..self.clone() }
    }
}

fn silence(statement_timeout: Duration) -> Duration {
    statement_timeout + Duration::from_secs(10)
}

fn client(root: Option<&str>) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = root {
        let unreadable = |error| Error::Address(format!("sslrootcert={path}: {error}"));
        for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
            let certificate = certificate.map_err(unreadable)?;
            roots.add(certificate).map_err(|error| Error::Address(format!("sslrootcert={path}: {error}")))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(Error::Address(
            "no certificate to trust; name one with sslrootcert=FILE, or install ca-certificates".to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Address(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Takes `sslmode` and `sslrootcert` out of an address.
fn split(text: &str) -> (String, Option<String>, Option<String>) {
    let (mut mode, mut root) = (None, None);
    let mut keep = |key: &str, value: String| {
        match key {
            "sslmode" => mode = Some(value),
            "sslrootcert" => root = Some(value),
            _ => return true,
        }
        false
    };
    let rest = if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                !pair.is_empty() && keep(key, unescape(value))
            })
            .collect();
        if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) }
    } else {
        let kept: Vec<&str> = words(text)
            .into_iter()
            .filter(|word| {
                let (key, value) = word.split_once('=').unwrap_or((word, ""));
                keep(key.trim(), value.trim().trim_matches('\'').to_owned())
            })
            .collect();
        kept.join(" ")
    };
    (rest, mode, root)
}

/// Splits at blanks outside of single quotes.
fn words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let blank = |c: char| {
        quoted ^= c == '\'';
        c.is_whitespace() && !quoted
    };
    text.split(blank).filter(|word| !word.is_empty()).collect()
}

/// Undoes `%2F` and the like in a path.
fn unescape(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The driver's errors say "error connecting to server" and keep the reason to themselves.
pub(super) fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(source) = inner {
        text = format!("{text}: {source}");
        inner = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_plain_only_at_home_or_on_demand() {
        let encrypted =
            |text: &str| Address::parse(text, Duration::from_secs(1)).map(|address| address.tls.is_some());
        assert!(!encrypted("host=127.0.0.1 user=app").unwrap());
        assert!(!encrypted("host=/run/postgresql user=app").unwrap());
        assert!(!encrypted("postgres://app@localhost/x").unwrap());
        assert!(!encrypted("postgres://app@db.example.org/x?sslmode=disable&connect_timeout=3").unwrap());
        assert!(encrypted("host=127.0.0.1 user=app sslmode=maybe").is_err());
        assert!(encrypted("host=127.0.0.1").is_err());
        let missing = encrypted("postgres://app@db.example.org/x?sslrootcert=%2Fno%20where.pem");
        assert!(missing.unwrap_err().to_string().contains("/no where.pem"));
    }

    #[test]
    fn quoted_words_stay_whole() {
        let (rest, mode, root) = split("host=h  password='a b' sslmode=verify-full sslrootcert='/x y'");
        assert_eq!(rest, "host=h password='a b'");
        assert_eq!((mode.as_deref(), root.as_deref()), (Some("verify-full"), Some("/x y")));
    }
}
