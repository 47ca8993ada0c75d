//! The limit of file descriptors: one for each connection.

use super::{facts::Facts, finding::Finding};
use crate::descriptors;

/// Below this a morning's pages are too many.
const FEW: u64 = 4096;
/// Below this it hardly starts.
const LEAST: u64 = 256;

pub(super) fn check(_facts: &mut Facts) -> Vec<Finding> {
    here()
}

/// Of this process; a server raises its own to the hard limit.
pub(super) fn here() -> Vec<Finding> {
    const REMEDY: &str = "raise the hard limit of the server's user: LimitNOFILE=65536 in the systemd unit, `docker run --ulimit nofile=65536`, or /etc/security/limits.conf";
    let Some(hard) = descriptors::limits().1 else {
        return vec![Finding::ok("limits.descriptors", "no limit")];
    };
    let measured = format!("{hard} (hard limit of this user; `serve` takes all of it)");
    vec![if hard < LEAST {
        Finding::problem("limits.descriptors", format!("{measured}; at least {LEAST} are needed"), REMEDY)
    } else if hard < FEW {
        Finding::warning("limits.descriptors", format!("{measured}; {FEW} are wanted"), REMEDY)
    } else {
        Finding::ok("limits.descriptors", measured)
    }]
}
