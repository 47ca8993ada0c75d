//! What is said in a group: messages in two lanes, who may read which, and who sits where.
//!
//! Invariant: messages are read through a [`View`], and only [`Seat::view`] makes one for a person: whoever is no member of
//! staff gets none of the internal lane (promise 6).
//! Invariant: a lane's numbers are taken by the group's row lock, in the unit that writes the entry: gapless, in the order of
//! commits.

pub mod denied;
pub mod entry;
pub mod lane;
pub mod mark;
pub mod page;
pub mod presence;
pub mod recall;
pub mod search;
pub mod seat;
pub mod send;
pub mod state;
pub mod system;
pub mod text;
pub mod transcript;

pub use denied::{Denied, Error};
pub use entry::{Entry, Kind};
pub use lane::Lane;
pub use seat::{Seat, SeatKind, View};
pub use state::{Summary, summary};
pub use system::{Someone, SystemLine, What};

/// The most characters of a message.
pub const TEXT_MAX: usize = 4000;
/// For how long a message can be recalled, milliseconds.
pub const RECALL_MS: i64 = 120_000;
