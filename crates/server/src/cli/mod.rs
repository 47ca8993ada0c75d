//! The command line: one binary, nouns with verbs.
#![expect(clippy::doc_markdown, reason = "help is read in a terminal, where backticks are noise")]

mod app;
mod audit;
mod backup;
mod call;
mod channel;
mod completions;
mod config;
mod customer;
mod demo;
mod doctor;
mod group;
mod healthcheck;
mod import;
mod key;
mod log;
mod man;
mod migrate;
mod platform;
mod print;
mod progress;
mod restore;
mod scope;
mod serve;
mod session;
mod staff;
mod tenant;
mod ticket;
mod time;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::{Below, ConfigError, Loaded, Origin, Overrides, Settings};

/// laqun 拉群: one click on a support ticket, and the right people are in one group chat about it.
///
/// Begin with `laqun demo`: it makes a group with the documented sample call and goes on serving.
#[derive(Debug, Parser)]
#[command(name = "laqun", version, propagate_version = true, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Over what every command takes, so that a command's own options stand together.
const EVERY: &str = "Options of every command";

/// What every command takes.
#[derive(Debug, Clone, Args)]
struct Global {
    /// The configuration file; ./laqun.toml if it is there.
    #[arg(long, global = true, help_heading = EVERY, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, global = true, help_heading = EVERY, value_name = "DIR")]
    data: Option<String>,
    /// PostgreSQL instead of SQLite in the data folder.
    #[arg(long, global = true, help_heading = EVERY, value_name = "URL")]
    database_url: Option<String>,
    /// The file with the master key; needed on PostgreSQL.
    #[arg(long, global = true, help_heading = EVERY, value_name = "FILE")]
    master_key_file: Option<String>,
    /// Start although the database may lose answered calls.
    #[arg(long, global = true, help_heading = EVERY)]
    unsafe_durability: bool,
    /// JSON for scripts: one object, or one per line for lists.
    #[arg(long, global = true, help_heading = EVERY)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a group with the documented sample call, print answer and QR code, and go on serving.
    Demo(demo::Demo),
    /// Serve.
    Serve(serve::Serve),
    /// Ask the server on this machine whether it is ready.
    Healthcheck(healthcheck::Healthcheck),
    /// Check what operation hangs on, and say how to cure what is wrong.
    Doctor(doctor::Doctor),
    /// Call any method of a TOP gateway, signed.
    Call(call::Call),
    /// Bring the database's schema up to date.
    Migrate(migrate::Migrate),
    /// The settings: check a file, show what counts.
    #[command(subcommand)]
    Config(config::Verb),
    /// Copy everything but the master key, while servers run; or check such a copy.
    Backup(backup::Backup),
    /// Put a backup back into an empty data folder or an empty database.
    Restore(restore::Restore),
    /// What the running server logs.
    #[command(subcommand)]
    Log(log::Verb),
    /// The master key: replace it.
    #[command(subcommand)]
    Key(key::Verb),
    /// Tenants 租户.
    #[command(subcommand)]
    Tenant(tenant::Verb),
    /// Apps: AppKey and secret, and the tenants they may act for.
    #[command(subcommand)]
    App(app::Verb),
    /// Staff 员工.
    #[command(subcommand)]
    Staff(staff::Verb),
    /// Customers 访客.
    #[command(subcommand)]
    Customer(customer::Verb),
    /// Tickets 工单.
    #[command(subcommand)]
    Ticket(ticket::Verb),
    /// Channels: which platform, which rules.
    #[command(subcommand)]
    Channel(channel::Verb),
    /// Groups 群.
    #[command(subcommand)]
    Group(group::Verb),
    /// Platforms: where groups live.
    #[command(subcommand)]
    Platform(platform::Verb),
    /// The audit log: what was changed by hand.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Print what makes a shell complete laqun's commands.
    Completions(completions::Completions),
    /// Print laqun's manual page, or write a page for every command.
    Man(man::Man),
}

/// How to log.
#[derive(Debug, Clone, Args)]
struct LogFlags {
    /// How a log line looks: text or json.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// What to log: off, error, warn, info, debug, trace, or levels by part such as info,store=debug.
    #[arg(long, value_name = "FILTER")]
    log_level: Option<String>,
}

