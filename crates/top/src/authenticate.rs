//! Who sent a request, and when: version, format, timestamp and signature, in this order.

use subtle::{Choice, ConstantTimeEq};

use crate::code::Code;
use crate::fault::Fault;
use crate::gmt8;
use crate::request::Request;
use crate::sign::{self, Digest, Empties};

impl Request {
    /// Checks version (32–34), format (23), timestamp (30, 31) and signature (24, 25).
    ///
    /// `secrets` are all the secrets of the app that count at the moment: two while one replaces the other.
    /// Each is tried, and compared in constant time. `now_ms` is milliseconds since 1970 (UTC); the timestamp
    /// may differ from it by `skew_seconds` either way, the border included.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn authenticate<S: AsRef<[u8]>>(
        &self,
        secrets: &[S],
        now_ms: i64,
        skew_seconds: u64,
    ) -> Result<(), Fault> {
        self.check_version()?;
        self.check_format()?;
        self.check_timestamp(now_ms, skew_seconds)?;
        self.check_signature(secrets)
    }

    fn check_version(&self) -> Result<(), Fault> {
        match self.required("v", Code::MissingVersion)? {
            "2.0" => Ok(()),
            number if is_number(number) => Err(Fault::platform(Code::UnsupportedVersion)),
            _ => Err(Fault::platform(Code::InvalidVersion)),
        }
    }

    fn check_format(&self) -> Result<(), Fault> {
        match self.get("format") {
            None | Some("" | "xml" | "json") => Ok(()),
            Some(_) => Err(Fault::platform(Code::InvalidFormat)),
        }
    }

    fn check_timestamp(&self, now_ms: i64, skew_seconds: u64) -> Result<(), Fault> {
        let text = self.required("timestamp", Code::MissingTimestamp)?;
        let skew_ms = skew_seconds.saturating_mul(1_000);
        match timestamp(text) {
            Some(sent_ms) if sent_ms.abs_diff(now_ms) <= skew_ms => Ok(()),
            _ => Err(Fault::platform(Code::InvalidTimestamp)),
        }
    }

    /// Only the signature: 24 if there is none, 25 if it is not this request's with any of `secrets`.
    ///
    /// # Errors
    /// 24 or 25.
    pub fn check_signature<S: AsRef<[u8]>>(&self, secrets: &[S]) -> Result<(), Fault> {
        let sent = self.required("sign", Code::MissingSignature)?;
        let method = self.sign_method()?;
        let Some(sent) = Digest::from_hex(sent) else { return Err(Fault::platform(Code::InvalidSignature)) };
        // Without an empty value both base strings are one. That depends on the request, not on a secret.
        let both = self.params().any(|(_, value)| value.is_empty());
        let ways: &[Empties] = if both { &[Empties::Kept, Empties::Dropped] } else { &[Empties::Kept] };
        let mut equal = Choice::from(0);
        for secret in secrets {
            for way in ways {
                let pieces = sign::pieces(self.params(), *way, self.raw_body());
                equal |= sign::digest(method, secret.as_ref(), pieces).as_bytes().ct_eq(sent.as_bytes());
            }
        }
        if bool::from(equal) { Ok(()) } else { Err(Fault::platform(Code::InvalidSignature)) }
    }
}

/// Digits, with one point among them or none.
fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction)
}

/// Milliseconds since 1970, from any of the three forms: GMT+8 text, epoch milliseconds (Python SDKs), epoch
/// seconds (C SDK). A number is seconds if that puts it before the year 5138; as milliseconds it would be
/// before March 1973, when nobody called.
fn timestamp(text: &str) -> Option<i64> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return gmt8::parse(text);
    }
    let number: i64 = text.parse().ok()?;
    Some(if number < 100_000_000_000 { number * 1_000 } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_of_one_time() {
        for text in ["2016-01-01 12:00:00", "1451620800000", "1451620800"] {
            assert_eq!(timestamp(text), Some(1_451_620_800_000), "{text}");
        }
        for bad in ["", "-1451620800", "1451620800.0", "2016-01-01", "99999999999999999999", "١٢٣"] {
            assert_eq!(timestamp(bad), None, "{bad}");
        }
    }

    #[test]
    fn versions_are_numbers() {
        assert!(["1", "2.00", "10.5"].into_iter().all(is_number));
        assert!(!["", ".", "2.", ".0", "2.0.0", "v2", "-2"].into_iter().any(is_number));
    }
}
