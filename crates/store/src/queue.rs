//! The bounded queue between callers and writer threads.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};

use crate::Error;
use crate::unit::Unit;

/// Units wait here for a writer. Full means an error at once: waiting is the caller's decision, not ours.
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    capacity: usize,
    refused: AtomicU64,
}

#[derive(Default)]
struct State {
    units: VecDeque<Box<dyn Unit>>,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), capacity, refused: AtomicU64::new(0) }
    }

    /// Adds a unit, or refuses it without waiting.
    pub(crate) fn push(&self, unit: Box<dyn Unit>) -> Result<(), Error> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        if state.units.len() >= self.capacity {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Error::Busy { capacity: self.capacity });
        }
        state.units.push_back(unit);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Waits for units and moves up to `most` of them into `batch`; false when closed and empty.
    pub(crate) fn take(&self, most: usize, batch: &mut Vec<Box<dyn Unit>>) -> bool {
        let mut state = self.state.lock();
        while state.units.is_empty() {
            if state.closed {
                return false;
            }
            self.wake.wait(&mut state);
        }
        let count = most.min(state.units.len());
        batch.extend(state.units.drain(..count).filter(|unit| !unit.abandoned()));
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.state.lock().units.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many units were refused because it was full.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.wake.notify_all();
    }
}
