//! The threads that run closures on PostgreSQL: each owns a connection.
//!
//! Units that wait are carried together: several in one transaction, one COMMIT. There are no savepoints between them (they
//! cost half of what the batch saves): if anything in a batch goes wrong it is rolled back whole and each of its units is run
//! again alone, which is what closures that may be run again are for. Figures: `examples/throughput.rs`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::address::Address;
use super::settle;
use super::wire::Wire;
use crate::queue::Queue;
use crate::signals::Signals;
use crate::unit::{Ran, Session as _, Unit, Wakes};
use crate::{Error, SqlCause, params};

/// How many units one transaction carries.
const BATCH: usize = 8;

/// Whoever waits longer than this for a row lock gives way and is run again: a batch holds the locks of all its units, taken
/// in an order that nobody chose, so two can wait for each other, and the server would notice that only after a second.
pub(super) const YIELD_MS: u32 = 40;

/// Units that were in each other's way go through here, one at a time: side by side they would only meet again, and two
/// that wait for each other's rows, each longer at every attempt, get nothing done between them.
pub(super) type Lane = Arc<Mutex<()>>;

/// So many attempts are made in the lane. Whoever then still waits, waits for a lock that is honestly held elsewhere, and
/// goes on beside it, so as not to hold up those behind.
const IN_LANE: u32 = 2;

/// Each further attempt of a unit waits about twice as long, so that one that waits for a lock honestly held gets it.
const WAIT: &str = "SELECT set_config('lock_timeout', $1, true)";

/// After a batch had to give way, so many transactions of this thread carry one unit each, in the lane.
const ALONE: u32 = 32;

/// How often a unit is run again after deadlocks and the like.
const ATTEMPTS: u32 = 10;

/// Pause between attempts to reach a lost database.
const PAUSE: Duration = Duration::from_millis(100);

/// What a thread does with units.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Write,
    Read,
}

/// When the database was last found unreachable, by any thread. Units that have waited long enough are then given up
/// without each of them trying the address again.
pub(super) type Down = Arc<Mutex<Option<Instant>>>;

pub(super) struct Worker {
    pub(super) task: Task,
    pub(super) address: Arc<Address>,
    pub(super) queue: Arc<Queue>,
    pub(super) signals: Arc<Signals>,
    pub(super) patience: Duration,
    pub(super) unsafe_durability: bool,
    pub(super) down: Down,
    pub(super) lane: Lane,
}

/// How an attempt ended.
enum Fate {
    /// Committed.
    Done(Wakes),
    /// Rolled back; the closure has made the answer.
    Refused,
    /// Rolled back, or lost before COMMIT: worth another attempt.
    Again(Error),
    /// Lost during COMMIT.
    Unknown,
    /// COMMIT (or a deferred statement) was refused.
    Failed(Error),
}

impl Fate {
    /// Whether it had to give way to others that hold the rows it wants.
    fn is_contention(&self) -> bool {
        matches!(self, Self::Again(Error::Sql { cause: SqlCause::Contention, .. }))
    }
}

impl Worker {
    /// Starts the thread. It ends when the queue is closed and empty.
    pub(super) fn start(self, wire: Option<Wire>) -> Result<JoinHandle<()>, Error> {
        let name = if self.task == Task::Write { "store-writer" } else { "store-reader" };
        let run = move || {
            // Connecting before the first unit comes; if it fails now, that unit will try again.
            let mut wire = wire.or_else(|| self.connect().ok());
            self.opened(wire.is_some(), false);
            let mut taken = Vec::new();
            let mut alone = 0_u32;
            loop {
                let most = if self.task == Task::Read || alone > 0 { 1 } else { BATCH };
                if !self.queue.take(most, &mut taken) {
                    return;
                }
                if self.task == Task::Write {
                    for unit in &taken {
                        self.signals.waits.count_time(unit.queued().elapsed());
                    }
                }
                let mut contended = alone > 0;
                alone = alone.saturating_sub(1);
                let together = taken.len() > 1 && wire.as_ref().is_some_and(|wire| !wire.is_lost());
                let mut unknown = false;
                if together && let Some(wire) = &mut wire {
                    match self.together(wire, &mut taken) {
                        Fate::Done(wakes) => {
                            self.committed(taken.len(), wakes);
                            taken.drain(..).for_each(Unit::settle);
                        }
                        fate => {
                            unknown = matches!(fate, Fate::Unknown);
                            contended = fate.is_contention();
                            alone = if contended { ALONE } else { 0 };
                            self.signals.rerun(taken.len());
                        }
                    }
                }
                taken.drain(..).for_each(|unit| self.carry(&mut wire, unit, unknown, contended));
            }
        };
        let started = Builder::new().name(name.to_owned()).spawn(run);
        started.map_err(|error| Error::Unavailable(format!("cannot start a thread: {error}")))
    }

    /// Counts the connections of writers.
    fn opened(&self, opened: bool, closed: bool) {
        if self.task == Task::Write {
            self.signals.writers.fetch_add(u64::from(opened), Ordering::Relaxed);
            self.signals.writers.fetch_sub(u64::from(closed), Ordering::Relaxed);
        }
    }

    /// What only reads is no commit, and proves nothing of the disk.
    fn committed(&self, units: usize, wakes: Wakes) {
        if self.task == Task::Write {
            self.signals.committed(units, wakes);
        }
    }

    fn connect(&self) -> Result<Wire, Error> {
        let wire = Wire::connect(&self.address);
        let wire = wire.and_then(|wire| settle(wire, &self.address, self.unsafe_durability));
        *self.down.lock() = wire.is_err().then(Instant::now);
        wire
    }

