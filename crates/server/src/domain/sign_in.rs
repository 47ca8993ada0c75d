//! Signing staff in: a ticket in the link's fragment, redeemed once, and a session.

use std::sync::Arc;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use data_encoding::BASE64URL_NOPAD;
use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use store::{MasterKey, Read, Store, Tx, params};
use uuid::Uuid;

use super::{Error, audit, audit::Actor, id, staff};
use crate::{domain::Tenant, ids::Ids};

/// How long a ticket can be redeemed, milliseconds.
pub const TICKET_LIFETIME_MS: i64 = 10 * 60 * 1000;
/// How long after a key was replaced servers, whose clocks may differ, may go on minting with it, milliseconds.
const FOLLOWED_MS: i64 = 60 * 1000;
/// How long a session lasts, milliseconds: a long working day.
pub const SESSION_LIFETIME_MS: i64 = 12 * 60 * 60 * 1000;
/// Bytes of a session's cookie.
pub const SESSION_BYTES: usize = 32;

/// How long a redeemed nonce is kept beyond its ticket, milliseconds: a clock that was set forward by mistake must not
/// forget what makes a ticket work once.
const KEEP_NONCE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

const NONCE_BYTES: usize = 24;
const CLEAR_BYTES: usize = 8 + 16 + 16 + 8;
const PURPOSE: &[u8] = b"laqun sign-in ticket v1";

/// What a ticket says: this staff member came through this group's link at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The tenant's number.
    pub tenant_id: i64,
    /// Row id of the staff member.
    pub staff: Uuid,
    /// Row id of the group.
    pub group: Uuid,
    /// When it was issued, milliseconds since 1970.
    pub issued_ms: i64,
    /// What makes it one of a kind.
    pub nonce: [u8; NONCE_BYTES],
}

/// Why a ticket signs nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It is none of ours.
    #[error("the sign-in ticket is not valid: click 一键拉群 again")]
    Invalid,
    /// Its ten minutes are over.
    #[error("the sign-in ticket is older than ten minutes: click 一键拉群 again")]
    Expired,
    /// It was redeemed before.
    #[error("the sign-in ticket was used already: click 一键拉群 again")]
    Used,
}

/// Mints and opens tickets. Nothing is stored when one is minted.
#[derive(Clone)]
pub struct Tickets {
    master: MasterKey,
    derived: Arc<RwLock<Arc<Derived>>>,
}

/// What was derived from one version of the keys.
struct Derived {
    version: i64,
    /// The newest first; and since when each is superseded.
    ciphers: Vec<(XChaCha20Poly1305, Option<i64>)>,
}

impl Derived {
    fn from(master: &MasterKey) -> Arc<Self> {
        let store::Derived { version, keys } = master.derived("sign-in ticket");
        let ciphers = keys.into_iter().map(|(key, since)| (XChaCha20Poly1305::new((&*key).into()), since));
        Arc::new(Self { version, ciphers: ciphers.collect() })
    }
}

impl Tickets {
    /// With the keys that the master key gives for this purpose; they follow its rotation.
    pub fn new(key: &MasterKey) -> Self {
        Self { master: key.clone(), derived: Arc::new(RwLock::new(Derived::from(key))) }
    }

    fn derived(&self) -> Arc<Derived> {
        let held = Arc::clone(&self.derived.read());
        if held.version == self.master.version() {
            return held;
        }
        let fresh = Derived::from(&self.master);
        *self.derived.write() = Arc::clone(&fresh);
        fresh
    }

    /// A ticket for the fragment of a link, base64url.
    pub fn mint(&self, ids: &Ids, tenant_id: i64, staff: Uuid, group: Uuid, now_ms: i64) -> String {
        let nonce: [u8; NONCE_BYTES] = ids.random();
        let mut clear = [0; CLEAR_BYTES];
        clear[..8].copy_from_slice(&tenant_id.to_be_bytes());
        clear[8..24].copy_from_slice(staff.as_bytes());
        clear[24..40].copy_from_slice(group.as_bytes());
        clear[40..].copy_from_slice(&now_ms.to_be_bytes());
        let derived = self.derived();
        let (newest, _) = derived.ciphers.first().expect("there is a key");
        let sealed = newest
            .encrypt(&XNonce::from(nonce), Payload { msg: &clear, aad: PURPOSE })
            .expect("48 bytes are below the cipher's limit");
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a ticket and checks its age. Whether it was used before, only [`redeem`] tells.
    pub fn open(&self, text: &str, now_ms: i64) -> Result<Ticket, TicketError> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| TicketError::Invalid)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(TicketError::Invalid)?;
        let derived = self.derived();
        let (clear, superseded) = derived
            .ciphers
            .iter()
            .find_map(|(cipher, since)| {
                let opened = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: PURPOSE });
                opened.ok().map(|clear| (clear, *since))
            })
            .ok_or(TicketError::Invalid)?;
        let clear: [u8; CLEAR_BYTES] = clear.try_into().map_err(|_| TicketError::Invalid)?;
        let number = |at: usize| i64::from_be_bytes(clear[at..at + 8].try_into().expect("8 of 48 bytes"));
        let id = |at: usize| Uuid::from_bytes(clear[at..at + 16].try_into().expect("16 of 48 bytes"));
        let ticket = Ticket {
            tenant_id: number(0),
            staff: id(8),
            group: id(24),
            issued_ms: number(40),
            nonce: *nonce,
        };
        // Who has a key that was replaced mints no tickets with it afterwards.
        if superseded.is_some_and(|since| ticket.issued_ms > since.saturating_add(FOLLOWED_MS)) {
            return Err(TicketError::Invalid);
        }
        // A clock that was set back must not make a ticket live longer than its lifetime on either side.
        if now_ms.saturating_sub(ticket.issued_ms).saturating_abs() > TICKET_LIFETIME_MS {
            return Err(TicketError::Expired);
        }
        Ok(ticket)
    }
}

impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tickets(…)")
    }
}

/// Turns the ticket into a session; the outer error is the store's, the inner one the ticket's.
pub fn redeem(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    ticket: &Ticket,
    session: &[u8; SESSION_BYTES],
    act: Uuid,
    now_ms: i64,
) -> Result<Result<(), TicketError>, Error> {
    let Some(person) = staff::active_by_id(tx, tenant, ticket.staff)? else {
        return Ok(Err(TicketError::Invalid));
    };
    // Who signs in sweeps up after those whose time is over.
    tx.put(
        "DELETE FROM staff_session WHERE tenant_id = $1 AND expires_at < $2",
        params![tenant.id(), now_ms],
    )?;
    tx.put(
        "DELETE FROM redeemed_ticket WHERE tenant_id = $1 AND expires_at < $2",
        params![tenant.id(), now_ms.saturating_sub(KEEP_NONCE_MS)],
    )?;
    let expires = ticket.issued_ms.saturating_add(2 * TICKET_LIFETIME_MS);
    let first = tx.exec(
        "INSERT INTO redeemed_ticket (tenant_id, nonce, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, nonce) DO NOTHING",
        params![tenant.id(), &ticket.nonce[..], expires],
    )?;
    if first == 0 {
        return Ok(Err(TicketError::Used));
    }
    tx.put(
        "INSERT INTO staff_session (session_hash, tenant_id, staff, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        params![&hash(session)[..], tenant.id(), ticket.staff, now_ms, now_ms + SESSION_LIFETIME_MS],
    )?;
    let actor = Actor { name: format!("staff:{}", person.staff_id), now_ms, act };
    audit::record(tx, &actor, tenant.id(), "sign_in.redeem", &id::open_conversation_id(ticket.group))?;
    Ok(Ok(()))
}

store::record! {
    /// A live session.
    pub struct Session {
        /// The tenant's number.
        pub tenant_id: i64,
        /// Row id of the staff member.
        pub staff: Uuid,
    }
}

/// The session of a cookie, if it is live.
pub async fn session(
    store: &Store,
    cookie: &[u8; SESSION_BYTES],
    now_ms: i64,
) -> Result<Option<Session>, Error> {
    let hash = hash(cookie);
    let sql = "SELECT tenant_id, staff FROM staff_session WHERE session_hash = $1 AND expires_at > $2";
    Ok(store.query_opt(sql, params![&hash, now_ms]).await?)
}

/// Ends the session of a cookie. One that is over or was never there has ended already.
pub fn end(tx: &mut Tx<'_>, cookie: &[u8; SESSION_BYTES], act: Uuid, now_ms: i64) -> Result<(), Error> {
    let hash = hash(cookie);
    let sql = "SELECT n.tenant_id, s.staff_id FROM staff_session n
               JOIN staff s ON s.tenant_id = n.tenant_id AND s.id = n.staff WHERE n.session_hash = $1";
    let Some(ended): Option<Ended> = tx.one(sql, params![&hash])? else { return Ok(()) };
    tx.put(
        "DELETE FROM staff_session WHERE tenant_id = $1 AND session_hash = $2",
        params![ended.tenant_id, &hash],
    )?;
    let actor = Actor { name: format!("staff:{}", ended.staff_id), now_ms, act };
    audit::record(tx, &actor, ended.tenant_id, "sign_in.end", &ended.staff_id)
}

store::record! {
    struct Ended {
        tenant_id: i64,
        staff_id: String,
    }
}

pub(in crate::domain) fn hash(cookie: &[u8; SESSION_BYTES]) -> [u8; 32] {
    Sha256::digest(cookie).into()
}
