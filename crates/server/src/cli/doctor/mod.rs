//! `laqun doctor`: what operation hangs on, checked, with a remedy for each fault.

mod blobs;
mod clock;
mod config;
mod database;
mod disk;
mod facts;
mod finding;
mod folder;
mod key;
mod limits;
mod ports;
mod public;
mod report;
mod server;
mod tls;
mod work;

use clap::Args;

use self::{
    facts::Facts,
    finding::{Finding, Status},
};
use super::{Failure, Global};
use crate::config::Overrides;

/// Check what operation hangs on, and say how to cure what is wrong.
///
/// It changes nothing, and works while a server runs and while the database does not. Each finding is ok, warning, problem or
/// skipped. Exit code: 0 no problem, 1 problems (with --strict warnings too), 2 wrong usage, 3 the database does not answer.
///
/// Example: laqun doctor --config /etc/laqun/laqun.toml --json | jq -r 'select(.status=="problem").remedy'
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Check the whole database, indexes and references too; it may take minutes.
    #[arg(long)]
    deep: bool,
    /// Warnings count as problems for the exit code.
    #[arg(long)]
    strict: bool,
    /// Where the server listens, as `serve` was told.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How browsers and phones reach the server, as `serve` was told.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

/// A check looks at the facts and says what it found.
type Check = fn(&mut Facts) -> Vec<Finding>;

/// Every check, in the order of the report. Those that need settings come after [`config::check`].
const CHECKS: &[Check] = &[
    folder::check,
    server::check,
    disk::check,
    blobs::check,
    limits::check,
    clock::zone,
    clock::check,
    database::check,
    database::settings,
    database::schema,
    database::integrity,
    database::connections,
    key::check,
    ports::check,
    public::check,
    tls::check,
    work::jobs,
    work::groups,
    work::sample_app,
];

/// What can be checked without settings.
const WITHOUT_SETTINGS: &[fn() -> Vec<Finding>] = &[limits::here, clock::zone_here, clock::here];

impl Doctor {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let mut flags = Overrides::new();
        flags.extend(self.listen.map(|value| ("listen", value)));
        flags.extend(self.public_url.map(|value| ("public_url", value)));
        let findings = match global.loaded(flags) {
            Ok(loaded) => {
                let mut facts = Facts::gather(loaded.settings.clone(), self.deep).await;
                // The checks wait for files, databases and servers.
                tokio::task::block_in_place(|| {
                    let mut findings = config::check(&loaded);
                    findings.extend(CHECKS.iter().flat_map(|check| check(&mut facts)));
                    findings
                })
            }
            Err(error) => {
                let mut findings = config::refused(&error);
                findings.extend(WITHOUT_SETTINGS.iter().flat_map(|check| check()));
                findings
            }
        };
        report::print(global.json, &findings);
        let worst = findings.iter().map(|finding| finding.status).max();
        if findings.iter().any(|finding| finding.is_unreachable) {
            return Err(Failure::SaidUnreachable);
        }
        match worst {
            Some(Status::Problem) => Err(Failure::Said),
            Some(Status::Warning) if self.strict => Err(Failure::Said),
            _ => Ok(()),
        }
    }
}
