//! Who may see a file: who sees the message that it was sent with.

use store::{Error, Read, params};
use uuid::Uuid;

use super::{Attachment, State};
use crate::domain::conversation::{Seat, SeatKind};

/// What somebody finds who asks for a file.
#[derive(Debug, Clone)]
pub enum Looked {
    /// The file.
    Seen(Box<Attachment>),
    /// It was there for this person, and was recalled.
    Recalled,
    /// Nothing: there is no such file, or it is none of this person's business; the same for both.
    Nothing,
}

store::record! {
    struct Recalled {
        recalled_at: Option<i64>,
    }
}

/// Looks for a file with the eyes of a seat. What is uploaded and not sent, its author sees; what was sent, whoever may read
/// that message; what is on the ticket, staff.
pub fn look(reader: &mut impl Read, seat: &Seat, id: Uuid) -> Result<Looked, Error> {
    let Some(file) = super::by_id(reader, &seat.tenant, seat.group, id)? else { return Ok(Looked::Nothing) };
    let Some(view) = seat.view(file.lane) else { return Ok(Looked::Nothing) };
    let is_sent = file.seq.is_some_and(|seq| seq > view.from());
    match file.state {
        State::Uploaded if file.author == seat.person => Ok(Looked::Seen(Box::new(file))),
        State::Ticket if seat.kind == SeatKind::Staff => Ok(Looked::Seen(Box::new(file))),
        State::Sent if is_sent => {
            let message: Option<Recalled> = reader.one(
                "SELECT recalled_at FROM message WHERE tenant_id = $1 AND group_id = $2 AND lane = $3 AND seq = $4",
                params![seat.tenant.id(), seat.group, file.lane.word(), file.seq],
            )?;
            Ok(match message {
                Some(Recalled { recalled_at: None }) => Looked::Seen(Box::new(file)),
                Some(Recalled { recalled_at: Some(_) }) => Looked::Recalled,
                None => Looked::Nothing,
            })
        }
        State::Removed | State::Gone if is_sent => Ok(Looked::Recalled),
        _ => Ok(Looked::Nothing),
    }
}
