//! The token in a group's link and QR code: it opens the group's page and nothing else.

use sha2::{Digest, Sha256};
use store::MasterKey;

use crate::{domain::Error, ids::Ids};

/// Bytes of a token: 128 random bits.
pub const BYTES: usize = 16;

/// A token as people carry it: base58, 16 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; BYTES]);

impl Token {
    /// A fresh one.
    pub fn random(ids: &Ids) -> Self {
        Self(ids.random())
    }

    /// From an address. None if it is not base58 of exactly 16 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        // 22 characters hold 128 bits; longer text is refused before it is decoded.
        if text.len() > 22 {
            return None;
        }
        let bytes = bs58::decode(text).into_vec().ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What the table finds it by.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// What the table keeps, to answer it again.
    pub fn seal(&self, key: &MasterKey, tenant_id: i64) -> Vec<u8> {
        key.seal(&purpose(tenant_id), &self.0)
    }

    /// From what the table keeps.
    ///
    /// # Errors
    /// [`Error::Stale`] where it was sealed with a key that this process has not read yet.
    pub fn open(key: &MasterKey, tenant_id: i64, sealed: &[u8]) -> Result<Self, Error> {
        let bytes = key.open(&purpose(tenant_id), sealed).map_err(|error| match error {
            store::Error::UnknownKey => Error::Stale,
            other => Error::Secret(other.to_string()),
        })?;
        let bytes = <[u8; BYTES]>::try_from(&bytes[..]);
        bytes.map(Self).map_err(|_| Error::Secret("a token has 16 bytes".to_owned()))
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a token of this tenant is sealed for.
pub fn purpose(tenant_id: i64) -> Vec<u8> {
    let mut purpose = b"group_token|".to_vec();
    purpose.extend_from_slice(&tenant_id.to_be_bytes());
    purpose
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_spelling_and_nothing_else_parses() {
        let ids = Ids::system();
        for _ in 0..50 {
            let token = Token::random(&ids);
            assert_eq!(Token::parse(&token.to_string()).as_ref(), Some(&token));
        }
        assert_eq!(Token::parse(&Token([0; 16]).to_string()), Some(Token([0; 16])));
        for wrong in
            ["", "0OIl", "1", "11111111111111111", "zzzzzzzzzzzzzzzzzzzzzz", "工单", &"1".repeat(5000)]
        {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
    }
}
