//! How much one person may ask of a group: what is sent, and what makes the server search.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use parking_lot::Mutex;
use uuid::Uuid;

/// In how much time the budget fills up again.
const WINDOW: Duration = Duration::from_secs(10);
/// After so many checks, seats whose budget is full again are forgotten.
const SWEEP: u32 = 1024;

/// A person in a group.
type Key = (Uuid, Uuid);

/// A budget a seat, for one kind of thing.
struct Budget {
    per_window: u32,
    checks: AtomicU32,
    /// None: no limit.
    seats: Option<DefaultKeyedRateLimiter<Key>>,
}

/// Budgets that seats have for messages and, apart from that, for searches and transcripts. They are this process's own: a
/// person who goes from one server to another has one at each.
pub struct Flood {
    messages: Mutex<Arc<Budget>>,
    looks: Mutex<Arc<Budget>>,
    clock: DefaultClock,
}

impl Flood {
    /// So many in ten seconds of each kind; 0 is no limit.
    pub fn new(per_window: u32) -> Self {
        let (messages, looks) = (Budget::new(per_window), Budget::new(per_window));
        Self {
            messages: Mutex::new(messages.into()),
            looks: Mutex::new(looks.into()),
            clock: DefaultClock::default(),
        }
    }

    /// Other budgets from now on; an unchanged number changes nothing.
    pub fn set(&self, per_window: u32) {
        for budget in [&self.messages, &self.looks] {
            let mut budget = budget.lock();
            if budget.per_window != per_window {
                *budget = Budget::new(per_window).into();
            }
        }
    }

    /// Takes one message of the seat's budget. The error is how many seconds to wait.
    pub fn message(&self, group: Uuid, person: Uuid) -> Result<(), u32> {
        self.take(&self.messages, (group, person))
    }

    /// Takes one search or transcript likewise.
    pub fn look(&self, group: Uuid, person: Uuid) -> Result<(), u32> {
        self.take(&self.looks, (group, person))
    }

    fn take(&self, budget: &Mutex<Arc<Budget>>, key: Key) -> Result<(), u32> {
        let budget = Arc::clone(&budget.lock());
        let Some(seats) = &budget.seats else { return Ok(()) };
        if budget.checks.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            seats.retain_recent();
        }
        seats.check_key(&key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
        })
    }
}

impl Budget {
    fn new(per_window: u32) -> Self {
        let quota = NonZeroU32::new(per_window)
            .and_then(|burst| Some(Quota::with_period(WINDOW / burst.get())?.allow_burst(burst)));
        Self { per_window, checks: AtomicU32::new(0), seats: quota.map(RateLimiter::keyed) }
    }
}

impl std::fmt::Debug for Flood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flood(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_used_up_the_budget_waits_and_nobody_else_does() {
        let flood = Flood::new(2);
        let (group, one, other) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        assert!(flood.message(group, one).is_ok() && flood.message(group, one).is_ok());
        assert!(flood.message(group, one).is_err_and(|seconds| (1..=5).contains(&seconds)));
        assert!(flood.message(group, other).is_ok(), "another person");
        assert!(flood.message(other, one).is_ok(), "another group");
        assert!(flood.look(group, one).is_ok(), "searching is another budget");
        flood.set(2);
        assert!(flood.message(group, one).is_err(), "nothing changed");
        flood.set(0);
        assert!((0..100).all(|_| flood.message(group, one).is_ok()), "no limit");
    }
}
