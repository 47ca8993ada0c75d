//! What becomes of an uploaded file: it is sent, put on the ticket, taken back.

use store::{Error, Read, Tx, params};
use uuid::Uuid;

use super::Attachment;
use crate::domain::{
    Tenant,
    conversation::{Lane, Seat},
};

/// Sends a file that this person uploaded into this lane, with the message of number `seq`: from now on whoever sees the
/// message sees the file. None if there is no such file to send: another person's, another group's, another lane's, sent
/// already, or uploaded more than a day ago.
pub fn take_for_message(
    tx: &mut Tx<'_>,
    seat: &Seat,
    lane: Lane,
    id: Uuid,
    seq: i64,
) -> Result<Option<Attachment>, Error> {
    tx.one(
        "UPDATE attachment SET state = 'sent', seq = $6
         WHERE tenant_id = $1 AND id = $2 AND group_id = $3 AND lane = $4 AND author = $5 AND state = 'uploaded'
         RETURNING id, group_id, lane, author, kind, name, media_type, bytes, width, height, duration_ms, blob, thumb, state,
                   seq",
        params![seat.tenant.id(), id, seat.group, lane.word(), seat.person, seq],
    )
}

/// Puts a file that this person uploaded on the group's ticket: from now on the group's staff see it. None as with
/// [`take_for_message`]; a file that is on the ticket already is given as it is.
pub fn take_for_ticket(tx: &mut Tx<'_>, seat: &Seat, id: Uuid) -> Result<Option<Attachment>, Error> {
    tx.one(
        "UPDATE attachment SET state = 'ticket'
         WHERE tenant_id = $1 AND id = $2 AND group_id = $3
           AND (state = 'ticket' OR (state = 'uploaded' AND author = $4))
         RETURNING id, group_id, lane, author, kind, name, media_type, bytes, width, height, duration_ms, blob, thumb, state,
                   seq",
        params![seat.tenant.id(), id, seat.group, seat.person],
    )
}

store::record! {
    struct Freed {
        bytes: i64,
    }
}

/// A message was recalled: its file is seen by nobody any more, and the group has its bytes back.
pub fn recalled(tx: &mut Tx<'_>, tenant: &Tenant, group: Uuid, id: Uuid) -> Result<(), Error> {
    let freed: Option<Freed> = tx.one(
        "UPDATE attachment SET state = 'removed' WHERE tenant_id = $1 AND id = $2 AND group_id = $3 AND state = 'sent'
         RETURNING bytes",
        params![tenant.id(), id, group],
    )?;
    let Some(Freed { bytes }) = freed else { return Ok(()) };
    give_back(tx, tenant.id(), group, bytes)
}

/// Takes a file off the group's ticket: it is seen by nobody any more, and the group has its bytes back.
pub fn off_ticket(tx: &mut Tx<'_>, tenant: &Tenant, group: Uuid, id: Uuid) -> Result<(), Error> {
    let freed: Option<Freed> = tx.one(
        "UPDATE attachment SET state = 'removed'
         WHERE tenant_id = $1 AND id = $2 AND group_id = $3 AND state = 'ticket' RETURNING bytes",
        params![tenant.id(), id, group],
    )?;
    let Some(Freed { bytes }) = freed else { return Ok(()) };
    give_back(tx, tenant.id(), group, bytes)
}

/// The group may take so many bytes more again.
pub(super) fn give_back(tx: &mut Tx<'_>, tenant_id: i64, group: Uuid, bytes: i64) -> Result<(), Error> {
    tx.put(
        "UPDATE chat_group SET file_bytes = file_bytes - $3 WHERE tenant_id = $1 AND id = $2",
        params![tenant_id, group, bytes],
    )
}

/// Takes back a file that this person uploaded, or tried to, and did not send; false if there is none.
pub fn discard(tx: &mut Tx<'_>, seat: &Seat, id: Uuid) -> Result<bool, Error> {
    remove_unsent(tx, seat.tenant.id(), seat.group, id, Some(seat.person))
}

/// Removes a file that was not sent.
pub(super) fn remove_unsent(
    tx: &mut Tx<'_>,
    tenant_id: i64,
    group: Uuid,
    id: Uuid,
    author: Option<Uuid>,
) -> Result<bool, Error> {
    // The group's row first, as everywhere: who sends the file in this moment holds it.
    give_back(tx, tenant_id, group, 0)?;
    let freed: Option<Freed> = tx.one(
        "UPDATE attachment SET state = 'removed'
         WHERE tenant_id = $1 AND id = $2 AND group_id = $3 AND state IN ('uploaded', 'arriving')
           AND (CAST($4 AS BYTEA) IS NULL OR author = $4) RETURNING bytes",
        params![tenant_id, id, group, author],
    )?;
    let Some(Freed { bytes }) = freed else { return Ok(false) };
    give_back(tx, tenant_id, group, bytes)?;
    Ok(true)
}
