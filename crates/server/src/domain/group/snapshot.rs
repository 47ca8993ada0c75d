//! A group as its page shows it: read in one snapshot, for one seat.

use store::{Read, Reader, params};
use uuid::Uuid;

use super::{
    member::{self, Member},
    view::{self, Group},
};
use crate::domain::{
    Error, Refusal,
    attachment::{self, Attachment},
    conversation::{self, Seat, SeatKind, Summary, presence},
    ticket::{self, Ticket},
};

store::record! {
    /// What the conversation adds to a group's row.
    pub struct Talk {
        /// Row id of the channel.
        pub channel_id: Uuid,
        /// Guests see what was said before they came.
        pub guests_see_history: bool,
    }
}

store::record! {
    /// Where a visitor wants the reply.
    pub struct Contact {
        /// The member's `person_id`.
        pub person: Uuid,
        /// Sealed.
        pub contact: Vec<u8>,
    }
}

store::record! {
    /// How good somebody found the help.
    pub struct Score {
        /// 1 to 5.
        pub score: i64,
        /// What else was said of it.
        pub comment: String,
    }
}

/// All of it. What only staff may see is empty for others.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The group.
    pub group: Group,
    /// What the conversation adds.
    pub talk: Talk,
    /// Its ticket.
    pub ticket: Option<Ticket>,
    /// Its members.
    pub members: Vec<Member>,
    /// The lanes that the seat may see.
    pub summary: Summary,
    /// The ticket's files: for staff.
    pub files: Vec<Attachment>,
    /// Who has the group open.
    pub online: Vec<Uuid>,
    /// Where visitors want the reply; for a visitor only the own one.
    pub contacts: Vec<Contact>,
    /// How good the seat's person found the help; for staff the latest score.
    pub score: Option<Score>,
}

impl Snapshot {
    /// Reads it.
    ///
    /// # Errors
    /// [`Refusal::GroupNotExist`] where it is not there any more.
    pub fn read(r: &mut Reader<'_>, seat: &Seat, now_ms: i64) -> Result<Self, Error> {
        let (tenant, id) = (&seat.tenant, seat.group);
        let staff = seat.kind == SeatKind::Staff;
        let group = view::by_id(r, tenant, id)?.ok_or(Refusal::GroupNotExist)?;
        let talk: Option<Talk> = r.one(
            "SELECT channel_id, guests_see_history FROM chat_group
             WHERE tenant_id = $1 AND id = $2",
            params![tenant.id(), id],
        )?;
        let contacts: Vec<Contact> = r.all(
            "SELECT person, contact FROM visitor
             WHERE tenant_id = $1 AND group_id = $2 AND contact IS NOT NULL AND removed_at IS NULL",
            params![tenant.id(), id],
        )?;
        let score: Option<Score> = r.one(
            "SELECT score, comment FROM satisfaction
             WHERE tenant_id = $1 AND group_id = $2 AND (person = $3 OR CAST($4 AS BIGINT) = 1) ORDER BY at DESC LIMIT 1",
            params![tenant.id(), id, seat.person, staff],
        )?;
        Ok(Self {
            ticket: ticket::find(r, tenant, &group.case_id)?,
            members: member::list(r, tenant.id(), id)?,
            talk: talk.ok_or(Refusal::GroupNotExist)?,
            online: presence::online(r, tenant, id, now_ms)?,
            summary: conversation::summary(r, seat)?,
            files: if staff { attachment::of_ticket(r, tenant, id)? } else { Vec::new() },
            contacts: contacts.into_iter().filter(|row| staff || row.person == seat.person).collect(),
            score,
            group,
        })
    }
}
