//! What is said in a group: messages in two lanes, who may read which, and who sits where.
//!
//! Invariant: messages are read through a [`View`], and only [`Seat::view`] makes one: whoever is no member of staff
//! gets none of the internal lane (promise 6).

pub mod lane;
pub mod seat;
pub mod system;

pub use lane::Lane;
pub use seat::{Seat, SeatKind, View};
pub use system::{Someone, SystemLine, What};
