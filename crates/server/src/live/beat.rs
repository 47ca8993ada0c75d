//! One clock for all pages: instead of timers of their own they listen to one of a few beats, each of which comes in turn.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::sync::watch;

/// How many groups of pages there are; each is beaten once in as many seconds.
const SHARDS: usize = 16;
/// Between one shard's beat and the next one's.
pub(super) const STEP: Duration = Duration::from_secs(1);

/// What a page is told by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beat {
    /// Grows by one a beat.
    pub count: u64,
    /// The server ends: the page is to go elsewhere.
    pub restart: bool,
}

/// The clock.
#[derive(Debug)]
pub struct Beats {
    shards: [watch::Sender<Beat>; SHARDS],
    next: AtomicUsize,
    turn: AtomicUsize,
}

impl Default for Beats {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| watch::Sender::default()),
            next: AtomicUsize::new(0),
            turn: AtomicUsize::new(0),
        }
    }
}

impl Beats {
    /// A page listens from now on.
    pub fn listen(&self) -> watch::Receiver<Beat> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
        self.shards[at].subscribe()
    }

    /// Tells every page that the server ends.
    pub(super) fn restart(&self) {
        for shard in &self.shards {
            shard.send_modify(|beat| beat.restart = true);
        }
    }

    /// Beats one shard, the next one each time; to be called once each [`STEP`].
    pub(super) fn beat(&self) {
        let at = self.turn.fetch_add(1, Ordering::Relaxed) % SHARDS;
        self.shards[at].send_modify(|beat| beat.count += 1);
    }
}
