//! What is counted of open pages. Counting takes no lock.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::frame::Bye;

/// How a page is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    Socket,
    /// Server-sent events.
    Events,
}

impl Transport {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Socket, Self::Events];

    /// The word in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Socket => "websocket",
            Self::Events => "sse",
        }
    }
}

/// Why a page was dropped that had not gone by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// It took nothing for too long.
    Slow,
    /// It sent too much, or garbage.
    Flood,
    /// Nothing was heard of it any more.
    Silent,
    /// Its person has no seat any more: removed, signed out, group dissolved.
    Unseated,
    /// The server ended.
    Restart,
}

impl Dropped {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::Slow, Self::Flood, Self::Silent, Self::Unseated, Self::Restart];

    /// The word in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Flood => "flood",
            Self::Silent => "silent",
            Self::Unseated => "unseated",
            Self::Restart => "restart",
        }
    }
}

impl From<Bye> for Dropped {
    fn from(bye: Bye) -> Self {
        match bye {
            Bye::Restart => Self::Restart,
            Bye::Flood => Self::Flood,
            Bye::Slow => Self::Slow,
            Bye::Removed | Bye::Renewed | Bye::SignedOut | Bye::Dissolved => Self::Unseated,
        }
    }
}

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Counts {
    open: [AtomicU64; Transport::ALL.len()],
    polls: AtomicU64,
    frames: AtomicU64,
    late: AtomicU64,
    dropped: [AtomicU64; Dropped::ALL.len()],
}

impl Counts {
    /// Pages that are open, by transport.
    pub fn open(&self) -> impl Iterator<Item = (Transport, u64)> {
        Transport::ALL
            .into_iter()
            .zip(&self.open)
            .map(|(which, count)| (which, count.load(Ordering::Relaxed)))
    }

    /// All pages that are open.
    pub fn pages(&self) -> u64 {
        self.open().map(|(_, count)| count).sum()
    }

    /// Polls that were answered.
    pub fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// Frames that were handed to sockets and event streams.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// How often a page was so late that it had to look by itself.
    pub fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    /// Pages that were dropped, by reason.
    pub fn dropped(&self) -> impl Iterator<Item = (Dropped, u64)> {
        Dropped::ALL.into_iter().zip(&self.dropped).map(|(why, count)| (why, count.load(Ordering::Relaxed)))
    }

    /// A poll was answered.
    pub(super) fn polled(&self) {
        self.polls.fetch_add(1, Ordering::Relaxed);
    }

    /// A frame was handed over.
    pub fn sent(&self) {
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn was_late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    /// A page is dropped.
    pub fn drops(&self, why: Dropped) {
        if let Some(count) =
            Dropped::ALL.iter().position(|other| *other == why).and_then(|at| self.dropped.get(at))
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn of(&self, transport: Transport) -> &AtomicU64 {
        match transport {
            Transport::Socket => &self.open[0],
            Transport::Events => &self.open[1],
        }
    }
}

/// An open page, counted until it is dropped.
#[derive(Debug)]
pub struct Counted(Arc<Counts>, Transport);

impl Counted {
    pub(super) fn new(counts: &Arc<Counts>, transport: Transport) -> Self {
        counts.of(transport).fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counts), transport)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.of(self.1).fetch_sub(1, Ordering::Relaxed);
    }
}