    /// Runs a unit until it has an answer.
    ///
    /// After a connection was lost during COMMIT the fate of the unit is unknown: it is run again, which its idempotence makes
    /// harmless, and only if that does not succeed in time is the caller told [`Error::UnknownCommit`].
    fn carry(
        &self,
        slot: &mut Option<Wire>,
        mut unit: Box<dyn Unit>,
        mut unknown: bool,
        mut contended: bool,
    ) {
        let deadline = unit.queued() + self.patience;
        let name = unit.name();
        let mut attempts = 0;
        loop {
            let fate = match self.connected(slot, deadline) {
                Ok(wire) => {
                    let _turn = (contended && attempts <= IN_LANE).then(|| self.lane.lock());
                    self.attempt(wire, &mut *unit, attempts.max(u32::from(contended)))
                }
                Err(error) if Instant::now() >= deadline => Fate::Failed(error),
                Err(_) => {
                    sleep(PAUSE);
                    continue;
                }
            };
            attempts += 1;
            contended |= fate.is_contention();
            let error = match fate {
                Fate::Done(wakes) => {
                    self.committed(1, wakes);
                    return unit.settle();
                }
                Fate::Refused => {
                    self.committed(1, Wakes::default());
                    return unit.settle();
                }
                Fate::Unknown => {
                    unknown = true;
                    Error::UnknownCommit { unit: name }
                }
                Fate::Again(error) => error,
                Fate::Failed(error) => {
                    let error = if unknown { Error::UnknownCommit { unit: name } } else { error };
                    self.signals.failed(1, &error);
                    return unit.fail(error);
                }
            };
            if attempts >= ATTEMPTS {
                let error = if unknown { Error::UnknownCommit { unit: name } } else { error };
                self.signals.failed(1, &error);
                return unit.fail(error);
            }
            tracing::warn!(unit = name, attempts, %error, "unit of work is run again");
            self.signals.rerun(1);
        }
    }

    fn connected<'w>(&self, slot: &'w mut Option<Wire>, deadline: Instant) -> Result<&'w mut Wire, Error> {
        if slot.as_ref().is_some_and(Wire::is_lost) {
            *slot = None;
            self.opened(false, true);
        }
        if slot.is_none() {
            let late = Instant::now() >= deadline;
            let recently = self.down.lock().is_some_and(|since| since.elapsed() < PAUSE);
            if late && recently {
                return Err(Error::Unavailable("it has not answered for some seconds".to_owned()));
            }
            *slot = Some(self.connect()?);
            self.opened(true, false);
        }
        slot.as_mut().ok_or(Error::Closed)
    }

    fn attempt(&self, wire: &mut Wire, unit: &mut dyn Unit, earlier: u32) -> Fate {
        let name = unit.name();
        // These travel with the unit's first statement.
        let begun = match self.task {
            // Read committed, the server's default: after a conflict on a key the unit sees the row that was in its way.
            Task::Write => wire.put(name, "BEGIN", &[]).and_then(|()| match earlier {
                0 => Ok(()),
                _ => wire.put(name, WAIT, params![&patience(earlier)]),
            }),
            Task::Read => wire.put(name, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &[]),
        };
        if let Err(error) = begun {
            wire.roll_back(name);
            return Fate::Again(error);
        }
        match unit.run(wire) {
            Ran::Keep(wakes) => self.commit(wire, name, wakes),
            Ran::RollBack => {
                wire.roll_back(name);
                Fate::Refused
            }
            Ran::Broken(error) => {
                wire.roll_back(name);
                self.signals.refused(&error);
                if error.is_transient() || wire.is_lost() { Fate::Again(error) } else { Fate::Refused }
            }
        }
    }

    /// Runs a batch in one transaction. Anything but [`Fate::Done`] means: nothing of it was kept (or nobody knows), run each
    /// unit alone.
    fn together(&self, wire: &mut Wire, units: &mut [Box<dyn Unit>]) -> Fate {
        let mut wakes = Wakes::default();
        let mut failed = wire.put("batch", "BEGIN", &[]).err().map(Fate::Again);
        for unit in units {
            if failed.is_some() {
                break;
            }
            wire.mark();
            failed = match unit.run(wire) {
                Ran::Keep(more) => {
                    wakes |= more;
                    None
                }
                // It refused before it changed anything: its answer stands, and its neighbours go on.
                Ran::RollBack if !wire.wrote() => None,
                Ran::RollBack => Some(Fate::Refused),
                Ran::Broken(error) => Some(Fate::Again(error)),
            };
        }
        let Some(fate) = failed else { return self.commit(wire, "batch", wakes) };
        wire.roll_back("batch");
        fate
    }

    fn commit(&self, wire: &mut Wire, name: &'static str, wakes: Wakes) -> Fate {
        let began = Instant::now();
        let committed = wire
            .put(name, "COMMIT", &[])
            .map_err(|error| (false, error))
            .and_then(|()| wire.flush(name).map_err(|error| (true, error)));
        if self.task == Task::Write {
            self.signals.syncs.count_time(began.elapsed());
        }
        let Err((sent, error)) = committed else { return Fate::Done(wakes) };
        if wire.is_lost() && sent && self.task == Task::Write {
            return Fate::Unknown;
        }
        wire.roll_back(name);
        if error.is_transient() { Fate::Again(error) } else { Fate::Failed(error) }
    }
}

/// The lock timeout of an attempt after so many others, in milliseconds: doubled each time, and by chance up to doubled
/// again, so that two units in each other's way do not give way in step.
fn patience(earlier: u32) -> String {
    let base = YIELD_MS << earlier.min(8);
    let chance = getrandom::u32().unwrap_or(0) % base;
    (base + chance).to_string()
}
