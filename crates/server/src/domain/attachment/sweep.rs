//! What is to be swept: files that nobody sent, and the bytes of those that were taken back.
//!
//! It goes over all tenants: a blob may be named by several.

use store::{Error, Read, Tx, params};
use uuid::Uuid;

use super::take::remove_unsent;

store::record! {
    /// A file that was uploaded and not sent.
    pub struct Unsent {
        /// Whose.
        pub tenant_id: i64,
        /// Its id.
        pub id: Uuid,
        /// Row id of the group.
        pub group_id: Uuid,
    }
}

/// Files that were uploaded before that moment and not sent, oldest first.
pub fn unsent(reader: &mut impl Read, before_ms: i64, limit: i64) -> Result<Vec<Unsent>, Error> {
    let mut found = reader.all(
        "SELECT tenant_id, id, group_id FROM attachment WHERE state = 'uploaded' AND created_at < $1
         ORDER BY created_at LIMIT $2",
        params![before_ms, limit],
    )?;
    found.extend(reader.all::<Unsent>(
        "SELECT tenant_id, id, group_id FROM attachment WHERE state = 'arriving' AND created_at < $1
         ORDER BY created_at LIMIT $2",
        params![before_ms, limit],
    )?);
    Ok(found)
}

impl Unsent {
    /// Removes it, unless it was sent meanwhile; the group has its bytes back.
    pub fn remove(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        remove_unsent(tx, self.tenant_id, self.group_id, self.id, None)
    }
}

store::record! {
    /// A file that was removed, and whose bytes may still be there.
    pub struct Leaving {
        /// Whose.
        pub tenant_id: i64,
        /// Its id.
        pub id: Uuid,
        /// SHA-256 of the content, in hexadecimal digits.
        pub blob: String,
        /// That of the small picture.
        pub thumb: Option<String>,
    }
}

/// Files that were uploaded before that moment and are removed, oldest first.
pub fn leaving(reader: &mut impl Read, before_ms: i64, limit: i64) -> Result<Vec<Leaving>, Error> {
    reader.all(
        "SELECT tenant_id, id, blob, thumb FROM attachment WHERE state = 'removed' AND created_at < $1
         ORDER BY created_at LIMIT $2",
        params![before_ms, limit],
    )
}

/// Whether a file of any tenant needs this blob.
pub fn is_named(reader: &mut impl Read, blob: &str) -> Result<bool, Error> {
    let content: Option<(i64,)> = reader.one(
        "SELECT bytes FROM attachment WHERE blob = $1 AND state IN ('arriving', 'uploaded', 'sent', 'ticket') LIMIT 1",
        params![blob],
    )?;
    if content.is_some() {
        return Ok(true);
    }
    let small: Option<(i64,)> = reader.one(
        "SELECT bytes FROM attachment WHERE thumb = $1 AND state IN ('arriving', 'uploaded', 'sent', 'ticket') LIMIT 1",
        params![blob],
    )?;
    Ok(small.is_some())
}

/// Its bytes are gone. What was sent is remembered, so that whoever asks is told that it was recalled.
pub fn forget(tx: &mut Tx<'_>, file: &Leaving) -> Result<(), Error> {
    tx.exec(
        "DELETE FROM attachment WHERE tenant_id = $1 AND id = $2 AND state = 'removed' AND seq IS NULL",
        params![file.tenant_id, file.id],
    )?;
    tx.put(
        "UPDATE attachment SET state = 'gone' WHERE tenant_id = $1 AND id = $2 AND state = 'removed'",
        params![file.tenant_id, file.id],
    )
}
