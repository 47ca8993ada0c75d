//! Files by their ids, and a ticket's.

use store::{Error, Read, params};
use uuid::Uuid;

use super::Attachment;
use crate::domain::Tenant;

/// A file of a group, whoever may see it: for who has read the message that names it.
pub fn by_id(
    reader: &mut impl Read,
    tenant: &Tenant,
    group: Uuid,
    id: Uuid,
) -> Result<Option<Attachment>, Error> {
    reader.one(
        "SELECT id, group_id, lane, author, kind, name, media_type, bytes, width, height, duration_ms, blob, thumb, state, seq
         FROM attachment WHERE tenant_id = $1 AND id = $2 AND group_id = $3",
        params![tenant.id(), id, group],
    )
}

/// The files of a group's ticket, oldest first: for staff.
pub fn of_ticket(reader: &mut impl Read, tenant: &Tenant, group: Uuid) -> Result<Vec<Attachment>, Error> {
    let mut files = reader.all(OF_TICKET, params![tenant.id(), group])?;
    files.sort_by_key(|file: &Attachment| file.id);
    Ok(files)
}

/// By the group's ids first: without statistics SQLite takes the primary key, and reads all files of the tenant.
const OF_TICKET: &str = "SELECT id, group_id, lane, author, kind, name, media_type, bytes, width, height, duration_ms, blob, thumb,
            state, seq
     FROM attachment WHERE tenant_id = $1 AND state = 'ticket'
       AND id IN (SELECT a.id FROM attachment a WHERE a.tenant_id = $1 AND a.group_id = $2)";
