//! Files of a group: sent to us, looked at, served again.

mod examine;
mod receive;
mod serve;
mod upload;

pub use serve::{file, thumb};
pub use upload::{discard, upload};
