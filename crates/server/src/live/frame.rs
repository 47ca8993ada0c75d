//! Frames as they go out: JSON, made once and shared by all who are told.

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::domain::conversation::{Lane, mark::Mark};

/// Why a page is told to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bye {
    /// The person was removed from the group.
    Removed,
    /// The server ends; another, or the next, goes on.
    Restart,
    /// The link was renewed, and this device had not joined.
    Renewed,
    /// The session is over.
    SignedOut,
    /// The group was dissolved.
    Dissolved,
    /// Too much was sent, or nothing that makes sense.
    Flood,
    /// The page takes nothing.
    Slow,
}

impl Bye {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Restart => "restart",
            Self::Renewed => "renewed",
            Self::SignedOut => "signed_out",
            Self::Dissolved => "dissolved",
            Self::Flood => "flood",
            Self::Slow => "slow",
        }
    }

    /// What a refusal to look again at a seat means for its page; none if it only says that the look failed.
    pub fn from_refusal(code: &str) -> Option<Self> {
        Some(match code {
            "removed" | "not_joined" | "not_found" => Self::Removed,
            "not_signed_in" => Self::SignedOut,
            "renewed" => Self::Renewed,
            "dissolved" => Self::Dissolved,
            _ => return None,
        })
    }
}

/// The first frame: how far the lanes are that the page may see.
pub fn hello(customer: i64, internal: Option<i64>) -> Utf8Bytes {
    match internal {
        Some(internal) => json!({"t": "hello", "c": customer, "i": internal}),
        None => json!({"t": "hello", "c": customer}),
    }
    .to_string()
    .into()
}

/// Entries of a lane, oldest first: one, and then as many as make `most` bytes with it. With how many they are.
pub fn entries(lane: Lane, entries: &[impl Serialize], most: usize) -> (Utf8Bytes, usize) {
    let mut text = format!(r#"{{"t":"entries","lane":"{}","entries":["#, lane.word());
    let mut taken = 0;
    for entry in entries {
        let Ok(entry) = serde_json::to_string(entry) else { return (behind(), entries.len()) };
        if taken > 0 {
            if text.len() + entry.len() > most {
                break;
            }
            text.push(',');
        }
        text.push_str(&entry);
        taken += 1;
    }
    text.push_str("]}");
    (text.into(), taken)
}

/// Someone read up to a number.
pub fn read(lane: Lane, mark: &Mark) -> Utf8Bytes {
    json!({"t": "read", "lane": lane.word(), "person": mark.person, "seq": mark.seq}).to_string().into()
}

/// Someone is typing.
pub fn typing(lane: Lane, person: Uuid, name: &str) -> Utf8Bytes {
    json!({"t": "typing", "lane": lane.word(), "person": person, "name": name}).to_string().into()
}

/// Who has the group open.
pub fn online(people: &[Uuid]) -> Utf8Bytes {
    json!({"t": "online", "people": people}).to_string().into()
}

/// The last frame. `after_ms`: when to come back, so that not all do at once.
pub fn bye(code: Bye, after_ms: Option<u16>) -> Utf8Bytes {
    match after_ms {
        Some(after) => json!({"t": "bye", "code": code.word(), "after": after}),
        None => json!({"t": "bye", "code": code.word()}),
    }
    .to_string()
    .into()
}

const BEHIND: &str = r#"{"t":"behind"}"#;

/// The page lacks more than is sent of its own accord: it reads again.
pub const fn behind() -> Utf8Bytes {
    Utf8Bytes::from_static(BEHIND)
}

/// Something other than messages changed: the page gets the state again.
pub const fn changed() -> Utf8Bytes {
    Utf8Bytes::from_static(r#"{"t":"changed"}"#)
}

/// The answer to a page's own ping.
pub const fn pong() -> Utf8Bytes {
    Utf8Bytes::from_static(r#"{"t":"pong"}"#)
}
