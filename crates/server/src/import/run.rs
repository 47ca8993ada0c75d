//! Bringing a file into the database: one unit of work after the other, and how far it has come with each.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use store::{Engine, MasterKey, Store};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};

use super::{Error as FileError, Format, Noun, Row, convert, report::Report, rows::Rows};
use crate::{
    clock::Clock,
    domain::{
        self, Tenant,
        audit::Actor,
        import::{
            Batch, Counts, Rules,
            checkpoint::{self, Key, State},
        },
    },
    ids::Ids,
};

/// Rows of a unit: calls wait behind each, so it has to stay well below 50 ms. 256 customers took about 16 ms with their
/// COMMIT on SQLite, in a debug build on two cores that were in use.
const UNIT_ROWS: usize = 256;
/// Bytes of a unit: long descriptions make it shorter.
const UNIT_BYTES: usize = 256 * 1024;
/// How often a unit is planned again because somebody else wrote in between.
const ATTEMPTS: u32 = 8;

/// What an import works with.
pub struct Import {
    /// Where to.
    pub store: Store,
    /// Seals what is secret.
    pub master: Arc<MasterKey>,
    /// Whose rows.
    pub tenant: Tenant,
    /// What of.
    pub noun: Noun,
    /// About ids that are there and people who are not.
    pub rules: Rules,
    /// Checks everything and writes nothing.
    pub dry_run: bool,
    /// Ends when more rows than this were refused.
    pub max_errors: i64,
    /// Which import it is, to go on with it.
    pub key: Key,
    /// Forgets how far an earlier run came.
    pub restart: bool,
    /// The file's name, for the audit log.
    pub file: String,
    /// What else the audit log tells.
    pub detail: Value,
    /// Who acts.
    pub actor: Actor,
    /// The time.
    pub clock: Clock,
    /// Ids and randomness.
    pub ids: Ids,
}

/// Where refused rows are reported.
#[derive(Debug, Clone)]
pub struct ReportTo {
    /// The file.
    pub path: PathBuf,
    /// How it is laid out.
    pub format: Format,
}

/// What happens while an import runs.
#[derive(Debug)]
pub enum Event<'a> {
    /// An earlier run is gone on with, after so many rows.
    Continued(i64),
    /// So many rows are dealt with, and what they came to.
    Done(i64, Counts),
    /// A row was refused.
    Refused(&'a Row),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The whole file is in.
    Complete,
    /// It was asked to stop.
    Stopped,
    /// Too many rows were refused.
    TooManyErrors,
}

/// What it came to.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// How it ended.
    pub end: End,
    /// Rows that are dealt with.
    pub rows: i64,
    /// What they came to.
    pub counts: Counts,
    /// Of these, the rows that an earlier run dealt with.
    pub continued_after: Option<i64>,
}

/// Why an import cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file, or the report.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database.
    #[error("{0}")]
    Domain(#[from] domain::Error),
    /// Another process imports the same file.
    #[error("another process is importing the same file: let it end, then run this again")]
    Elsewhere,
}

/// What the thread that reads sends.
enum Read {
    /// A row that an earlier run refused, to be reported again.
    Again(Row),
    /// The rows of the next unit.
    Rows(Vec<Row>),
    /// The file cannot be read on.
    Failed(FileError),
}

impl Import {
    /// Runs it. `stop` ends it after the unit under way.
    pub async fn run(
        &self,
        rows: Rows,
        report: Option<ReportTo>,
        mut stop: watch::Receiver<bool>,
        mut tell: impl FnMut(&Event<'_>),
    ) -> Result<Summary, Error> {
        let mut state = self.begin().await?;
        let continued_after = Some(state.done).filter(|done| *done > 0);
        if let Some(done) = continued_after {
            tell(&Event::Continued(done));
        }
        let mut report = match report {
            Some(to) => {
                let keep = state.report.and_then(|bytes| u64::try_from(bytes).ok());
                Some(Report::open(&to.path, to.format, rows.names(), keep)?)
            }
            None => None,
        };
        let mut reading = read(rows, &state);
        let mut end = End::Complete;
        loop {
            let message = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => {
                    end = End::Stopped;
                    break;
                }
                message = reading.recv() => message,
            };
            let rows = match message {
                None => break,
                Some(Read::Failed(error)) => return Err(error.into()),
                Some(Read::Again(row)) => vec![row],
                Some(Read::Rows(rows)) => {
                    let begun = Instant::now();
                    let length = report.as_ref().map(|r| i64::try_from(r.length()).unwrap_or(i64::MAX));
                    state = self.unit(&state, &rows, length).await?;
                    self.give_way(begun.elapsed()).await;
                    tell(&Event::Done(state.done, state.counts));
                    rows
                }
            };
            told_refused(rows, &state, report.as_mut(), &mut tell)?;
            if state.counts.refused > self.max_errors {
                end = End::TooManyErrors;
                break;
            }
        }
        if end == End::Complete {
            self.finish(&state).await?;
        }
        Ok(Summary { end, rows: state.done, counts: state.counts, continued_after })
    }

