//! The addresses to listen on: free, or taken by this server.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
};

use super::{
    facts::{Facts, here},
    finding::Finding,
    public::Reply,
};

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let mut findings = vec![port(facts, "listen", facts.settings.listen, "--listen or LAQUN_LISTEN")];
    let ops = facts.settings.ops_listen;
    findings.extend(ops.map(|address| port(facts, "ops_listen", address, "ops_listen (LAQUN_OPS_LISTEN)")));
    findings
}

fn port(facts: &Facts, check: &'static str, address: SocketAddr, how: &str) -> Finding {
    if address.port() == 0 {
        return Finding::ok(check, format!("{address}: a free port at each start"));
    }
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => taken(facts, check, address, how),
        Err(error) => Finding::problem(
            check,
            format!("{address}: {error}"),
            match error.kind() {
                ErrorKind::PermissionDenied => {
                    format!(
                        "take a port above 1023 with {how}, or let systemd open it (AmbientCapabilities=CAP_NET_BIND_SERVICE)"
                    )
                }
                _ => format!("name an address that this machine has with {how}: ip address"),
            },
        ),
    }
}

fn taken(facts: &Facts, check: &'static str, address: SocketAddr, how: &str) -> Finding {
    match facts.ask.blocking(&format!("http://{}", here(address))) {
        Reply::Answer { is_ours: Some(true), .. } => {
            Finding::ok(check, format!("{address}: this server listens"))
        }
        Reply::Answer { is_ours: None, is_laqun: true, .. } if facts.is_served() => {
            Finding::ok(check, format!("{address}: a laqun listens; without the key nobody can tell whose"))
        }
        Reply::Answer { is_laqun: true, .. } => Finding::problem(
            check,
            format!("{address} is taken by a laqun on other data"),
            format!("stop that server, or listen elsewhere with {how}"),
        ),
        _ => Finding::problem(
            check,
            format!("{address} is taken by another program"),
            format!(
                "find it with `ss -ltnp 'sport = :{}'` and stop it, or listen elsewhere with {how}",
                address.port()
            ),
        ),
    }
}
