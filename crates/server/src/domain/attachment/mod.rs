//! Files that people send: uploaded first, then sent with a message or put on the ticket.
//!
//! Invariant: no blob is without a row that names it, and no row but an arriving one is without its blob: the row is written
//! first, then the bytes are put in their place, then the row says so.
//! Invariant: a row's media type is what was found in the bytes, never what the sender claimed.

mod add;
mod find;
mod look;
mod sweep;
mod take;
mod view;

pub use add::{NewAttachment, NotTaken, add, arrived, may_add};
pub use find::{by_id, of_ticket};
pub use look::{Looked, look};
pub use sweep::{Leaving, Unsent, forget, is_named, leaving, unsent};
pub use take::{discard, off_ticket, recalled, take_for_message, take_for_ticket};
pub use view::view;

use uuid::Uuid;

use super::conversation::Lane;

/// What a file is to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture that every browser shows.
    Image,
    /// Something to download.
    File,
    /// Something that was spoken.
    Voice,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Image, Self::File, Self::Voice];

    /// The word in tables and on the wire; the same as the message's.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::File => "file",
            Self::Voice => "voice",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl store::Column for Kind {
    fn from_value(value: store::ValueRef<'_>) -> Result<Self, String> {
        let word = String::from_value(value)?;
        Self::from_word(&word).ok_or_else(|| format!("`{word}` is no kind of file"))
    }
}

/// Where a file is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its bytes are about to be put in their place.
    Arriving,
    /// Nobody but its author knows of it.
    Uploaded,
    /// A message names it.
    Sent,
    /// The ticket names it.
    Ticket,
    /// Recalled, or never sent; its bytes wait for the sweep.
    Removed,
    /// Recalled; there are no bytes any more.
    Gone,
}

impl State {
    const ALL: [Self; 6] =
        [Self::Arriving, Self::Uploaded, Self::Sent, Self::Ticket, Self::Removed, Self::Gone];

    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Arriving => "arriving",
            Self::Uploaded => "uploaded",
            Self::Sent => "sent",
            Self::Ticket => "ticket",
            Self::Removed => "removed",
            Self::Gone => "gone",
        }
    }
}

impl store::Column for State {
    fn from_value(value: store::ValueRef<'_>) -> Result<Self, String> {
        let word = String::from_value(value)?;
        let state = Self::ALL.into_iter().find(|state| state.word() == word);
        state.ok_or_else(|| format!("`{word}` is no state of a file"))
    }
}

store::record! {
    /// A file as its row has it.
    pub struct Attachment {
        /// Its id.
        pub id: Uuid,
        /// Row id of the group.
        pub group_id: Uuid,
        /// Who may see it; never changed.
        pub lane: Lane,
        /// The `person_id` of who uploaded it.
        pub author: Uuid,
        /// What it is to people.
        pub kind: Kind,
        /// Its name, cleaned.
        pub name: String,
        /// What was found in the bytes.
        pub media_type: String,
        /// Its length.
        pub bytes: i64,
        /// Of a picture, as it is shown.
        pub width: Option<i64>,
        /// Of a picture, as it is shown.
        pub height: Option<i64>,
        /// Of something spoken.
        pub duration_ms: Option<i64>,
        /// SHA-256 of the content, in hexadecimal digits.
        pub blob: String,
        /// That of the small picture.
        pub thumb: Option<String>,
        /// Where it is in its life.
        pub state: State,
        /// The number of the message that it was sent with, of its lane.
        pub seq: Option<i64>,
    }
}
