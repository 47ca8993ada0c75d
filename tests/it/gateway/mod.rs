//! The TOP gateway on the running server.

mod absent;
mod batch;
mod captured;
mod draft;
mod faults;
mod groups;
mod ids;
mod lifecycle;
mod limits;
mod patience;
mod people;
mod shapes;
mod socket;

pub(crate) use draft::{Draft, OBJECT, form};
pub(crate) use socket::{Raw, exchange};
