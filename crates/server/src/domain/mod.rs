//! Nouns and rules. No HTTP words, no wire names, no pages.
//!
//! Invariant: every function that touches a tenant's rows takes a [`Tenant`] or rows that were found through one.

pub mod app;
pub mod attachment;
pub mod audit;
pub mod change;
pub mod channel;
pub mod conversation;
pub mod customer;
pub mod directory;
pub mod group;
pub mod id;
pub mod import;
pub mod notice;
pub mod quick_reply;
pub mod refusal;
pub mod sealed;
pub mod sign_in;
pub mod staff;
pub mod tenant;
pub mod ticket;
pub mod visitor;

pub use refusal::Refusal;
pub use tenant::Tenant;

/// What a unit of work or a lookup ends in when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no; the caller can do something about it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was looked at changed before it could be acted on: look again (at the directory too) and start over.
    #[error("what was looked at changed meanwhile; ask again")]
    Stale,
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A secret at rest could not be opened.
    #[error("a stored secret cannot be opened with this master key: {0}")]
    Secret(String),
}
