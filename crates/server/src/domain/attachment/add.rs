//! A file that has arrived becomes a row, and then a blob.

use store::{Error, Read, Tx, params};
use uuid::Uuid;

use super::{Attachment, Kind};
use crate::domain::{conversation::Lane, conversation::Seat, group::State};

/// A file to be.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// Its id.
    pub id: Uuid,
    /// Who may see it.
    pub lane: Lane,
    /// What it is to people.
    pub kind: Kind,
    /// Its name, cleaned.
    pub name: String,
    /// What was found in the bytes.
    pub media_type: String,
    /// Its length.
    pub bytes: i64,
    /// Of a picture, as it is shown.
    pub size: Option<(i64, i64)>,
    /// Of something spoken.
    pub duration_ms: Option<i64>,
    /// SHA-256 of the content, in hexadecimal digits.
    pub blob: String,
    /// That of the small picture.
    pub thumb: Option<String>,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// Nobody can talk in the group: its state.
    NotOpen(State),
    /// The person was removed from the group.
    Removed,
    /// The files of the group have as many bytes as they may have.
    Full,
}

store::record! {
    struct Place {
        state: State,
        file_bytes: i64,
        member: Option<String>,
    }
}

/// Whether the person may put a file of so many bytes into the group now.
pub fn may_add(
    reader: &mut impl Read,
    seat: &Seat,
    bytes: i64,
    group_bytes: i64,
) -> Result<Result<(), NotTaken>, Error> {
    let place: Option<Place> = reader.one(
        "SELECT g.state, g.file_bytes,
                (SELECT m.state FROM group_member m
                 WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id AND m.person_id = $3) AS member
         FROM chat_group g WHERE g.tenant_id = $1 AND g.id = $2",
        params![seat.tenant.id(), seat.group, seat.person],
    )?;
    let Some(place) = place else { return Ok(Err(NotTaken::Removed)) };
    if place.member.is_none_or(|state| state == "removed") {
        return Ok(Err(NotTaken::Removed));
    }
    if !place.state.is_open() {
        return Ok(Err(NotTaken::NotOpen(place.state)));
    }
    Ok(if place.file_bytes.saturating_add(bytes) > group_bytes { Err(NotTaken::Full) } else { Ok(()) })
}

/// Makes room for the file in the group. It is nobody's to see until its bytes are in their place and [`arrived`] says so.
pub fn add(
    tx: &mut Tx<'_>,
    seat: &Seat,
    file: &NewAttachment,
    group_bytes: i64,
    now_ms: i64,
) -> Result<Result<(), NotTaken>, Error> {
    // First of all: the row's lock decides between this and a close, and between two that both would still fit.
    let locked = tx.exec(
        "UPDATE chat_group SET file_bytes = file_bytes + $3 WHERE tenant_id = $1 AND id = $2 AND file_bytes + $3 <= $4
         AND state IN ('active', 'waiting_customer')",
        params![seat.tenant.id(), seat.group, file.bytes, group_bytes],
    )?;
    // With its own bytes counted already, nothing more has to fit.
    let more = if locked == 0 { file.bytes } else { 0 };
    if let Err(why) = may_add(tx, seat, more, group_bytes)? {
        if locked > 0 {
            super::take::give_back(tx, seat.tenant.id(), seat.group, file.bytes)?;
        }
        return Ok(Err(why));
    }
    tx.put(
        "INSERT INTO attachment (tenant_id, id, group_id, lane, author, kind, name, media_type, bytes, width, height,
                                 duration_ms, blob, thumb, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'arriving', $15)",
        params![
            seat.tenant.id(),
            file.id,
            seat.group,
            file.lane.word(),
            seat.person,
            file.kind.word(),
            &file.name,
            &file.media_type,
            file.bytes,
            file.size.map(|(width, _)| width),
            file.size.map(|(_, height)| height),
            file.duration_ms,
            &file.blob,
            &file.thumb,
            now_ms,
        ],
    )?;
    Ok(Ok(()))
}

/// The bytes are in their place: the file is its author's to send. None if it took so long that it was swept away.
pub fn arrived(tx: &mut Tx<'_>, seat: &Seat, id: Uuid) -> Result<Option<Attachment>, Error> {
    tx.one(
        "UPDATE attachment SET state = 'uploaded' WHERE tenant_id = $1 AND id = $2 AND group_id = $3 AND state = 'arriving'
         RETURNING id, group_id, lane, author, kind, name, media_type, bytes, width, height, duration_ms, blob, thumb, state,
                   seq",
        params![seat.tenant.id(), id, seat.group],
    )
}
