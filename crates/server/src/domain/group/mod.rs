//! Groups 群: made once per ticket and channel, found ever after.

pub mod ask;
pub mod click;
pub mod count;
pub mod creation;
mod event;
pub mod lifecycle;
pub mod link;
pub mod list;
pub mod lookup;
pub mod member;
pub mod people;
pub mod seal;
pub mod seat;
pub mod snapshot;
pub mod timeline;
pub mod token;
pub mod view;
pub mod wait;

use super::Refusal;

/// The states of a group's life (DESIGN §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The row is there; the platform was not asked yet.
    Reserved,
    /// The platform is being asked.
    Creating,
    /// People can talk.
    Active,
    /// The customer has to answer next.
    WaitingCustomer,
    /// Closed by staff; nobody has sealed it yet.
    Closing,
    /// The transcript is fixed.
    Sealed,
    /// Put away.
    Archived,
    /// The platform refused for good; cause and remedy are on the row.
    Failed,
    /// Over. The next click makes the next generation.
    Dissolved,
}

impl State {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 9] = [
        Self::Reserved,
        Self::Creating,
        Self::Active,
        Self::WaitingCustomer,
        Self::Closing,
        Self::Sealed,
        Self::Archived,
        Self::Failed,
        Self::Dissolved,
    ];

    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Creating => "creating",
            Self::Active => "active",
            Self::WaitingCustomer => "waiting_customer",
            Self::Closing => "closing",
            Self::Sealed => "sealed",
            Self::Archived => "archived",
            Self::Failed => "failed",
            Self::Dissolved => "dissolved",
        }
    }

    /// From the word in the table.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The platform has not made it yet.
    pub const fn is_being_made(self) -> bool {
        matches!(self, Self::Reserved | Self::Creating)
    }

    /// The conversation is over for now; a click, or the customer, opens it again.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closing | Self::Sealed | Self::Archived)
    }

    /// People can talk in it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::WaitingCustomer)
    }
}

impl store::Column for State {
    fn from_value(value: store::ValueRef<'_>) -> Result<Self, String> {
        let word = String::from_value(value)?;
        Self::from_word(&word).ok_or_else(|| format!("`{word}` is no state of a group"))
    }
}

pub(in crate::domain) fn wrong_state(state: State, remedy: &'static str) -> Refusal {
    Refusal::WrongState { state: state.word(), remedy }
}
