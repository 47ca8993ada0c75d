//! E-mail by SMTP: to the operator's own server, as `[smtp]` says.

use std::{path::Path, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};

use super::Failed;
use crate::config::{Smtp, SmtpTls};

/// How long each answer of the server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A letter to one person.
#[derive(Debug, Clone)]
pub struct Mail<'a> {
    /// To whom.
    pub to: &'a str,
    /// The same for each attempt, so that a mailbox can drop what it has.
    pub id: &'a str,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Whether an address can be written to.
pub fn check(address: &str) -> bool {
    address.parse::<Address>().is_ok() && address.len() <= 254
}

/// Sends it once. What proves it: the server's reply.
pub async fn send(smtp: &Smtp, mail: &Mail<'_>) -> Result<String, Failed> {
    const SETTINGS: &str = "correct [smtp] in the settings: laqun config check, then laqun config show";
    const ADDRESS: &str = "correct the address: laqun staff set STAFF_ID --email ADDRESS";
    let host = smtp.host.as_deref().ok_or_else(|| Failed::later("smtp.host is not set"))?;
    let from = smtp.sender(host).parse::<Mailbox>();
    let from = from.map_err(|e| Failed::Never { cause: format!("smtp.from: {e}"), remedy: SETTINGS })?;
    let to = mail.to.parse::<Mailbox>();
    let to = to.map_err(|e| Failed::Never { cause: format!("the address: {e}"), remedy: ADDRESS })?;
    let domain = from.email.domain().to_owned();
    let message = Message::builder()
        .from(from)
        .to(to)
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .subject(super::plain(&mail.subject, 200))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|e| Failed::Never { cause: e.to_string(), remedy: ADDRESS })?;
    let transport = transport(smtp, host).map_err(Failed::later)?;
    match transport.send(message).await {
        Ok(reply) => {
            let said: String = reply.message().collect::<Vec<_>>().join(" ");
            Ok(format!("SMTP {} {}", reply.code(), super::plain(&said, 200)).trim_end().to_owned())
        }
        Err(error) if error.is_permanent() => Err(Failed::Never { cause: reason(&error), remedy: ADDRESS }),
        Err(error) => Err(Failed::later(reason(&error))),
    }
}

fn transport(smtp: &Smtp, host: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    // Two libraries may have chosen a provider already; whichever it is will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let parameters = || TlsParameters::new(host.to_owned()).map_err(|e| e.to_string());
    let tls = match smtp.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Starttls => Tls::Required(parameters()?),
        SmtpTls::Tls => Tls::Wrapper(parameters()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(smtp.port())
        .tls(tls)
        .hello_name(ClientId::Domain("laqun".to_owned()))
        .timeout(Some(TIMEOUT));
    if let Some(user) = &smtp.user {
        builder =
            builder.credentials(Credentials::new(user.clone(), password(smtp.password_file.as_deref())?));
    }
    Ok(builder.build())
}

/// The password's file is read each time: it can be replaced while the server runs.
fn password(file: Option<&Path>) -> Result<String, String> {
    let file = file.ok_or("smtp.user is set and smtp.password_file is not")?;
    let text =
        std::fs::read_to_string(file).map_err(|e| format!("smtp.password_file {}: {e}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Why it was not taken, in one line: the server's reply where there is one.
fn reason(error: &lettre::transport::smtp::Error) -> String {
    let mut said = match error.status() {
        Some(code) => format!("SMTP {code}: {error}"),
        None => error.to_string(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let more = error.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        source = error.source();
    }
    super::plain(&said, 300)
}
