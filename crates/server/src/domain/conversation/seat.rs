//! A person in a group, as the conversation sees one: staff by session, a visitor by device.

use uuid::Uuid;

use super::Lane;
use crate::domain::Tenant;

/// What a person is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatKind {
    /// A member of staff.
    Staff,
    /// The first device that opened the link: the ticket's customer.
    Customer,
    /// A further device.
    Guest,
}

impl SeatKind {
    /// The word in tables and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Guest => "guest",
        }
    }
}

/// Somebody who is in a group and may talk there. Made from rows that were found by session or device, never from words
/// of a request.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Whose group.
    pub tenant: Tenant,
    /// Row id of the group.
    pub group: Uuid,
    /// The member's `person_id`.
    pub person: Uuid,
    /// What the person is.
    pub kind: SeatKind,
    /// The person's name as others see it; empty where none is known.
    pub name: String,
    /// Sees the customer lane behind this number: 0 but for guests who came later.
    pub history_from: i64,
}

/// A lane that somebody may read, and from where on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct View {
    lane: Lane,
    from: i64,
}

impl View {
    /// The whole of a lane, for no person in particular: the operator's transcript, the seal, and the hub, which deals out
    /// what it read by the views of those who listen ([`Entry::through`](super::Entry::through)).
    pub const fn whole(lane: Lane) -> Self {
        Self { lane, from: 0 }
    }

    /// A lane behind a number, for tests of what a view lets through.
    #[cfg(test)]
    pub(super) const fn behind(lane: Lane, from: i64) -> Self {
        Self { lane, from }
    }

    /// The lane.
    pub const fn lane(self) -> Lane {
        self.lane
    }

    /// Only entries behind this number are seen.
    pub const fn from(self) -> i64 {
        self.from
    }
}

impl Seat {
    /// The view of a lane, if the person may see it.
    pub const fn view(&self, lane: Lane) -> Option<View> {
        match (self.kind, lane) {
            (SeatKind::Staff, lane) => Some(View { lane, from: 0 }),
            (SeatKind::Customer | SeatKind::Guest, Lane::Customer) => {
                Some(View { lane, from: self.history_from })
            }
            (SeatKind::Customer | SeatKind::Guest, Lane::Internal) => None,
        }
    }

    /// All that the person may see.
    pub fn views(&self) -> impl Iterator<Item = View> + '_ {
        Lane::ALL.into_iter().filter_map(|lane| self.view(lane))
    }
}
