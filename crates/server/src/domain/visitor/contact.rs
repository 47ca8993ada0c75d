//! Where a visitor wants the reply: sealed at rest, shown to staff only.

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{MasterKey, Tx, params};

use super::phone;
use crate::domain::{
    Error, Refusal,
    conversation::{SystemLine, What},
    group::{
        people::{Hand, Told},
        timeline::Kind,
    },
};

/// The most characters of an e-mail address.
const EMAIL_MAX: usize = 254;
/// The most characters of a postal address.
const ADDRESS_MAX: usize = 300;

/// An address for the reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum Contact {
    /// A phone number.
    Phone(String),
    /// An e-mail address.
    Email(String),
    /// Where post and parcels go.
    Address(String),
}

impl Contact {
    /// The kind's word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Email(_) => "email",
            Self::Address(_) => "address",
        }
    }

    /// From what was typed, without marks that hide or reorder text. Whether somebody answers there, only a reply tells.
    pub fn check(self) -> Result<Self, Refusal> {
        match self {
            Self::Phone(text) => phone::clean(&text).map(Self::Phone),
            Self::Email(text) => email(&text).map(Self::Email),
            Self::Address(text) if (2..=ADDRESS_MAX).contains(&text.chars().count()) => {
                Ok(Self::Address(text))
            }
            Self::Address(_) => Err(Refusal::Invalid {
                member: "address",
                zh: format!("地址须为 2 到 {ADDRESS_MAX} 个字"),
                en: format!("an address has 2 to {ADDRESS_MAX} characters"),
            }),
        }
    }

    /// As the table keeps it.
    pub fn seal(&self, key: &MasterKey, tenant_id: i64) -> Vec<u8> {
        key.seal(&purpose(tenant_id), json!(self).to_string().as_bytes())
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
        serde_json::from_slice(&bytes).map_err(|error| Error::Secret(error.to_string()))
    }
}

/// What a visitor's contact is sealed for.
pub fn purpose(tenant_id: i64) -> Vec<u8> {
    let mut purpose = b"visitor_contact|".to_vec();
    purpose.extend_from_slice(&tenant_id.to_be_bytes());
    purpose
}

/// An e-mail address, looked at leniently: one @ with something on both sides, a dot behind it, no blanks.
pub fn email(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let (name, host) = text.rsplit_once('@').unwrap_or_default();
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;\"()".contains(c);
    let fits = !name.is_empty()
        && !name.contains('@')
        && host.split('.').count() > 1
        && host.split('.').all(|part| !part.is_empty())
        && text.chars().all(plain)
        && text.len() <= EMAIL_MAX;
    if fits {
        return Ok(text.to_owned());
    }
    Err(Refusal::Invalid {
        member: "email",
        zh: "邮箱写法如 name@example.com".into(),
        en: "an e-mail address is such as name@example.com".into(),
    })
}

/// Keeps the address in place of an earlier one; that one was left is told to staff, never which.
pub fn leave(tx: &mut Tx<'_>, hand: &Hand, kind: &str, sealed: &[u8]) -> Result<(), Error> {
    let group = hand.take(tx)?;
    let (tenant_id, person) = (hand.seat.tenant.id(), hand.seat.person);
    tx.put(
        "UPDATE visitor SET contact = $4
         WHERE tenant_id = $1 AND group_id = $2 AND person = $3 AND removed_at IS NULL",
        params![tenant_id, hand.seat.group, person, sealed],
    )?;
    hand.tell(
        tx,
        &group,
        Told {
            kind: Kind::Contact,
            evidence: &person.to_string(),
            detail: json!({"contact": kind}),
            event: "group.changed",
            staff_only: true,
            line: Some(SystemLine::new(What::Contact).value(kind)),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_are_looked_at_leniently() {
        for right in ["a@b.c", " 陈@例子.中国 ", "first.last+tag@sub.example.com"] {
            assert!(email(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a@b..c",
            "a@b.c.",
            "a b@c.d",
            "a@@b.c",
            "<a@b.c>",
            "a@b.c\nBcc: x@y.z",
        ] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
        assert!(email(&format!("{}@b.c", "a".repeat(260))).is_err());
    }
}
