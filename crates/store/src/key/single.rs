//! One key: what it seals, what is derived from it, its name.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Error;

/// Length of a key's id, in bytes, at the head of every sealed value.
pub(super) const ID: usize = 8;
/// Length of an XChaCha20 nonce.
const NONCE: usize = 24;

/// A 256-bit key. Its id is derived from it, so that a copy is the same key.
#[derive(Clone)]
pub(super) struct Key {
    secret: Zeroizing<[u8; 32]>,
    id: [u8; ID],
    /// Derived once; wiped when dropped.
    cipher: XChaCha20Poly1305,
}

impl Key {
    pub(super) fn from_bytes(secret: &[u8; 32]) -> Self {
        let secret = Zeroizing::new(*secret);
        let named = derive(&secret, "laqun key id");
        let sealing = Zeroizing::new(derive(&secret, "laqun seal"));
        let mut id = [0; ID];
        id.copy_from_slice(&named[..ID]);
        Self { secret, id, cipher: XChaCha20Poly1305::new((&*sealing).into()) }
    }

    pub(super) fn random() -> Self {
        let mut secret = Zeroizing::new([0_u8; 32]);
        getrandom::fill(&mut *secret).expect("the operating system gives random bytes");
        Self::from_bytes(&secret)
    }

    /// From 64 hexadecimal digits.
    pub(super) fn from_text(text: &[u8]) -> Option<Self> {
        let bytes = HEXLOWER.decode(&text.to_ascii_lowercase()).map(Zeroizing::new).ok()?;
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(bytes[..].try_into().ok()?);
        Some(Self::from_bytes(&secret))
    }

    pub(super) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(HEXLOWER.encode(&*self.secret))
    }

    /// Safe to show.
    pub(super) fn id(&self) -> String {
        HEXLOWER.encode(&self.id)
    }

    pub(super) fn is(&self, id: &[u8]) -> bool {
        self.id == id
    }

    /// Another key, for another purpose, by HKDF-SHA-256; `label` says which.
    pub(super) fn derive(&self, label: &str) -> [u8; 32] {
        derive(&self.secret, label)
    }

    /// Seals `plain` with XChaCha20-Poly1305, bound to its place. Layout: key id (8), nonce (24), ciphertext with tag.
    pub(super) fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = vec![0; ID + NONCE];
        sealed[..ID].copy_from_slice(&self.id);
        getrandom::fill(&mut sealed[ID..]).expect("the operating system gives random bytes");
        let nonce = XNonce::try_from(&sealed[ID..]).expect("24 bytes are a nonce");
        let payload = Payload { msg: plain, aad };
        let encrypted = self.cipher.encrypt(&nonce, payload).expect("a secret is shorter than 256 GiB");
        sealed.extend_from_slice(&encrypted);
        sealed
    }

    /// Opens what this key sealed under the same `aad`; the head of `sealed` was compared already.
    pub(super) fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (head, encrypted) =
            sealed.split_at_checked(ID + NONCE).ok_or(Error::Sealed("it is cut short"))?;
        let nonce = XNonce::try_from(&head[ID..]).expect("24 bytes are a nonce");
        let opened = self.cipher.decrypt(&nonce, Payload { msg: encrypted, aad });
        opened
            .map(Zeroizing::new)
            .map_err(|_| Error::Sealed("its bytes were changed or it belongs elsewhere"))
    }

    /// Another key under this one.
    pub(super) fn wrap(&self, key: &Self) -> Vec<u8> {
        self.seal(place(&key.id()).as_bytes(), &*key.secret)
    }

    /// What [`Key::wrap`] made for the key of this id.
    pub(super) fn unwrap(&self, id: &str, wrapped: &[u8]) -> Option<Self> {
        let bytes = self.open(place(id).as_bytes(), wrapped).ok()?;
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(bytes[..].try_into().ok()?);
        Some(Self::from_bytes(&secret)).filter(|key| key.id() == id)
    }
}

fn place(id: &str) -> String {
    format!("store_key|{id}")
}

fn derive(secret: &[u8; 32], label: &str) -> [u8; 32] {
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(None, secret)
        .expand(label.as_bytes(), &mut out)
        .expect("32 bytes are within HKDF's reach");
    out
}
