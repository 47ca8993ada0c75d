//! Ids and random bytes as an argument: the only place that asks for randomness.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Length of a `userIdentify`.
pub const USER_IDENTIFY_LENGTH: usize = 27;

/// Makes ids.
#[derive(Debug)]
pub struct Ids {
    requests: AtomicU64,
}

impl Ids {
    /// A source on the system's randomness.
    pub fn system() -> Self {
        Self { requests: AtomicU64::new(u64::from_le_bytes(random())) }
    }

    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        random()
    }

    /// A row id: UUIDv7, so that rows made one after the other lie side by side in an index.
    pub fn uuid(&self, now_ms: i64) -> Uuid {
        let millis = u64::try_from(now_ms).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
    }

    /// A `userIdentify`: 27 characters `[0-9A-Za-z]`, 160 bits.
    pub fn user_identify(&self) -> String {
        let mut out = String::with_capacity(USER_IDENTIFY_LENGTH);
        while out.len() < USER_IDENTIFY_LENGTH {
            // 248 = 4 × 62: what lies above would make the first letters likelier.
            for byte in random::<32>().into_iter().filter(|b| *b < 248) {
                if out.len() < USER_IDENTIFY_LENGTH {
                    out.push(char::from(ALPHANUMERIC[usize::from(byte % 62)]));
                }
            }
        }
        out
    }

    /// A request id as TOP writes it: 13 lower-case base-36 characters. It tells requests apart; it is no secret.
    pub fn request_id(&self) -> String {
        // splitmix64: consecutive counters give ids that share no prefix.
        let mut x = self.requests.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        let mut out = [b'0'; 13];
        for slot in out.iter_mut().rev() {
            *slot = BASE36[usize::try_from(x % 36).unwrap_or_default()];
            x /= 36;
        }
        out.into_iter().map(char::from).collect()
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_shapes_and_differ() {
        let ids = Ids::system();
        let (a, b) = (ids.user_identify(), ids.user_identify());
        assert_eq!(a.len(), 27);
        assert!(a.bytes().all(|c| c.is_ascii_alphanumeric()));
        assert_ne!(a, b);
        let (a, b) = (ids.request_id(), ids.request_id());
        assert_eq!(a.len(), 13);
        assert!(a.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()));
        assert_ne!(a, b);
        let id = ids.uuid(1_700_000_000_000);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.as_u128() >> 80, 1_700_000_000_000);
    }
}
