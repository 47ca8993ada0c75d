//! Who may see a message: fixed when it is written.

use serde::{Deserialize, Serialize};

/// A lane of a group's conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The customer sees it, and so do staff.
    Customer,
    /// Staff only.
    Internal,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Customer, Self::Internal];

    /// The word in tables and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Internal => "internal",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.word() == word)
    }
}

impl store::Column for Lane {
    fn from_value(value: store::ValueRef<'_>) -> Result<Self, String> {
        let word = String::from_value(value)?;
        Self::from_word(&word).ok_or_else(|| format!("`{word}` is no lane"))
    }
}
