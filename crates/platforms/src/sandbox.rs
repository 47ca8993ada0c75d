//! A platform with faults to order, so that patience, retries and reconciliation can be seen and tested without an account.
//!
//! It keeps what it made in memory, per process: after a restart it remembers nothing, as a platform would that lost
//! our group. Rates, jitter and duplicates come with the platforms that need them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::{Answer, Failure, Made, NewGroup, Platform};

/// What goes wrong, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The platform refuses for now.
    Retry,
    /// The platform refuses for good.
    Fail,
    /// The platform makes the group and the answer is lost.
    Unsure,
}

/// How a sandbox behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SandboxSettings {
    /// How long every operation takes.
    pub delay: Duration,
    /// What goes wrong with `create`.
    pub fault: Option<Fault>,
    /// How many calls of `create` go wrong before it works.
    pub fault_count: u32,
}

/// Any platform, slower and less reliable.
#[derive(Debug)]
pub struct Sandbox {
    inner: Arc<dyn Platform>,
    settings: SandboxSettings,
    faults_left: AtomicU32,
    made: Mutex<HashMap<String, Made>>,
}

impl Sandbox {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Platform>, settings: SandboxSettings) -> Self {
        Self { inner, settings, faults_left: AtomicU32::new(settings.fault_count), made: Mutex::default() }
    }

    fn next_fault(&self) -> Option<Fault> {
        let fault = self.settings.fault?;
        let took = self.faults_left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1));
        took.ok().map(|_| fault)
    }

    fn remembered(&self, key: &str) -> Option<Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn remember(&self, key: &str, made: &Made) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), made.clone());
    }
}

impl Platform for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn create<'a>(&'a self, group: &'a NewGroup) -> Answer<'a, Made> {
        Box::pin(async move {
            tokio::time::sleep(self.settings.delay).await;
            if let Some(made) = self.remembered(&group.key) {
                return Ok(made);
            }
            match self.next_fault() {
                Some(Fault::Retry) => Err(Failure::Retry { cause: "HTTP 503".into(), after: None }),
                Some(Fault::Fail) => Err(Failure::Fail {
                    cause: "HTTP 403".into(),
                    remedy: "the sandbox was told to refuse: change the channel's settings".into(),
                }),
                fault => {
                    let made = self.inner.create(group).await?;
                    self.remember(&group.key, &made);
                    match fault {
                        Some(_) => {
                            Err(Failure::Unsure { cause: "timeout after the request was sent".into() })
                        }
                        None => Ok(made),
                    }
                }
            }
        })
    }

    fn find<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Made>> {
        Box::pin(async move {
            tokio::time::sleep(self.settings.delay).await;
            Ok(self.remembered(key))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Web;

    fn group() -> NewGroup {
        NewGroup { key: "lqk".into(), title: "t".into(), members: Vec::new() }
    }

    fn sandbox(fault: Fault) -> Sandbox {
        let settings = SandboxSettings { fault: Some(fault), fault_count: 1, ..SandboxSettings::default() };
        Sandbox::new(Arc::new(Web), settings)
    }

    #[tokio::test]
    async fn an_unsure_create_is_found_by_our_key_and_not_made_again() {
        let platform = sandbox(Fault::Unsure);
        assert!(matches!(platform.create(&group()).await, Err(Failure::Unsure { .. })));
        let found = platform.find("lqk").await.unwrap();
        assert_eq!(found.as_ref(), Some(&platform.create(&group()).await.unwrap()));
    }

    #[tokio::test]
    async fn a_refusal_makes_nothing() {
        for fault in [Fault::Retry, Fault::Fail] {
            let platform = sandbox(fault);
            assert!(platform.create(&group()).await.is_err());
            assert_eq!(platform.find("lqk").await.unwrap(), None);
            assert!(platform.create(&group()).await.is_ok(), "the fault was ordered once");
        }
    }
}
