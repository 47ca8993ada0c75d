//! What open pages are told while they are open: new entries, read marks, who is there, who is typing.
//!
//! The rows are the truth. A page has a number in each lane up to which it knows everything; whatever wakes it, it is given
//! exactly what is behind its numbers, in order. So a page that comes back, that was slow, or that joins while others
//! write is never a special case: its numbers say what it lacks.
//!
//! ```text
//! commit here ── touch ──┐
//! feed (all processes) ──┤──► Room: reads once, makes the bytes once ──► Page ──► socket, event stream
//! whispers (typing) ─────┘                                               Page ◄── its own look, where it lacks something
//! ```
//!
//! Invariant: of each lane that a page may see it is told every entry once and in order.
//! Invariant: what is told to staff goes over a channel that only staff listen to ([`room::Audience`]).
//! Invariant: no lock is held across an await; a page that does not read costs the others nothing.

pub mod beat;
pub mod counts;
pub mod feed;
pub mod frame;
pub mod hub;
pub mod look;
pub mod page;
pub mod presence;
pub mod room;
pub mod typing;

pub use hub::{Hub, Refusal};
pub use page::{Out, Page, Place};
