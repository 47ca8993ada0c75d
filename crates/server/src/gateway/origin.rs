//! Where a call comes from.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The caller's address, and whether a proxy stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// The address that counts for allow-lists and limits.
    pub(super) address: IpAddr,
    /// The request carries a forwarding header, believed or not.
    pub(super) forwarded: bool,
}

impl Origin {
    /// A peer that is a trusted proxy speaks for the last address in `X-Forwarded-For` that is none itself.
    pub(super) fn of(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
        let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "via"]
            .iter()
            .any(|name| headers.contains_key(*name));
        let mut address = peer.ip().to_canonical();
        if forwarded && is_trusted(&address) {
            let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
            let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
            for hop in hops.into_iter().rev() {
                // What cannot be read cannot be believed: the last proxy stands for it.
                let Ok(ip) = hop.parse::<IpAddr>() else { break };
                address = ip.to_canonical();
                if !is_trusted(&address) {
                    break;
                }
            }
        }
        Self { address, forwarded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded_for: &[&str], trusted: &[&str]) -> (String, bool) {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let origin = Origin::of(SocketAddr::new(peer.parse().unwrap(), 1), &headers, &trusted);
        (origin.address.to_string(), origin.forwarded)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_for_its_last_hop() {
        assert_eq!(of("10.0.0.1", &[], &[]), ("10.0.0.1".into(), false));
        assert_eq!(of("10.0.0.1", &["1.2.3.4"], &[]), ("10.0.0.1".into(), true));
        assert_eq!(of("10.0.0.1", &["9.9.9.9, 1.2.3.4"], &["10.0.0.0/8"]), ("1.2.3.4".into(), true));
        assert_eq!(
            of("10.0.0.1", &["9.9.9.9", "1.2.3.4, 10.0.0.7"], &["10.0.0.0/8"]),
            ("1.2.3.4".into(), true)
        );
        assert_eq!(of("10.0.0.1", &["1.2.3.4, nonsense"], &["10.0.0.0/8"]), ("10.0.0.1".into(), true));
        assert_eq!(of("::ffff:10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), ("1.2.3.4".into(), true));
    }
}
