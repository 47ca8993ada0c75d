//! The three signatures of TOP and the text they are made over.
//!
//! The base string is every text parameter except `sign`, sorted by name (by bytes), name and decoded value
//! joined without separators; then, for a raw body (JSON, XML, batch), the body as it is. Over it:
//!
//! * `md5`: MD5(secret + base + secret)
//! * `hmac`: HMAC-MD5(secret, base)
//! * `hmac-sha256`: HMAC-SHA256(secret, base)
//!
//! written as upper-case hex. Source: the platform's "API调用方法详解" and its official SDKs, which differ in one
//! point: some leave parameters with an empty value out of the base string, some keep their names in. Hence
//! [`Empties`]; a server accepts either.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::params::hex;

/// How a request is signed (`sign_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignMethod {
    /// `md5`; also what a request without `sign_method` means (old SDKs).
    #[default]
    Md5,
    /// `hmac`: HMAC with MD5.
    Hmac,
    /// `hmac-sha256`, the default of the current Java and Go SDKs.
    HmacSha256,
}

impl SignMethod {
    /// All of them, in the order the platform documents them.
    pub const ALL: [SignMethod; 3] = [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256];

    /// The spelling on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            SignMethod::Md5 => "md5",
            SignMethod::Hmac => "hmac",
            SignMethod::HmacSha256 => "hmac-sha256",
        }
    }

    /// Reads the spelling on the wire, which is lower case only.
    pub fn from_name(name: &str) -> Option<SignMethod> {
        SignMethod::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

impl fmt::Display for SignMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happens to a parameter whose value is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empties {
    /// Its name is part of the base string (PHP, Python, Node.js, Go, C).
    Kept,
    /// It is left out (Java, .NET).
    Dropped,
}

/// The base string of parameters that are already sorted by name, `sign` left out, and a raw body (or none).
pub fn base_string<'a>(
    sorted: impl Iterator<Item = (&'a str, &'a str)>,
    empties: Empties,
    body: &'a [u8],
) -> Vec<u8> {
    let mut base = Vec::new();
    pieces(sorted, empties, body).for_each(|piece| base.extend_from_slice(piece));
    base
}

/// The pieces of the base string, so that it can be hashed without being built.
pub(crate) fn pieces<'a>(
    sorted: impl Iterator<Item = (&'a str, &'a str)>,
    empties: Empties,
    body: &'a [u8],
) -> impl Iterator<Item = &'a [u8]> {
    sorted
        .filter(move |(name, value)| *name != "sign" && (empties == Empties::Kept || !value.is_empty()))
        .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()])
        .chain(std::iter::once(body))
}

/// The signature of a base string, in upper-case hex: 32 characters, or 64 for `hmac-sha256`.
///
/// ```
/// use top::sign::{sign, SignMethod};
/// assert_eq!(sign(SignMethod::Md5, b"helloworld", b"a1"), "711A7BC01EEE0BAD3FC55F77D377B26B");
/// ```
pub fn sign(method: SignMethod, secret: &[u8], base: &[u8]) -> String {
    digest(method, secret, std::iter::once(base)).to_hex()
}

/// A signature as bytes: 16 of them, or 32.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest {
    bytes: [u8; 32],
    length: usize,
}

impl Digest {
    fn new(bytes: &[u8]) -> Digest {
        let mut digest = Digest { bytes: [0; 32], length: bytes.len() };
        digest.bytes[..bytes.len()].copy_from_slice(bytes);
        digest
    }

    /// Reads hex in either case; `None` if it is not hex or has no signature's length.
    pub(crate) fn from_hex(text: &str) -> Option<Digest> {
        if text.len() != 32 && text.len() != 64 {
            return None;
        }
        let mut digest = Digest { bytes: [0; 32], length: text.len() / 2 };
        for (byte, pair) in digest.bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = hex(pair[0])? << 4 | hex(pair[1])?;
        }
        Some(digest)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(crate) fn to_hex(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        self.as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

/// The signature over the pieces of a base string.
pub(crate) fn digest<'a>(
    method: SignMethod,
    secret: &[u8],
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Digest {
    match method {
        SignMethod::Md5 => {
            let mut hash = Md5::new_with_prefix(secret);
            pieces.for_each(|piece| hash.update(piece));
            hash.update(secret);
            Digest::new(&hash.finalize())
        }
        SignMethod::Hmac => keyed::<Hmac<Md5>>(secret, pieces),
        SignMethod::HmacSha256 => keyed::<Hmac<Sha256>>(secret, pieces),
    }
}

fn keyed<'a, M: Mac + KeyInit>(secret: &[u8], pieces: impl Iterator<Item = &'a [u8]>) -> Digest {
    let mut mac = <M as KeyInit>::new_from_slice(secret).expect("HMAC takes a key of any length");
    pieces.for_each(|piece| mac.update(piece));
    Digest::new(&mac.finalize().into_bytes())
}
