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
/// How many times as much as messages everything else may be that a page asks for: it is much, and a person may have many
/// pages open.
const CALLS: u32 = 30;
/// How many devices may join a group at once: as many as point a camera at one poster.
const JOINS: u32 = 40;
/// After that, one in so much time.
const JOIN: Duration = Duration::from_secs(3);
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

/// Budgets that seats have for messages and, apart from that, for searches and transcripts, and for what pages ask by
/// themselves; and a group's for devices that join. They are this process's own: a person who goes from one server to
/// another has one at each.
pub struct Flood {
    messages: Mutex<Arc<Budget>>,
    looks: Mutex<Arc<Budget>>,
    calls: Mutex<Arc<Budget>>,
    joins: Mutex<Arc<Budget>>,
    clock: DefaultClock,
}

impl Flood {
    /// So many messages in ten seconds, as many searches, and more of the rest; 0 is no limit to anything.
    pub fn new(per_window: u32) -> Self {
        let budget = |quota| Mutex::new(Arc::new(Budget::new(per_window, quota)));
        Self {
            messages: budget(in_window(per_window)),
            looks: budget(in_window(per_window)),
            calls: budget(in_window(per_window.saturating_mul(CALLS))),
            joins: budget(joins(per_window)),
            clock: DefaultClock::default(),
        }
    }

    /// Other budgets from now on; an unchanged number changes nothing.
    pub fn set(&self, per_window: u32) {
        let budgets = [
            (&self.messages, in_window(per_window)),
            (&self.looks, in_window(per_window)),
            (&self.calls, in_window(per_window.saturating_mul(CALLS))),
            (&self.joins, joins(per_window)),
        ];
        for (budget, quota) in budgets {
            let mut budget = budget.lock();
            if budget.per_window != per_window {
                *budget = Budget::new(per_window, quota).into();
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

    /// Takes one call of a page likewise: the state, entries, a poll, a read mark, typing.
    pub fn call(&self, group: Uuid, person: Uuid) -> Result<(), u32> {
        self.take(&self.calls, (group, person))
    }

    /// Takes one of the group's budget for devices that join.
    pub fn join(&self, group: Uuid) -> Result<(), u32> {
        self.take(&self.joins, (group, Uuid::nil()))
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
    fn new(per_window: u32, quota: Option<Quota>) -> Self {
        Self { per_window, checks: AtomicU32::new(0), seats: quota.map(RateLimiter::keyed) }
    }
}

fn in_window(count: u32) -> Option<Quota> {
    let burst = NonZeroU32::new(count)?;
    Some(Quota::with_period(WINDOW / burst.get())?.allow_burst(burst))
}

fn joins(per_window: u32) -> Option<Quota> {
    let burst = NonZeroU32::new(JOINS).filter(|_| per_window > 0)?;
    Some(Quota::with_period(JOIN)?.allow_burst(burst))
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
        assert!(
            (0..2 * CALLS).all(|_| flood.call(group, one).is_ok()),
            "what pages ask by themselves is much"
        );
        assert!(flood.call(group, one).is_err() && flood.call(group, other).is_ok());
        assert!((0..JOINS).all(|_| flood.join(group).is_ok()), "a crowd before a poster");
        assert!(
            flood.join(group).is_err_and(|seconds| (1..=3).contains(&seconds)) && flood.join(other).is_ok()
        );
        flood.set(2);
        assert!(flood.message(group, one).is_err(), "nothing changed");
        flood.set(0);
        assert!((0..100).all(|_| flood.message(group, one).is_ok() && flood.join(group).is_ok()), "no limit");
    }
}