impl LogFlags {
    fn into_overrides(self) -> Overrides {
        let format = self.log_format.map(|v| ("log.format", v));
        format.into_iter().chain(self.log_level.map(|v| ("log.level", v))).collect()
    }
}

/// How a command ends when it does not succeed.
#[derive(Debug)]
enum Failure {
    /// Refused: exit 1.
    Refused(anyhow::Error),
    /// Used wrongly: exit 2.
    Usage(anyhow::Error),
    /// Nobody answers: exit 3.
    Unreachable(anyhow::Error),
    /// Everything was said already: exit 1.
    Said,
    /// Everything was said already, and the database does not answer: exit 3.
    SaidUnreachable,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let store = error.chain().find_map(|cause| cause.downcast_ref::<store::Error>());
        match store {
            Some(store::Error::Unavailable(_)) => Self::Unreachable(error),
            _ if error.downcast_ref::<ConfigError>().is_some() => Self::Usage(error),
            _ => Self::Refused(error),
        }
    }
}

impl Failure {
    /// What went wrong with a backup. Its database's own error is told apart, for the exit code.
    fn of_backup(error: crate::backup::Error) -> Self {
        match error {
            crate::backup::Error::Store(error) => error.into(),
            error => error.into(),
        }
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failure::Refused(error.into())),
    };
    let ran = runtime.block_on(run(cli));
    // Whatever still hangs, such as a connection that was cut off, does not keep the process.
    runtime.shutdown_background();
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let global = cli.global;
    match cli.command {
        Command::Demo(command) => command.run(&global).await,
        Command::Serve(command) => command.run(&global).await,
        Command::Healthcheck(command) => command.run(&global).await,
        Command::Doctor(command) => command.run(&global).await,
        Command::Call(command) => command.run(&global).await,
        Command::Migrate(command) => command.run(&global).await,
        Command::Config(verb) => verb.run(&global),
        Command::Backup(command) => command.run(&global).await,
        Command::Restore(command) => command.run(&global).await,
        Command::Log(verb) => verb.run(&global).await,
        Command::Key(verb) => verb.run(&global).await,
        Command::Tenant(verb) => verb.run(&global).await,
        Command::App(verb) => verb.run(&global).await,
        Command::Staff(verb) => verb.run(&global).await,
        Command::Customer(verb) => verb.run(&global).await,
        Command::Ticket(verb) => verb.run(&global).await,
        Command::Channel(verb) => verb.run(&global).await,
        Command::Group(verb) => verb.run(&global).await,
        Command::Platform(verb) => verb.run(&global).await,
        Command::Audit(verb) => verb.run(&global).await,
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(&global),
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own error message")]
fn fail(failure: &Failure) -> ExitCode {
    let (code, error) = match failure {
        Failure::Refused(error) => (1, error),
        Failure::Usage(error) => (2, error),
        Failure::Unreachable(error) => (3, error),
        Failure::Said => return ExitCode::from(1),
        Failure::SaidUnreachable => return ExitCode::from(3),
    };
    eprintln!("laqun: {error:#}");
    ExitCode::from(code)
}

impl Global {
    /// The settings, with `more` laid over what all commands take.
    fn settings(&self, more: Overrides) -> Result<Settings, ConfigError> {
        self.loaded(more).map(|loaded| loaded.settings)
    }

    /// The same with where each came from.
    fn loaded(&self, more: Overrides) -> Result<Loaded, ConfigError> {
        self.loaded_above(Below::default(), more).map(|(loaded, _)| loaded)
    }

    /// The same, where a command treats the layers below in its own way; and how to read them again.
    fn loaded_above(&self, below: Below, more: Overrides) -> Result<(Loaded, Origin), ConfigError> {
        let mut flags = Overrides::new();
        for (key, value) in [
            ("data", &self.data),
            ("database_url", &self.database_url),
            ("master_key_file", &self.master_key_file),
        ] {
            flags.extend(value.clone().map(|value| (key, value)));
        }
        if self.unsafe_durability {
            flags.push(("unsafe_durability", "true".to_owned()));
        }
        flags.extend(more);
        let loaded = crate::config::load(self.config.as_deref(), std::env::vars_os(), &flags, below)?;
        let origin = Origin::of(&loaded, flags, below);
        Ok((loaded, origin))
    }
}
