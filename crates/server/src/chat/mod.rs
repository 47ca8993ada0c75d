//! What the group's page asks for and does: JSON for a member of the group, under two bases of addresses.
//!
//! Visitors come by `/g/{token}`, staff by `/customer-service/groups/{group}`; one handler serves both. [`Seated`] says who
//! asks, or refuses.
//!
//! Invariant: a handler acts for a [`Seated`], and whatever changes something comes from a page of ours.

pub mod acts;
pub mod answer;
pub mod colleagues;
pub mod contact;
mod denied;
pub mod entries;
pub mod events;
pub mod files;
pub mod join;
pub mod live;
pub mod members;
pub mod origin;
pub mod poll;
pub mod query;
pub mod quick_replies;
pub mod read;
pub mod recall;
pub mod satisfaction;
pub mod search;
pub mod seat;
pub mod send;
pub mod state;
pub mod ticket;
pub mod transcript;
pub mod typing;

pub use answer::{Body, Refused};
pub use seat::{Seated, Who};
