//! Who is told after a commit, and what is counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::Error;
use crate::histogram::{Counted, Histogram};
use crate::queue::Queue;
use crate::unit::Wakes;
use crate::whisper::Whispers;

/// Counters since the start, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Units waiting for a writer now.
    pub queued: usize,
    /// How many may wait.
    pub capacity: usize,
    /// Units refused because the queue was full.
    pub refused: u64,
    /// Units answered after a successful COMMIT (those that refused by themselves included).
    pub units: u64,
    /// Transactions that carried them: `units / commits` is the mean batch.
    pub commits: u64,
    /// Units failed by the store: full disk, lost connection, failed COMMIT.
    pub failed: u64,
    /// Units run again after contention or a lost connection.
    pub reruns: u64,
    /// How many units each of these transactions carried.
    pub batches: Counted,
    /// How long each COMMIT of a writer took, the sync of the log included: microseconds.
    pub syncs: Counted,
    /// How long each unit waited for a writer: microseconds.
    pub waits: Counted,
    /// Connections of writers that are open, as far as they know.
    pub writers: u64,
    /// Whether the last write was refused for want of room or right, and none was committed since.
    pub full: bool,
}

/// Upper bounds of batch sizes.
static UNITS: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// Upper bounds of times, in microseconds: from a tenth of a millisecond to ten seconds.
static MICROS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

/// Wakes the readers of feed and jobs, and counts.
pub(crate) struct Signals {
    pub(crate) feed: watch::Sender<u64>,
    pub(crate) jobs: watch::Sender<u64>,
    /// What the notifier of PostgreSQL has to tell other processes.
    pub(crate) others: watch::Sender<u64>,
    pub(crate) whispers: Whispers,
    units: AtomicU64,
    commits: AtomicU64,
    failed: AtomicU64,
    reruns: AtomicU64,
    batches: Histogram,
    pub(crate) syncs: Histogram,
    pub(crate) waits: Histogram,
    pub(crate) writers: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

/// Why the last write was refused: no room, or no right to write.
struct Trouble {
    error: Error,
    /// When a write was last tried: the one that failed, or a probe.
    tried: Instant,
}

/// How long after a failed write the next probe is made, at the earliest.
const PROBE: Duration = Duration::from_secs(1);

/// Whether the database takes writes, as far as the last of them tells.
pub(crate) enum Writable {
    Yes,
    No(Error),
    /// It did not; a moment has passed since: the one who is told this tries.
    Unsure,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            feed: watch::Sender::new(0),
            jobs: watch::Sender::new(0),
            others: watch::Sender::new(0),
            whispers: Whispers::default(),
            units: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            reruns: AtomicU64::new(0),
            batches: Histogram::new(&UNITS),
            syncs: Histogram::new(&MICROS),
            waits: Histogram::new(&MICROS),
            writers: AtomicU64::new(0),
            trouble: Mutex::default(),
        }
    }
}

impl Signals {
    /// A transaction was committed, and is visible.
    pub(crate) fn committed(&self, units: usize, wakes: Wakes) {
        self.units.fetch_add(units as u64, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.batches.count(units as u64);
        if wakes.wrote && self.trouble.lock().take().is_some() {
            tracing::info!("the database takes writes again");
        }
        if wakes.feed {
            bump(&self.feed);
        }
        if wakes.jobs {
            bump(&self.jobs);
        }
        if wakes.feed || wakes.jobs {
            bump(&self.others);
        }
    }

    pub(crate) fn failed(&self, units: usize, error: &Error) {
        self.failed.fetch_add(units as u64, Ordering::Relaxed);
        tracing::error!(units, %error, "units of work failed");
        self.refused(error);
    }

    /// A unit was broken by this error. Only the kind that an operator must cure is remembered.
    pub(crate) fn refused(&self, error: &Error) {
        if error.is_storage() {
            let trouble = Trouble { error: error.clone(), tried: Instant::now() };
            if self.trouble.lock().replace(trouble).is_none() {
                tracing::error!(%error, "the database takes no writes");
            }
        }
    }

    pub(crate) fn writable(&self) -> Writable {
        match &mut *self.trouble.lock() {
            None => Writable::Yes,
            Some(trouble) if trouble.tried.elapsed() < PROBE => Writable::No(trouble.error.clone()),
            Some(trouble) => {
                trouble.tried = Instant::now();
                Writable::Unsure
            }
        }
    }

    pub(crate) fn rerun(&self, units: usize) {
        self.reruns.fetch_add(units as u64, Ordering::Relaxed);
    }

    /// The feed and the queue may have moved: by another process, or by time.
    pub(crate) fn tick(&self) {
        bump(&self.feed);
        bump(&self.jobs);
    }

    pub(crate) fn stats(&self, queue: &Queue) -> Stats {
        Stats {
            queued: queue.len(),
            capacity: queue.capacity(),
            refused: queue.refused(),
            units: self.units.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            reruns: self.reruns.load(Ordering::Relaxed),
            batches: self.batches.counted(),
            syncs: self.syncs.counted(),
            waits: self.waits.counted(),
            writers: self.writers.load(Ordering::Relaxed),
            full: self.trouble.lock().is_some(),
        }
    }
}

fn bump(sender: &watch::Sender<u64>) {
    sender.send_modify(|count| *count = count.wrapping_add(1));
}
