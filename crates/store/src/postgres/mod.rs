//! PostgreSQL: the shared engine.
//!
//! Three kinds of connection: blocking ones, each owned by a thread that runs closures; a few asynchronous ones on which all
//! single queries share round trips; and one that listens and notifies.

mod address;
mod codec;
mod dial;
mod look;
mod notices;
mod readers;
mod refusal;
mod visit;
mod wire;
mod worker;

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::migrate::{MIGRATION, Script as _, migrate, pending};
use crate::queue::Queue;
use crate::signals::Signals;
use crate::store::blocking;
use crate::unit::{Session as _, collect};
use crate::{Engine, Error, Migration, Options, Step};
use address::Address;
use wire::Wire;
use worker::{Task, Worker, YIELD_MS};

pub(crate) use look::Look;
pub(crate) use readers::Readers;
pub(crate) use visit::Visit;

/// Connects, checks, migrates, and starts everything.
pub(crate) async fn open(
    text: &str,
    options: &Options,
    namespace: &'static str,
    migrations: &[Migration],
    writes: &Arc<Queue>,
    signals: &Arc<Signals>,
) -> Result<(Readers, Vec<JoinHandle<()>>), Error> {
    let address = Arc::new(Address::parse(text, options.statement_timeout)?);
    let unsafe_durability = options.unsafe_durability;
    let (reached, migrations) = (address.clone(), migrations.to_vec());
    let mut first = blocking(move || {
        let mut wire = settle(Wire::connect(&reached)?, &reached, unsafe_durability)?;
        if !pending(&mut wire, Engine::Postgres, namespace, &migrations)?.is_empty() {
            // On a connection that does not take a long statement for a dead server.
            let patient = reached.patient(MIGRATION);
            let mut wire = settle(Wire::connect(&patient)?, &patient, unsafe_durability)?;
            migrate(&mut wire, Engine::Postgres, namespace, &migrations)?;
        }
        Ok::<_, Error>(Some(wire))
    })
    .await??;

    let reads = Arc::new(Queue::new(options.queue_capacity));
    let mut threads = Vec::new();
    let (down, lane) = (Arc::default(), Arc::default());
    for (task, queue, count) in
        [(Task::Write, writes, options.writers.max(1)), (Task::Read, &reads, options.readers.max(1))]
    {
        for _ in 0..count {
            let worker = Worker {
                task,
                address: address.clone(),
                queue: queue.clone(),
                signals: signals.clone(),
                patience: options.patience,
                unsafe_durability,
                down: Arc::clone(&down),
                lane: Arc::clone(&lane),
            };
            threads.push(worker.start(first.take())?);
        }
    }
    let (closing, closed) = watch::channel(false);
    notices::start(address.clone(), signals, &closed);
    Ok((Readers::start(&address, options, reads, closing), threads))
}

/// What a database has not had yet of `migrations`.
pub(crate) async fn lacks(
    text: &str,
    options: &Options,
    namespace: &'static str,
    migrations: &[Migration],
) -> Result<Vec<Step>, Error> {
    let address = Address::parse(text, options.statement_timeout)?;
    let migrations = migrations.to_vec();
    blocking(move || pending(&mut Wire::connect(&address)?, Engine::Postgres, namespace, &migrations)).await?
}

/// Brings a fresh connection into the state that every connection of ours is in, and reads back what durability hangs on.
fn settle(mut wire: Wire, address: &Address, unsafe_durability: bool) -> Result<Wire, Error> {
    const DURABLE: &str = "SELECT current_setting('fsync'), current_setting('synchronous_commit')";
    let timeout = address.statement_timeout.as_millis();
    wire.script(&format!(
        "SET statement_timeout = {timeout}; SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = {YIELD_MS}"
    ))?;
    let mut found: Vec<(String, String)> = Vec::new();
    wire.rows("connect", DURABLE, &[], &mut |row| collect(row, &mut found))?;
    let Some((fsync, commit)) = found.pop() else {
        return Err(Error::Unavailable("the server did not tell its settings".to_owned()));
    };
    let refuse = |what: String, remedy: &str| Err(Error::Durability { what, remedy: remedy.to_owned() });
    if !unsafe_durability && fsync != "on" {
        return refuse(format!("fsync is {fsync} on the server"), "set fsync = on in postgresql.conf");
    }
    // `local`, `remote_write` and `remote_apply` flush here too; `off` alone answers before the flush.
    if !unsafe_durability && commit == "off" {
        return refuse(
            "synchronous_commit is off for this user or database".to_owned(),
            "ALTER ROLE … RESET synchronous_commit (and ALTER DATABASE likewise)",
        );
    }
    Ok(wire)
}
