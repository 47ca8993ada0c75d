//! A customer's phone number: sealed at rest, and the check of its last four digits.

use store::{MasterKey, Store, params};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::domain::{Error, Refusal, Tenant};

/// Digits that the check asks for.
const TAIL: usize = 4;
/// The most digits of a number, by E.164; two more for what people write before it.
const LONGEST: usize = 17;
/// The fewest.
const SHORTEST: usize = 5;

/// What a customer's number is sealed for.
pub fn purpose(tenant_id: i64) -> Vec<u8> {
    let mut purpose = b"customer_phone|".to_vec();
    purpose.extend_from_slice(&tenant_id.to_be_bytes());
    purpose
}

/// A number as the table keeps it, sealed: its digits, and a plus before them if there was one.
pub fn seal(key: &MasterKey, tenant_id: i64, phone: &str) -> Result<Vec<u8>, Refusal> {
    Ok(key.seal(&purpose(tenant_id), clean(phone)?.as_bytes()))
}

/// The number without blanks, hyphens and brackets.
pub fn clean(phone: &str) -> Result<String, Refusal> {
    let kept: String = phone.chars().filter(|c| !c.is_whitespace() && !"-()（）.".contains(*c)).collect();
    let digits = kept.strip_prefix('+').unwrap_or(&kept);
    let fits = (SHORTEST..=LONGEST).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits {
        return Ok(kept);
    }
    Err(Refusal::Invalid {
        member: "phone",
        zh: format!("phone 须为 {SHORTEST} 到 {LONGEST} 位数字，可带 + 与空格、连字符"),
        en: format!(
            "a phone number has {SHORTEST} to {LONGEST} digits, with + and blanks or hyphens if you like"
        ),
    })
}

/// A number from what the table keeps.
///
/// # Errors
/// [`Error::Stale`] where it was sealed with a key that this process has not read yet.
pub fn open(key: &MasterKey, tenant_id: i64, sealed: &[u8]) -> Result<String, Error> {
    let bytes = key.open(&purpose(tenant_id), sealed).map_err(|error| match error {
        store::Error::UnknownKey => Error::Stale,
        other => Error::Secret(other.to_string()),
    })?;
    String::from_utf8(bytes.to_vec()).map_err(|error| Error::Secret(error.to_string()))
}

/// Its last digits.
pub fn tail(key: &MasterKey, tenant_id: i64, sealed: &[u8]) -> Result<String, Error> {
    let phone = open(key, tenant_id, sealed)?;
    Ok(phone.get(phone.len().saturating_sub(TAIL)..).unwrap_or_default().to_owned())
}

store::record! {
    struct Row {
        id: Uuid,
        phone: Option<Vec<u8>>,
    }
}

/// The customer of a group's ticket, and the number that the check is about.
#[derive(Debug, Clone)]
pub struct Known {
    /// Row id of the customer.
    pub customer: Uuid,
    tail: [u8; TAIL],
}

impl Known {
    /// Whether these are the number's last digits. Takes as long for a wrong answer as for a right one.
    pub fn is_passed_by(&self, answer: &str) -> bool {
        answer.trim().as_bytes().ct_eq(&self.tail).into()
    }
}

/// What the check can ask in this group; none where the ticket names no customer, or nobody wrote down a number.
pub async fn known(
    store: &Store,
    key: &MasterKey,
    tenant: &Tenant,
    group: Uuid,
) -> Result<Option<Known>, Error> {
    let sql = "SELECT c.id, c.phone FROM chat_group g
               JOIN ticket k ON k.tenant_id = g.tenant_id AND k.case_id = g.case_id
               JOIN customer c ON c.tenant_id = k.tenant_id AND c.id = k.customer AND c.active = 1
               WHERE g.tenant_id = $1 AND g.id = $2";
    let row: Option<Row> = store.query_opt(sql, params![tenant.id(), group]).await?;
    let Some(Row { id, phone: Some(sealed) }) = row else { return Ok(None) };
    let phone = open(key, tenant.id(), &sealed)?;
    let tail = phone.as_bytes().last_chunk::<TAIL>().copied();
    Ok(tail.map(|tail| Known { customer: id, tail }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_without_what_only_divides_them() {
        for (text, kept) in
            [("138-0013-8000", "13800138000"), (" +86 (10) 6552.9988 ", "+861065529988"), ("95188", "95188")]
        {
            assert_eq!(clean(text).as_deref(), Ok(kept), "{text}");
        }
        for wrong in [
            "",
            "1234",
            "+",
            "one two three",
            "12345678901234567890",
            "１３８００１３８０００",
            "86+10655299",
        ] {
            assert!(clean(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_last_four_digits_pass() {
        let known = Known { customer: Uuid::nil(), tail: *b"8000" };
        assert!(known.is_passed_by("8000") && known.is_passed_by(" 8000 "));
        for wrong in ["", "800", "08000", "13800138000", "8001", "８０００"] {
            assert!(!known.is_passed_by(wrong), "{wrong}");
        }
    }
}
