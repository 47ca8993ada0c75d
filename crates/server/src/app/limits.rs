//! Rate limits: per app where one is set, and failed signatures per address.

use std::{collections::HashMap, net::IpAddr, num::NonZeroU32, sync::Arc};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::HashMapStateStore,
};
use parking_lot::Mutex;

type PerAddress = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>;

/// Above this many addresses the ones with a full budget are forgotten.
const ADDRESSES: usize = 10_000;

/// Who may go on, and who has to wait.
pub struct Limits {
    apps: Mutex<HashMap<String, (u32, Arc<DefaultDirectRateLimiter>)>>,
    failures: PerAddress,
    clock: DefaultClock,
}

impl Limits {
    /// `failures_per_minute` is the budget of failed signatures of one address.
    pub fn new(failures_per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(failures_per_minute).unwrap_or(NonZeroU32::MIN);
        Self {
            apps: Mutex::default(),
            failures: RateLimiter::hashmap(Quota::per_minute(per_minute)),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one call of the app's budget. The error is how many seconds to wait.
    pub fn call(&self, app_key: &str, calls_per_second: Option<u32>) -> Result<(), u64> {
        let Some(quota) = calls_per_second.and_then(NonZeroU32::new) else { return Ok(()) };
        let limiter = {
            let mut apps = self.apps.lock();
            match apps.get(app_key) {
                Some((n, limiter)) if *n == quota.get() => Arc::clone(limiter),
                _ => {
                    let limiter = Arc::new(RateLimiter::direct(Quota::per_second(quota)));
                    apps.insert(app_key.to_owned(), (quota.get(), Arc::clone(&limiter)));
                    limiter
                }
            }
        };
        limiter.check().map_err(|not_until| whole_seconds(not_until.wait_time_from(self.clock.now())))
    }

    /// Takes one failure of the address's budget. The error is how many seconds to wait.
    pub fn failed_signature(&self, address: IpAddr) -> Result<(), u64> {
        if self.failures.len() > ADDRESSES {
            self.failures.retain_recent();
        }
        self.failures
            .check_key(&address)
            .map_err(|not_until| whole_seconds(not_until.wait_time_from(self.clock.now())))
    }
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits(…)")
    }
}

fn whole_seconds(wait: std::time::Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_used_up_and_says_how_long_to_wait() {
        let limits = Limits::new(2);
        let (a, b) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert!(limits.failed_signature(a).is_ok() && limits.failed_signature(a).is_ok());
        assert!(limits.failed_signature(a).unwrap_err() >= 1);
        assert!(limits.failed_signature(b).is_ok(), "another address has its own budget");
        assert!(limits.call("1", Some(1)).is_ok());
        assert_eq!(limits.call("1", Some(1)), Err(1));
        assert!(limits.call("2", Some(1)).is_ok() && limits.call("1", None).is_ok());
        assert!(limits.call("1", Some(5)).is_ok(), "a changed limit starts afresh");
    }
}
