//! Where a tenant's system is told when nobody attends to a customer, and the secret that signs it.

use store::{MasterKey, Read, Store, params};

use crate::domain::{Error, Refusal, Tenant};

/// The most characters of an address.
const URL_MAX: usize = 2000;

/// What a tenant's secret is sealed for.
pub fn purpose(tenant_id: i64) -> Vec<u8> {
    let mut purpose = b"notify_secret|".to_vec();
    purpose.extend_from_slice(&tenant_id.to_be_bytes());
    purpose
}

/// An address of a web page or service, spelled as it was given.
pub(super) fn check_url(member: &'static str, text: &str) -> Result<(), Refusal> {
    let url = url::Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if url.is_some() && text.chars().count() <= URL_MAX && !text.chars().any(char::is_whitespace) {
        return Ok(());
    }
    Err(Refusal::Invalid {
        member,
        zh: format!("{member} 须为 http:// 或 https:// 地址，不含用户名和密码，最多 {URL_MAX} 个字符"),
        en: format!(
            "{member} is an address with http:// or https://, without user and password, of at most {URL_MAX} characters"
        ),
    })
}

store::record! {
    struct Sealed {
        notify_secret: Option<Vec<u8>>,
    }
}

/// The secret as the table keeps it.
pub async fn sealed(store: &Store, tenant: &Tenant) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT notify_secret FROM tenant WHERE tenant_id = $1";
    let row: Option<Sealed> = store.query_opt(sql, params![tenant.id()]).await?;
    Ok(row.and_then(|row| row.notify_secret))
}

/// The same in a unit or a read.
pub fn sealed_in(reader: &mut impl Read, tenant: &Tenant) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT notify_secret FROM tenant WHERE tenant_id = $1";
    let row: Option<Sealed> = reader.one(sql, params![tenant.id()])?;
    Ok(row.and_then(|row| row.notify_secret))
}

/// The secret, from what the table keeps.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_taken() {
        for right in ["https://example.com/privacy?a=b#c", "http://10.0.0.1:8080/hook", "https://例子.中国/"]
        {
            assert!(check_url("privacy_url", right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://",
            "https://a b.c",
            "https://u:p@a.b",
        ] {
            assert!(check_url("privacy_url", wrong).is_err(), "{wrong}");
        }
        assert!(check_url("privacy_url", &format!("https://a.b/{}", "a".repeat(2000))).is_err());
    }
}
