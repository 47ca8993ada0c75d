//! Where a group lives: one trait, one file a platform.
//!
//! A platform is told what to make and says what it made, with evidence. It keeps no state of laqun's: whether a group
//! exists, who belongs in it and what happens after a failure is decided above, by rows and a durable job.
//!
//! Invariant: nothing here knows the database, the wire protocol or a tenant.

mod sandbox;
mod web;

use std::{fmt, future::Future, pin::Pin, time::Duration};

pub use sandbox::{Fault, Sandbox, SandboxSettings};
pub use web::Web;

/// What a platform's operation comes to, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// A messaging platform that can hold a group.
pub trait Platform: Send + Sync + fmt::Debug {
    /// The name a channel gives: `web`, `sandbox`, …
    fn name(&self) -> &'static str;

    /// Makes the group. `group.key` is ours and the same on every attempt: a platform that can be asked to make a group
    /// once per key must be.
    fn create<'a>(&'a self, group: &'a NewGroup) -> Answer<'a, Made>;

    /// Looks up what an earlier, unsure [`Platform::create`] made under our key.
    fn find<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Made>>;
}

/// What a group shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Our key for it: `lq` and 26 base32 characters of the group row's id.
    pub key: String,
    /// The group's name as people read it.
    pub title: String,
    /// Who shall be in it, the owner first.
    pub members: Vec<NewMember>,
}

/// A person to pull in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// The name people read.
    pub name: String,
    /// `staff_id` or `customer_id`, as the tenant's systems call the person.
    pub external_id: String,
    /// Whether the person is a customer.
    pub customer: bool,
}

/// A group that the platform says exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The platform's own id of the chat.
    pub chat_id: String,
    /// The platform's own id of the conversation, where it has a second one.
    pub conversation_id: String,
    /// What proves it: an external id or an HTTP status.
    pub evidence: String,
}

/// How an operation failed, and so what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing was done; the same call later may succeed.
    #[error("{cause}; it is tried again")]
    Retry {
        /// What the platform said.
        cause: String,
        /// The platform's own wish, if it stated one.
        after: Option<Duration>,
    },
    /// Nothing was done and the same call will fail again until somebody acts.
    #[error("{cause}; {remedy}")]
    Fail {
        /// What the platform said.
        cause: String,
        /// What an administrator does about it.
        remedy: String,
    },
    /// It may or may not have been done: ask the platform by our key before trying again.
    #[error("{cause}; it is unknown whether the group was made")]
    Unsure {
        /// What was seen last.
        cause: String,
    },
}
