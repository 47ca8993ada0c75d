//! What a handler may touch: one value, made at start, the same for every request.

pub mod flood;
pub mod limits;
pub mod open;
pub mod platform;
pub mod uploads;

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwap;
use store::{MasterKey, Store, blobs::Blobs};

use self::{flood::Flood, limits::Limits, platform::Platforms, uploads::Uploads};
pub use crate::{clock, ids};
use crate::{
    clock::Clock,
    config::Settings,
    domain::{self, directory::DirectoryCache, sign_in::Tickets},
    gateway,
    ids::Ids,
    live::Hub,
    notify::egress::Egress,
    observe::{calls::Calls, metrics::Metrics},
};

/// What a reload can change. Whoever needs several of these takes one value and uses it to the end of the call: a change
/// never happens in the middle.
#[derive(Debug)]
pub struct Live {
    /// The settings.
    pub settings: Settings,
    /// How browsers and phones reach this server: an origin, spelled as browsers spell it.
    pub public_url: String,
    /// Listening on loopback only, with a loopback `public_url`: the sample app works.
    pub loopback: bool,
}

impl Live {
    fn new(settings: Settings, address: SocketAddr) -> Self {
        let public_url = settings.public_url_at(address);
        let loopback = address.ip().is_loopback() && is_loopback_url(&public_url);
        Self { settings, public_url, loopback }
    }
}

/// The running program. Shared by reference; nothing in it is locked across an await.
pub struct App {
    /// Durable truth.
    pub store: Store,
    /// Opens and seals secrets at rest.
    pub key: Arc<MasterKey>,
    /// The time.
    pub clock: Clock,
    /// Ids and randomness.
    pub ids: Ids,
    /// Apps, tenants, channels.
    pub directory: DirectoryCache,
    /// Sign-in tickets.
    pub tickets: Tickets,
    /// Where groups live.
    pub platforms: Platforms,
    /// Rate limits of the gateway.
    pub limits: Limits,
    /// Rate limits of people in groups.
    pub flood: Flood,
    /// Where requests may go whose address a user chose.
    pub egress: Egress,
    /// What is counted.
    pub metrics: Metrics,
    /// The bytes of files.
    pub blobs: Blobs,
    /// How many files may arrive at a time.
    pub uploads: Uploads,
    /// Pages that are open.
    pub hub: Hub,
    live: ArcSwap<Live>,
    address: SocketAddr,
    draining: AtomicBool,
}

impl App {
    /// Puts the parts together, once the address is known.
    pub fn new(store: Store, key: Arc<MasterKey>, settings: Settings, address: SocketAddr) -> Self {
        let egress = Egress::default();
        egress.allowed.set(settings.allowed_egress.clone());
        Self {
            tickets: Tickets::new(&key),
            metrics: Metrics::new(Calls::new(gateway::method_names()), Clock::System.now_ms()),
            limits: Limits::new(settings.gateway.failed_signatures_per_minute),
            flood: Flood::new(settings.chat.messages_per_10_seconds),
            platforms: Platforms::default(),
            egress,
            directory: DirectoryCache::default(),
            hub: Hub::default(),
            clock: Clock::System,
            ids: Ids::system(),
            // Making it is the start's work.
            blobs: Blobs::at(&settings.blobs()),
            uploads: Uploads::default(),
            store,
            key,
            live: ArcSwap::from_pointee(Live::new(settings, address)),
            address,
            draining: AtomicBool::new(false),
        }
    }

    /// The settings as they are now; reading them takes no lock.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Puts other settings in force, for calls that begin from now on.
    pub fn change(&self, settings: Settings) {
        self.limits.set_failures(settings.gateway.failed_signatures_per_minute);
        self.flood.set(settings.chat.messages_per_10_seconds);
        self.egress.allowed.set(settings.allowed_egress.clone());
        self.live.store(Arc::new(Live::new(settings, self.address)));
    }

    /// Looks whether the database's keys were changed: for what cannot be opened with those that are held.
    pub async fn refresh_key(&self) -> Result<(), domain::Error> {
        let key = Arc::clone(&self.key);
        Ok(self.store.read("key.refresh", move |r| key.refresh(r)).await?)
    }

    /// From now on `/readyz` says no.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the process is about to end.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// Whether an address names this machine only.
pub(crate) fn is_loopback_url(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else { return false };
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_are_told_from_others() {
        for url in [
            "http://127.0.0.1:7700",
            "http://localhost",
            "http://localhost:1",
            "https://[::1]:2",
            "http://[::1]",
        ] {
            assert!(is_loopback_url(url), "{url}");
        }
        for url in [
            "http://192.168.1.2:7700",
            "https://laqun.example.com",
            "http://localhost.evil.com",
            "http://[2001::1]:2",
        ] {
            assert!(!is_loopback_url(url), "{url}");
        }
    }
}
