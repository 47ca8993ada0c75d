//! Rate limits: calls per app where one is set, and failed signatures per app and address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use parking_lot::Mutex;

/// How often the log says that the sample app was refused.
const SAMPLE_WARNING: Duration = Duration::from_mins(1);

/// Who may go on, and who has to wait.
pub struct Limits {
    apps: Mutex<HashMap<String, (u32, Arc<DefaultDirectRateLimiter>)>>,
    failures: Mutex<Failures>,
    sample_warned: Mutex<Option<Instant>>,
    clock: DefaultClock,
}

impl Limits {
    /// `failures_per_minute` is the budget of failed signatures of one app from one address.
    pub fn new(failures_per_minute: u32) -> Self {
        Self {
            apps: Mutex::default(),
            failures: Mutex::new(Failures::new(failures_per_minute)),
            sample_warned: Mutex::default(),
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

    /// Whether a signature of this app from this address may be looked at. The error is how many seconds to wait.
    ///
    /// The pair counts, not the address: behind a proxy that is not trusted all callers share one address, and one app
    /// that signs wrongly must not lock out the others.
    pub fn signature(&self, app_key: &str, address: IpAddr) -> Result<(), u64> {
        self.failures.lock().check(app_key, address, Instant::now()).map_err(whole_seconds)
    }

    /// Takes one failed signature of the pair's budget.
    pub fn failed_signature(&self, app_key: &str, address: IpAddr) {
        self.failures.lock().count(app_key, address, Instant::now());
    }

    /// Another budget of failed signatures, from the next one on; what was counted stays counted.
    pub fn set_failures(&self, per_minute: u32) {
        self.failures.lock().set(per_minute);
    }

    /// Whether the log may say now that the sample app was refused: anybody can ask for that line, so it is seldom.
    pub fn may_warn_of_sample(&self) -> bool {
        let now = Instant::now();
        let mut last = self.sample_warned.lock();
        let may = last.is_none_or(|last| now.duration_since(last) >= SAMPLE_WARNING);
        if may {
            *last = Some(now);
        }
        may
    }
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits(…)")
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The most pairs that are remembered. A failure beyond them is not counted: forgetting somebody else's would let a
/// crowd of addresses clear the one that is blocked.
const PAIRS: usize = 10_000;
/// How often pairs whose budget is full again are looked for, when there is no room.
const SWEEP: Duration = Duration::from_secs(1);

/// Failed signatures: a budget per pair that fills up by itself.
#[derive(Debug)]
struct Failures {
    /// How long it takes until one failure is forgotten.
    each: Duration,
    /// How long it takes until a whole budget is.
    whole: Duration,
    /// When the budget of a pair will be full again.
    full_at: HashMap<(String, IpAddr), Instant>,
    swept: Option<Instant>,
}

impl Failures {
    fn new(per_minute: u32) -> Self {
        let mut failures =
            Self { each: Duration::ZERO, whole: Duration::ZERO, full_at: HashMap::new(), swept: None };
        failures.set(per_minute);
        failures
    }

    fn set(&mut self, per_minute: u32) {
        self.each = Duration::from_mins(1) / per_minute.max(1);
        self.whole = self.each * per_minute.max(1);
    }

    /// Whether one more failure is left; the error is how long until one is.
    fn check(&self, app_key: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.full_at.is_empty() {
            return Ok(());
        }
        let Some(full_at) = self.full_at.get(&(app_key.to_owned(), network(address))) else { return Ok(()) };
        let missing = full_at.saturating_duration_since(now) + self.each;
        match missing.saturating_sub(self.whole) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        }
    }

    fn count(&mut self, app_key: &str, address: IpAddr, now: Instant) {
        if self.full_at.len() >= PAIRS && self.swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.swept = Some(now);
        }
        let pair = (app_key.to_owned(), network(address));
        if self.full_at.len() >= PAIRS && !self.full_at.contains_key(&pair) {
            return;
        }
        let full_at = self.full_at.entry(pair).or_insert(now);
        *full_at = (*full_at).max(now) + self.each;
    }
}

/// One household or server is given a whole /64 of IPv6 and can call from any address in it.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn a_pair_that_used_up_its_failures_waits_until_one_is_forgotten() {
        let (mut failures, start) = (Failures::new(2), Instant::now());
        for _ in 0..2 {
            assert_eq!(failures.check("1", A, start), Ok(()));
            failures.count("1", A, start);
        }
        assert_eq!(failures.check("1", A, start), Err(Duration::from_secs(30)));
        assert_eq!(failures.check("1", B, start), Ok(()), "another address has its own budget");
        assert_eq!(failures.check("2", A, start), Ok(()), "another app has its own budget");
        assert_eq!(failures.check("1", A, start + Duration::from_secs(30)), Ok(()));
        // Nothing is saved up beyond the whole budget.
        let later = start + Duration::from_hours(1);
        for _ in 0..2 {
            failures.count("1", A, later);
        }
        assert!(failures.check("1", A, later).is_err());
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_budget() {
        let (mut failures, now) = (Failures::new(1), Instant::now());
        failures.count("1", "2001:db8:0:1::1".parse().unwrap(), now);
        assert!(failures.check("1", "2001:db8:0:1:ffff::2".parse().unwrap(), now).is_err());
        assert!(failures.check("1", "2001:db8:0:2::1".parse().unwrap(), now).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_a_crowd_does_not_free_who_is_blocked() {
        let (mut failures, now) = (Failures::new(1), Instant::now());
        failures.count("1", A, now);
        for n in 0..20_000_u32 {
            failures.count("1", IpAddr::V4(n.into()), now);
        }
        assert_eq!(failures.full_at.len(), PAIRS);
        assert!(failures.check("1", A, now).is_err());
        failures.count("1", B, now + Duration::from_mins(2));
        assert_eq!(failures.full_at.len(), 1, "full budgets are forgotten");
    }

    #[test]
    fn an_app_with_a_limit_is_told_to_wait_and_the_sample_is_warned_of_once() {
        let limits = Limits::new(2);
        assert!(limits.call("1", Some(1)).is_ok());
        assert_eq!(limits.call("1", Some(1)), Err(1));
        assert!(limits.call("2", Some(1)).is_ok() && limits.call("1", None).is_ok());
        assert!(limits.call("1", Some(5)).is_ok(), "a changed limit starts afresh");
        assert!(limits.may_warn_of_sample());
        assert!(!limits.may_warn_of_sample());
    }
}
