//! A notice to a tenant's address, signed as Standard Webhooks asks (`webhook-id`, `webhook-timestamp`,
//! `webhook-signature`; <https://www.standardwebhooks.com/>).

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{StatusCode, header::RETRY_AFTER};
use jiff::{Timestamp, fmt::rfc2822};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    Failed,
    egress::{self, Guarded},
};

/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// What a secret begins with when people see it.
const SECRET_PREFIX: &str = "whsec_";
/// The longest that an answer can put off the next attempt, seconds.
const LONGEST_S: u64 = 4 * 3600;

/// A secret as people carry it.
pub fn spelled(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(secret))
}

/// What signs, from what people carry; none if it is no secret of ours.
pub fn secret(spelled: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64.decode(spelled.strip_prefix(SECRET_PREFIX)?.as_bytes()).ok().map(Zeroizing::new)
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// Where to.
    pub url: &'a str,
    /// The same for each attempt.
    pub id: &'a str,
    /// JSON.
    pub body: String,
    /// The present, milliseconds since 1970.
    pub now_ms: i64,
}

/// `v1,` and the HMAC-SHA256 of id, seconds and body.
pub fn signature(secret: &[u8], id: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length does");
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// Sends it once. What proves it: the status.
pub async fn send(
    guarded: &Guarded,
    message: &Message<'_>,
    secret: Option<Zeroizing<Vec<u8>>>,
) -> Result<String, Failed> {
    const CORRECT: &str = "correct the address: laqun tenant set TENANT --notify-url URL";
    let never = |cause: String| Failed::Never { cause, remedy: CORRECT };
    let seconds = message.now_ms.div_euclid(1000);
    let mut request = guarded
        .post(message.url)
        .map_err(|refused| never(refused.to_string()))?
        .header("content-type", "application/json")
        .header("user-agent", concat!("laqun/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", message.id)
        .header("webhook-timestamp", seconds.to_string());
    if let Some(secret) = secret {
        request = request.header("webhook-signature", signature(&secret, message.id, seconds, &message.body));
    }
    let answer =
        request.body(message.body.clone()).send().await.map_err(|error| match egress::refusal(&error) {
            Some(refused) => never(refused.to_string()),
            // Without the address: it may carry a key of the receiver's.
            None => Failed::later(reason(error)),
        })?;
    let (status, after_s) = (answer.status(), retry_after(&answer, message.now_ms));
    // A receiver that is cut off in the middle of what it says has received all the same.
    let said = egress::beginning(answer).await.unwrap_or_default();
    let proof = format!("HTTP {}, webhook-id {}", status.as_u16(), message.id);
    if status.is_success() {
        return Ok(proof);
    }
    let cause = format!("{proof}: {}", super::plain(&String::from_utf8_lossy(&said), 200));
    let cause = cause.trim_end_matches([':', ' ']).to_owned();
    match status {
        StatusCode::GONE => Err(never(cause)),
        _ if status.is_redirection() => Err(never(format!("{cause}; redirects are not followed"))),
        _ => Err(Failed::Later { cause, after_s }),
    }
}

/// Why there was no answer, in one line.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        said = format!("{said}: {error}");
        source = error.source();
    }
    super::plain(&said, 300)
}

/// `Retry-After`, as seconds or as a date.
fn retry_after(answer: &reqwest::Response, now_ms: i64) -> Option<u64> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at: Timestamp = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
            u64::try_from(at.as_millisecond().saturating_sub(now_ms)).unwrap_or(0).div_ceil(1000)
        }
    };
    Some(seconds.min(LONGEST_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the Standard Webhooks specification's reference libraries.
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_spelled_as_the_libraries_read_it() {
        assert_eq!(spelled(&[0; 3]), "whsec_AAAA");
        assert_eq!(secret("whsec_AAAA").as_deref(), Some(&vec![0; 3]));
        assert!(secret("AAAA").is_none() && secret("whsec_AAA").is_none());
    }
}
