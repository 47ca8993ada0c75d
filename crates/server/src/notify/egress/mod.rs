//! The egress guard: where requests may go whose address a user chose.
//!
//! Only `http` and `https`; no address of this machine, of the network it is in, or of a cloud's metadata, unless the
//! operator allows it (`allowed_egress`). A name is resolved once for a connection, the addresses it gives are looked at, and
//! the connection goes to one of those: a name that means something else the next time is looked at the next time.
//! Redirects are not followed, a proxy is not asked, and answers are read up to a limit, within a time.

use std::{
    error::Error as StdError,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use arc_swap::ArcSwap;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::client;

/// How long a request may take from the name's resolution to the answer's last byte.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
pub const ANSWER_BYTES: usize = 4096;

/// Why an address is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none.
    #[error("`{0}` is no address such as https://example.com/laqun")]
    Unreadable(String),
    /// It is not of the web.
    #[error("only http and https are allowed, not {0}")]
    Scheme(String),
    /// Name and password in an address end up in logs.
    #[error("the address holds a name or a password; leave them out")]
    UserInfo,
    /// It leads where users may not aim.
    #[error(
        "{0} is an address of this machine, of a private network or a reserved one; the operator can allow it: allowed_egress"
    )]
    Address(IpAddr),
    /// No address of the name may be asked.
    #[error(
        "`{0}` leads only to addresses of this machine, of a private network or reserved ones; the operator can allow them: allowed_egress"
    )]
    Name(String),
}

/// Networks that may be asked although they are not public.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Arc<ArcSwap<Vec<IpNet>>>);

impl Allowed {
    /// These, from now on.
    pub fn set(&self, networks: Vec<IpNet>) {
        self.0.store(Arc::new(networks));
    }

    /// Whether a request may go there.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.0.load().iter().any(|network| network.contains(&address))
    }
}

/// Looks at the words of an address: what can be said of it before its name is resolved.
pub fn check(address: &str) -> Result<Url, Refused> {
    let url = Url::parse(address).map_err(|_| Refused::Unreadable(super::plain(address, 80)))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Scheme(super::plain(url.scheme(), 20)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::UserInfo);
    }
    if url.host().is_none() {
        return Err(Refused::Unreadable(super::plain(address, 80)));
    }
    Ok(url)
}

/// The guard of a running program: the networks that its settings allow, and the client, made when the first request is.
#[derive(Debug, Default)]
pub struct Egress {
    /// What is allowed beyond the public internet; it can change while the program runs.
    pub allowed: Allowed,
    client: OnceLock<Guarded>,
}

impl Egress {
    /// The client.
    pub fn client(&self) -> reqwest::Result<&Guarded> {
        if let Some(made) = self.client.get() {
            return Ok(made);
        }
        let made = Guarded::new(self.allowed.clone())?;
        Ok(self.client.get_or_init(|| made))
    }
}

/// Asks addresses that users chose.
#[derive(Debug, Clone)]
pub struct Guarded {
    client: reqwest::Client,
    allowed: Allowed,
}

impl Guarded {
    /// A client behind the guard, with the system's resolver.
    pub fn new(allowed: Allowed) -> reqwest::Result<Self> {
        Self::with(allowed, System)
    }

    /// With a resolver.
    fn with(allowed: Allowed, lookup: impl Lookup) -> reqwest::Result<Self> {
        let resolver = Resolver { allowed: allowed.clone(), lookup: Arc::new(lookup) };
        let client = client::builder(TIMEOUT)
            .dns_resolver(Arc::new(resolver))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(TIMEOUT / 2)
            // Each connection is looked at: what was allowed an hour ago may not be now.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, allowed })
    }

    /// A POST to an address, once it may be asked.
    pub fn post(&self, address: &str) -> Result<reqwest::RequestBuilder, Refused> {
        let url = check(address)?;
        // A name goes through the resolver; an address does not.
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        if let Some(ip) = literal.filter(|ip| !self.allowed.permits(*ip)) {
            return Err(Refused::Address(ip));
        }
        Ok(self.client.post(url))
    }
}

/// The guard's own refusal inside an error of the client's, if it was that.
pub fn refusal(error: &reqwest::Error) -> Option<Refused> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused.clone());
        }
        source = error.source();
    }
    None
}

/// The beginning of an answer; the rest is never read.
pub async fn beginning(mut answer: reqwest::Response) -> reqwest::Result<Vec<u8>> {
    let mut read = Vec::new();
    while read.len() < ANSWER_BYTES {
        let Some(chunk) = answer.chunk().await? else { break };
        read.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES - read.len())]);
    }
    Ok(read)
}

/// What a name's addresses are.
trait Lookup: Send + Sync + 'static {
    fn lookup(&self, name: String) -> Looking;
}

type Looking = std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// The operating system's resolver.
struct System;

impl Lookup for System {
    fn lookup(&self, name: String) -> Looking {
        // The port is put in by the client.
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// Gives the client the addresses that it may connect to, and no others.
struct Resolver<L> {
    allowed: Allowed,
    lookup: Arc<L>,
}

impl<L: Lookup> Resolve for Resolver<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, lookup) = (self.allowed.clone(), Arc::clone(&self.lookup));
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let mut found = lookup.lookup(name.clone()).await?;
            found.retain(|address| allowed.permits(address.ip()));
            if found.is_empty() {
                return Err(Box::new(Refused::Name(name)) as Box<dyn StdError + Send + Sync>);
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    // This network, this machine, what is reserved (the broadcast too); the carrier's own, where Alibaba Cloud's metadata is;
    // protocols, the way into 6to4, benchmarks.
    let reserved = match ip.octets() {
        [0 | 127 | 240.., ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        _ => false,
    };
    !(reserved || ip.is_private() || ip.is_link_local() || ip.is_documentation() || ip.is_multicast())
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // What carries an IPv4 address leads there: the translators' prefix, and 6to4.
    let carried = match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = carried {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // The public ones are 2000::/3, without protocols and tunnels (2001::/23) and documentation.
    let global = segments[0] & 0xe000 == 0x2000;
    let special = match (segments[0], segments[1]) {
        (0x2001, second) => second < 0x200 || second == 0xdb8,
        (0x3fff, second) => second < 0x1000,
        _ => false,
    };
    global && !special
}

#[cfg(test)]
mod tests;
