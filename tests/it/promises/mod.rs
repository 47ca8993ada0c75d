//! What must always be true, on the real program: under storms, crashes, wrong starts, foreign tenants, and at the end.

mod backends;
pub(crate) mod cluster;
mod crashes;
mod disk;
mod ending;
mod feed;
mod operator;
mod races;
pub(crate) mod remote;
mod secrets;
pub(crate) mod sign_in;
mod starting;
mod statements;
pub(crate) mod stored;
mod storm;
mod supervised;
mod synced;
mod tenants;
mod tickets;