    async fn begin(&self) -> Result<State, Error> {
        if self.dry_run {
            return Ok(State { done: 0, counts: Counts::default(), report: None, last: Vec::new() });
        }
        let (actor, tenant, key) = (self.actor.clone(), self.tenant.clone(), self.key.clone());
        let (file, detail, restart) = (self.file.clone(), self.detail.clone(), self.restart);
        let begin = move |tx: &mut store::Tx<'_>| {
            checkpoint::begin(tx, &actor, &tenant, &key, &file, &detail, restart)
        };
        Ok(self.store.write("import.begin", begin).await?)
    }

    /// One unit, planned again while others write in between.
    async fn unit(&self, state: &State, rows: &[Row], report: Option<i64>) -> Result<State, Error> {
        let now_ms = self.clock.now_ms();
        let batch =
            Arc::new(convert::batch(self.noun, rows, &self.ids, now_ms, (&self.master, &self.tenant)));
        if self.dry_run {
            return self.check(state, batch).await;
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            let actor = Actor { now_ms, ..self.actor.clone() };
            let (tenant, key, rules) = (self.tenant.clone(), self.key.clone(), self.rules);
            let (batch, from) = (Arc::clone(&batch), state.done);
            let unit = move |tx: &mut store::Tx<'_>| {
                checkpoint::advance(tx, &actor, &tenant, &key, rules, from, &batch, report)
            };
            match self.store.write("import.rows", unit).await {
                Ok(Some(state)) => return Ok(state),
                Ok(None) => return Err(Error::Elsewhere),
                Err(error) if attempts < ATTEMPTS && planned_too_early(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn check(&self, state: &State, batch: Arc<Batch>) -> Result<State, Error> {
        let (tenant, rules, rows) = (self.tenant.clone(), self.rules, batch.len());
        let check = move |reader: &mut store::Reader<'_>| batch.check(reader, &tenant, rules);
        let outcome = self.store.read("import.check", check).await?;
        let mut counts = state.counts;
        counts += outcome.counts;
        let done = state.done + i64::try_from(rows).unwrap_or(i64::MAX);
        Ok(State { done, counts, report: None, last: outcome.refused })
    }

    /// SQLite lets one process write at a time, and who waits only asks now and then: a server's calls get in when nobody
    /// writes for a while. So the import rests as long as it wrote.
    async fn give_way(&self, worked: Duration) {
        if self.store.engine() == Engine::Sqlite && !self.dry_run {
            sleep(worked.min(Duration::from_millis(100))).await;
        }
    }

    async fn finish(&self, state: &State) -> Result<(), Error> {
        if self.dry_run {
            return Ok(());
        }
        let actor = checkpoint::ending(&Actor { now_ms: self.clock.now_ms(), ..self.actor.clone() });
        let (tenant, key, file) = (self.tenant.clone(), self.key.clone(), self.file.clone());
        let mut detail = self.detail.clone();
        detail["rows"] = state.done.into();
        detail["counts"] = serde_json::to_value(state.counts).unwrap_or_default();
        let finish =
            move |tx: &mut store::Tx<'_>| checkpoint::finish(tx, &actor, &tenant, &key, &file, &detail);
        Ok(self.store.write("import.finish", finish).await?)
    }
}

/// Reports the refused ones of these rows.
fn told_refused(
    rows: Vec<Row>,
    state: &State,
    mut report: Option<&mut Report>,
    tell: &mut impl FnMut(&Event<'_>),
) -> Result<(), Error> {
    if state.last.is_empty() {
        return Ok(());
    }
    for mut row in rows {
        let Some((_, problems)) = state.last.iter().find(|(line, _)| *line == row.line) else { continue };
        row.problems.clone_from(problems);
        if let Some(report) = report.as_deref_mut() {
            report.refuse(&row)?;
        }
        tell(&Event::Refused(&row));
    }
    if let Some(report) = report {
        report.sync()?;
    }
    Ok(())
}

/// Somebody added a row, or took a value, between the plan and the writing of a unit.
fn planned_too_early(error: &domain::Error) -> bool {
    match error {
        domain::Error::Store(error) => error.is_unique_violation(),
        domain::Error::Stale | domain::Error::Refused(_) => true,
        domain::Error::Secret(_) => false,
    }
}

/// Reads on a thread of its own, a few units ahead. Rows that an earlier run dealt with are read again, so that lines count
/// and ids that are there twice are found, and not sent.
fn read(mut rows: Rows, state: &State) -> mpsc::Receiver<Read> {
    let (send, receive) = mpsc::channel(2);
    let mut skip = state.done;
    let again: Vec<u64> = state.last.iter().map(|(line, _)| *line).collect();
    std::thread::spawn(move || {
        let (mut unit, mut bytes) = (Vec::with_capacity(UNIT_ROWS), 0);
        loop {
            let row = match rows.advance() {
                Ok(row) => row,
                Err(error) => {
                    // What was read before is right, and is written.
                    if !unit.is_empty() {
                        drop(send.blocking_send(Read::Rows(unit)));
                    }
                    drop(send.blocking_send(Read::Failed(error)));
                    return;
                }
            };
            let at_end = row.is_none();
            if let Some(row) = row {
                if skip > 0 {
                    skip -= 1;
                    if again.contains(&row.line) && send.blocking_send(Read::Again(row)).is_err() {
                        return;
                    }
                    continue;
                }
                bytes += row.size();
                unit.push(row);
            }
            let full = unit.len() >= UNIT_ROWS || bytes >= UNIT_BYTES;
            if (full || at_end) && !unit.is_empty() {
                bytes = 0;
                let next = std::mem::replace(&mut unit, Vec::with_capacity(UNIT_ROWS));
                if send.blocking_send(Read::Rows(next)).is_err() {
                    return;
                }
            }
            if at_end {
                return;
            }
        }
    });
    receive
}
