//! Time as an argument: the only place that asks the system what time it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that tests set, in milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Milliseconds since 1970, UTC. A system clock before 1970 reads as 0.
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
            Self::Manual(ms) => ms.load(Ordering::Relaxed),
        }
    }
}

/// The wall clock beside the monotonic one: whether it was set.
#[derive(Debug)]
pub struct Drift {
    wall_ms: i64,
    at: Instant,
}

impl Drift {
    /// From now on.
    pub fn new(now_ms: i64) -> Self {
        Self { wall_ms: now_ms, at: Instant::now() }
    }

    /// By how many milliseconds the wall clock, which shows `now_ms`, moved more than time has passed since
    /// [`Drift::accept`]; negative where it was set back. Also what a machine slept.
    pub fn by_ms(&self, now_ms: i64) -> i64 {
        let passed = i64::try_from(self.at.elapsed().as_millis()).unwrap_or(i64::MAX);
        now_ms.saturating_sub(self.wall_ms).saturating_sub(passed)
    }

    /// What the clock shows now is right.
    pub fn accept(&mut self, now_ms: i64) {
        *self = Self::new(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_told_from_one_that_went_on() {
        let mut drift = Drift::new(1_000_000);
        assert!(drift.by_ms(1_000_000) <= 0);
        assert!(drift.by_ms(4_600_000) > 3_500_000);
        assert!(drift.by_ms(-2_600_000) <= -3_600_000);
        drift.accept(4_600_000);
        assert!(drift.by_ms(4_600_000).abs() < 60_000);
    }
}
