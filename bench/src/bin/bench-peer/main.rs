//! One load for all: makes groups on laqun, ejabberd or Synapse, the same way and with the same number of connections.
//!
//! Each connection does one operation after the other (a room, its members, its first message: as many requests as that
//! server needs) and keeps the connection. What is counted is what ended inside the window, which begins when the load
//! has settled. Every answer is checked. Prints one JSON object.

mod connection;
mod process;
mod target;

use std::cell::RefCell;
use std::io::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::{Parser, ValueEnum};
use tokio::task::{JoinSet, LocalSet};

use connection::Connection;
use target::{Operation, Target};

/// Load one server with one kind of work.
#[derive(Parser)]
pub(crate) struct Options {
    /// What answers there
    #[arg(long)]
    target: Target,
    /// What one operation is
    #[arg(long)]
    work: Work,
    /// Its address
    #[arg(long)]
    address: SocketAddr,
    /// Connections, each with one operation at a time
    #[arg(long, default_value_t = 16)]
    connections: u64,
    /// Seconds before the window
    #[arg(long, default_value_t = 1.0)]
    settle: f64,
    /// Seconds of the window
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// What the names of rooms and of callers begin with: new for every run; for laqun's work `members` the tickets' prefix
    #[arg(long)]
    prefix: String,
    /// Number of the first room
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Seconds since 1970 that laqun's requests carry
    #[arg(long)]
    now: i64,
    /// laqun: signed requests made beforehand, for so many operations; a run that needs more ends in an error
    #[arg(long, default_value_t = 50_000)]
    prepare: u64,
    /// Processes that do the work: their processor time is told, an operation's share each
    #[arg(long)]
    server: Vec<u32>,
    /// The same for a process with its children (PostgreSQL)
    #[arg(long)]
    database: Option<u32>,
}

/// What one operation is.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// A room or group with nobody but who made it
    Bare,
    /// The same with four members
    Members,
    /// The same with four members and a first message
    Message,
}

/// What the connections share.
#[derive(Default)]
struct Tally {
    next: u64,
    ended: Vec<(Instant, Duration)>,
    bad: u64,
    sample: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    // One thread: the machine is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(options))
}

async fn run(options: Options) -> anyhow::Result<()> {
    let operations = Rc::new(target::prepare(&options).await?);
    let tally = Rc::new(RefCell::new(Tally { next: options.from, ..Tally::default() }));
    let mut load = JoinSet::new();
    for number in 0..options.connections {
        let connection = Connection::open(options.address).await.context("connect")?;
        let (operations, tally) = (operations.clone(), tally.clone());
        // One after the other: if all began at once, slow operations would end in waves.
        let pause = Duration::from_secs_f64(options.settle / 2.0).mul_f64(share(number, options.connections));
        load.spawn_local(async move {
            tokio::time::sleep(pause).await;
            drive(connection, usize::try_from(number).unwrap_or_default(), operations, tally).await;
        });
    }
    tokio::time::sleep(Duration::from_secs_f64(options.settle)).await;
    let (begun, cpu) = (Instant::now(), process::Cpu::read(&options.server, options.database));
    tokio::time::sleep(Duration::from_secs_f64(options.seconds)).await;
    let (over, cpu) = (Instant::now(), process::Cpu::read(&options.server, options.database).since(&cpu));
    load.shutdown().await;
    let tally = tally.borrow();
    let mut times: Vec<f64> = tally
        .ended
        .iter()
        .filter(|(at, _)| (begun..over).contains(at))
        .map(|(_, took)| took.as_secs_f64() * 1000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    ensure!(!times.is_empty(), "no operation ended: {}", tally.sample.as_deref().unwrap_or("no answer"));
    if let Some(sample) = &tally.sample {
        writeln!(std::io::stderr(), "a bad answer: {sample}")?;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
    let done = times.len() as f64;
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    writeln!(
        std::io::stdout(),
        r#"{{"per_second":{:.2},"p50_ms":{:.2},"p99_ms":{:.2},"server_us":{:.1},"database_us":{:.1},"resident_mb":{:.1},"done":{done},"bad":{},"next":{}}}"#,
        done / (over - begun).as_secs_f64(),
        at(50),
        at(99),
        cpu.server_us / done,
        cpu.database_us / done,
        process::resident_mb(&options.server),
        tally.bad,
        tally.next
    )?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "connections are few")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// One connection: operation after operation until the load is over.
async fn drive(
    mut connection: Connection,
    place: usize,
    operations: Rc<target::Operations>,
    tally: Rc<RefCell<Tally>>,
) {
    loop {
        let number = {
            let mut tally = tally.borrow_mut();
            tally.next += 1;
            tally.next - 1
        };
        let started = Instant::now();
        let outcome = match operations.of(place, number) {
            Some(operation) => carry_out(&mut connection, &operation).await,
            None => Err("the requests made beforehand ran out: --prepare more".to_owned()),
        };
        let mut tally = tally.borrow_mut();
        match outcome {
            Ok(()) => tally.ended.push((Instant::now(), started.elapsed())),
            Err(why) => {
                tally.bad += 1;
                tally.sample.get_or_insert(why);
                if connection.is_closed() {
                    return;
                }
            }
        }
        if tally.bad > 1000 {
            return;
        }
    }
}

async fn carry_out(connection: &mut Connection, operation: &Operation) -> Result<(), String> {
    let mut answer = String::new();
    for step in operation {
        let request = step.request(&answer);
        answer = connection.ask(request).await.map_err(|error| error.to_string())?;
        if !answer.contains(step.expected) {
            return Err(answer.chars().take(300).collect());
        }
    }
    Ok(())
}
