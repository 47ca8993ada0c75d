//! The public address: what answers there, and whether it is this server.

use std::time::Duration;

use store::MasterKey;

use super::{facts::Facts, finding::Finding};
use crate::{
    app::{clock::Clock, ids::Ids, is_loopback_url},
    client,
    health::{PROOF, proof},
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What answered.
pub(super) enum Reply {
    /// Nothing did.
    Nothing(String),
    /// Something that is neither an answer of laqun's nor a way to one.
    Answer {
        status: u16,
        /// Where it points to, if it points elsewhere.
        location: Option<String>,
        /// It says what `/healthz` says.
        is_laqun: bool,
        /// It holds the master key; none without the key to compare.
        is_ours: Option<bool>,
        /// Its `Date`, milliseconds since 1970.
        date_ms: Option<i64>,
        /// When it was asked.
        asked_ms: i64,
    },
}

/// Asks servers who they are.
pub(super) struct Ask {
    key: Option<MasterKey>,
    ids: Ids,
}

impl Ask {
    pub(super) fn new(key: Option<MasterKey>, ids: Ids) -> Self {
        Self { key, ids }
    }

    /// The same as [`Ask::laqun`], from a thread that may wait.
    pub(super) fn blocking(&self, url: &str) -> Reply {
        tokio::runtime::Handle::current().block_on(self.laqun(url))
    }

    /// Asks `/healthz` of a base address, with a challenge that only a holder of the master key can answer.
    pub(super) async fn laqun(&self, url: &str) -> Reply {
        match self.reply(url).await {
            Ok(reply) => reply,
            Err(error) => {
                let mut text = error.to_string();
                let mut inner = std::error::Error::source(&error);
                while let Some(source) = inner {
                    text = source.to_string();
                    inner = source.source();
                }
                Reply::Nothing(text)
            }
        }
    }

    async fn reply(&self, url: &str) -> Result<Reply, reqwest::Error> {
        let http = client::builder(PATIENCE).redirect(reqwest::redirect::Policy::none()).build()?;
        let challenge = data_encoding::HEXLOWER.encode(&self.ids.random::<16>());
        let asked_ms = Clock::System.now_ms();
        let answer = http.get(format!("{url}/healthz?challenge={challenge}")).send().await?;
        let header = |name: &str| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        let shown = header(PROOF.as_str());
        let is_ours = self.key.as_ref().map(|key| shown.as_deref() == Some(proof(key, &challenge).as_str()));
        let date = header("date").and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
        let date_ms = date.map(|date| date.timestamp().as_millisecond());
        let (status, location) = (answer.status().as_u16(), header("location"));
        let is_laqun = status == 200 && shown.is_some();
        Ok(Reply::Answer { status, location, is_laqun, is_ours, date_ms, asked_ms })
    }
}

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let Some(url) = facts.public_url() else {
        if !facts.settings.listen.ip().is_unspecified() {
            return vec![Finding::skipped(
                "public_url",
                "not set, and the port is known only when the server listens",
            )];
        }
        return vec![Finding::problem(
            "public_url",
            "not set, and a server that listens on every address does not start without it",
            "set public_url (LAQUN_PUBLIC_URL) to the address that browsers and phones use",
        )];
    };
    let mut findings = vec![reach(facts, &url)];
    if is_loopback_url(&url) {
        findings.push(Finding::warning(
            "public_url.scope",
            format!("{url}: links and QR codes work on this machine only, no phone can open them"),
            "set public_url (LAQUN_PUBLIC_URL) to an address that phones reach, such as https://laqun.example.com",
        ));
    } else if url.starts_with("http://") {
        findings.push(Finding::warning(
            "public_url.scope",
            format!("{url}: sign-in and customers' links cross the network in the clear"),
            "put a proxy with a certificate before this server, and set public_url to its https address",
        ));
    }
    findings
}

fn reach(facts: &Facts, url: &str) -> Finding {
    const CHECK: &str = "public_url";
    let path = format!("{url}/healthz");
    match &facts.public {
        Some(Reply::Answer { is_laqun: true, is_ours: Some(true), .. }) => {
            Finding::ok(CHECK, format!("{url}: this server answers"))
        }
        Some(Reply::Answer { is_laqun: true, is_ours: None, .. }) => {
            Finding::ok(CHECK, format!("{url}: a laqun answers; without the key nobody can tell whose"))
        }
        Some(Reply::Answer { is_laqun: true, .. }) => Finding::problem(
            CHECK,
            format!("{url}: a laqun on other data answers"),
            "point the proxy (or the name) at this server, or correct public_url (LAQUN_PUBLIC_URL)",
        ),
        Some(Reply::Answer { status, location: Some(location), .. }) => Finding::problem(
            CHECK,
            format!("{path} is redirected ({status}) to {location}"),
            "set public_url (LAQUN_PUBLIC_URL) to the address it leads to: phones and SDKs are not to be sent around",
        ),
        Some(Reply::Answer { status, .. }) => Finding::problem(
            CHECK,
            format!("{path}: HTTP {status}, and not from laqun"),
            format!(
                "make the proxy pass {url}/ to {} with path and query as they are, or correct public_url (LAQUN_PUBLIC_URL)",
                facts.settings.listen
            ),
        ),
        Some(Reply::Nothing(error)) if facts.is_served() => Finding::problem(
            CHECK,
            format!("{path}: {error}"),
            format!(
                "check name, proxy and firewall with `curl -v {path}`, or correct public_url (LAQUN_PUBLIC_URL); if `serve` was given --listen, give it to `doctor` too"
            ),
        ),
        Some(Reply::Nothing(error)) => Finding::skipped(
            CHECK,
            format!(
                "no server works on this data folder, and {url} does not answer ({error}): ask again while `laqun serve` runs"
            ),
        ),
        None => Finding::skipped(CHECK, "the address is not known before the server listens"),
    }
}
