//! What is in a file that somebody sent. Pure functions of bytes: what they say is found in the content, never taken from
//! what the sender claims.
//!
//! Invariant: nothing that a browser could run in our name has a media type of its own. Markup, scripts and programs are
//! [`OCTETS`], to be downloaded: a ticket may be about precisely such a file, so it is not refused.

mod name;
mod picture;
mod sniff;
mod strip;

pub use name::{NAME_MAX, clean};
pub use picture::{DECODE_MIB, Measured, PIXELS_MAX, Picture, SMALL, Unfit, measure, prepare};
pub use sniff::{HEAD, OCTETS, Sniffed, is_shown, sniff, wav_ms};
