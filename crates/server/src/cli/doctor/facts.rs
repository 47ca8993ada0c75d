//! What several checks need to know, gathered once.

use std::{net::SocketAddr, time::Duration};

use store::{Error, Holder, Inspection, KEY_FILE, KeyFit, MasterKey};
use tokio::time::timeout;

use super::public::{Ask, Reply};
use crate::{
    app::{clock::Clock, ids::Ids, open::location},
    config::Settings,
};

/// How long the database may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Facts {
    pub(super) settings: Settings,
    pub(super) deep: bool,
    pub(super) database: Database,
    /// Who works on the data folder.
    pub(super) holder: Holder,
    /// What answers at `public_url`; none where that address cannot be told.
    pub(super) public: Option<Reply>,
    pub(super) ask: Ask,
    clock: Clock,
}

pub(super) enum Database {
    Open(Box<Inspection>),
    /// The SQLite file is not there yet.
    Absent,
    /// It cannot be looked at.
    Closed(Error),
}

impl Facts {
    pub(super) async fn gather(settings: Settings, deep: bool) -> Self {
        let mut database = open(&settings).await;
        let path = settings.master_key_file.clone().unwrap_or_else(|| settings.data.join(KEY_FILE));
        let is_expected = settings.master_key_file.is_some() || settings.database_url.is_none();
        // Only the database's key tells a server of ours from others; `key::check` says what is wrong with another.
        let key = is_expected.then(|| MasterKey::from_file(&path).ok()).flatten().filter(|key| {
            let Database::Open(inspection) = &mut database else { return false };
            tokio::task::block_in_place(|| matches!(inspection.key_fits(key), Ok(KeyFit::Fits)))
        });
        let holder = store::Folder::holder(&settings.data).unwrap_or(Holder::Nobody);
        let ask = Ask::new(key, Ids::system());
        let public = match public_url(&settings) {
            Some(url) => Some(ask.laqun(&url).await),
            None => None,
        };
        Self { settings, deep, database, holder, public, ask, clock: Clock::System }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// How browsers and phones reach the server; none where only the running server knows its port.
    pub(super) fn public_url(&self) -> Option<String> {
        public_url(&self.settings)
    }

    /// The database, if it can be looked at; else the finding that says that this check cannot be made.
    pub(super) fn inspection(
        &mut self,
        check: &'static str,
    ) -> Result<&mut Inspection, Vec<super::finding::Finding>> {
        let why = match &mut self.database {
            Database::Open(inspection) => return Ok(inspection),
            Database::Absent => "there is no database yet",
            Database::Closed(_) => "the database cannot be opened",
        };
        Err(vec![super::finding::Finding::skipped(check, why)])
    }

    /// Whether a server seems to work on this data folder.
    pub(super) fn is_served(&self) -> bool {
        self.holder != Holder::Nobody
    }
}

fn public_url(settings: &Settings) -> Option<String> {
    let is_known = settings.public_url.is_some()
        || (settings.listen.port() != 0 && !settings.listen.ip().is_unspecified());
    is_known.then(|| settings.public_url_at(settings.listen))
}

async fn open(settings: &Settings) -> Database {
    let place = location(settings);
    let opened = tokio::task::spawn_blocking(move || Inspection::open(&place));
    match timeout(PATIENCE, opened).await {
        Ok(Ok(Ok(Some(inspection)))) => Database::Open(Box::new(inspection)),
        Ok(Ok(Ok(None))) => Database::Absent,
        Ok(Ok(Err(error))) => Database::Closed(error),
        Ok(Err(error)) => Database::Closed(Error::Unavailable(error.to_string())),
        Err(_) => Database::Closed(Error::Unavailable(format!("no answer in {} s", PATIENCE.as_secs()))),
    }
}

/// The same address on this machine, where one listens on every address.
pub(super) fn here(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        address.set_ip(if listen.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}
