//! Visitors 访客 without an account: a device that opened a group's link and joined.
//!
//! The first device is the ticket's customer; each further one is a guest, who sees what was said from joining on. Guests see
//! what was said before only if staff allow it, or if they pass the channel's check.

pub mod contact;
pub mod join;
pub mod phone;
pub mod satisfaction;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Bytes of a device's cookie.
pub const DEVICE_BYTES: usize = 32;
/// The most characters of a visitor's name.
pub const NAME_MAX: usize = 40;

/// What a device is found by in one group. It differs from group to group, so that nobody who reads the table learns that
/// the same person was in two.
pub fn device_hash(cookie: &[u8; DEVICE_BYTES], group: Uuid) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"laqun visitor v1");
    hash.update(cookie);
    hash.update(group.as_bytes());
    hash.finalize().into()
}
