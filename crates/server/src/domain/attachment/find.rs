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
    // Here and not in SQL: without an order to keep, SQLite takes the index by group, whatever it counted.
    files.sort_by_key(|file: &Attachment| file.id);
    Ok(files)
}

const OF_TICKET: &str = "SELECT id, group_id, lane, author, kind, name, media_type, bytes, width, height, duration_ms, blob, thumb,
            state, seq
     FROM attachment WHERE tenant_id = $1 AND group_id = $2 AND state = 'ticket'";
