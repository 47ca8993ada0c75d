//! What happens elsewhere: the feed tells of commits, whispers of what is not written.
//!
//! What they say is only a reason to look: the rows decide.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use serde::Deserialize;
use store::{Change, Cursor};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    frame,
    hub::Hub,
    look::Wanted,
    room::{Audience, Told},
};
use crate::{app::App, domain::conversation::Lane};

/// Events read at once.
const EVENTS: u32 = 500;
/// At most this often is the feed read: what this process commits, its pages hear of directly.
const PAUSE: Duration = Duration::from_millis(20);
/// How long to wait for the feed to move before it is seen whether the program still runs.
const LOOK: Duration = Duration::from_secs(5);

/// Reads the feed as long as the program runs. While no page is open there is nobody to be told of anything, and it is
/// not read.
pub(super) async fn follow(app: Weak<App>) {
    let Some(mut signal) = app.upgrade().map(|app| app.store.feed_signal()) else { return };
    let mut cursor: Option<Cursor> = None;
    loop {
        let Some(opened) = app.upgrade().map(|app| Arc::clone(&app.hub.opened)) else { return };
        // Out of time and a closed signal both mean: see whether the program is still there.
        let _ = timeout(LOOK, async {
            tokio::select! {
                _ = signal.changed() => {}
                () = opened.notified() => {}
            }
        })
        .await;
        let Some(app) = app.upgrade() else { return };
        if app.hub.is_idle() {
            cursor = None;
        } else if let Err(error) = read(&app, &mut cursor).await {
            tracing::warn!(%error, "the feed cannot be read; pages are told of what other processes write once it can");
        }
        drop(app);
        sleep(PAUSE).await;
    }
}

async fn read(app: &App, cursor: &mut Option<Cursor>) -> Result<(), store::Error> {
    let Some(mut at) = *cursor else {
        *cursor = Some(app.store.feed_head().await?);
        // Events between a page's first look and now are before this head: whatever they told of is looked for.
        app.hub.look_everywhere();
        return Ok(());
    };
    loop {
        let changes = app.store.feed_after(at, EVENTS).await?;
        let all = changes.len() as u64 >= u64::from(EVENTS);
        for change in changes {
            at = change.cursor;
            *cursor = Some(at);
            happened(&app.hub, &change);
        }
        if !all {
            return Ok(());
        }
    }
}

/// Events that take nobody's seat. After any other, each page looks whether its person still sits there; after these it
/// would be many looks for nothing: hundreds may join at once.
const KEEPS_SEATS: &[&str] = &[
    "group.changed",
    "group.created",
    "group.member_added",
    "group.ready",
    "group.reopened",
    "member.invited",
    "member.joined",
];

/// What an event about messages says of them.
#[derive(Debug, Default, Deserialize)]
struct About {
    lane: Option<String>,
    seq: Option<i64>,
}

fn happened(hub: &Hub, change: &Change) {
    let Some(room) = change.subject.parse().ok().and_then(|group| hub.room(group)) else { return };
    if room.tenant().id() != change.tenant_id {
        return;
    }
    let about: About = serde_json::from_str(&change.body).unwrap_or_default();
    let lane = about.lane.as_deref().and_then(Lane::from_word);
    match change.kind.as_str() {
        "message.read" => hub.want(&room, Wanted::MARKS),
        kind if kind.starts_with("message.") => {
            let known = lane.zip(about.seq).is_some_and(|(lane, seq)| room.knows(lane, seq));
            if !known {
                hub.want(&room, Wanted::ENTRIES);
            }
        }
        _ => {
            hub.want(&room, Wanted::ENTRIES);
            room.tell(lane.map_or(Audience::Everyone, Audience::from), Told::Frame(frame::changed(), None));
            if !KEEPS_SEATS.contains(&change.kind.as_str()) {
                room.tell(Audience::Everyone, Told::Check);
            }
        }
    }
}

/// What processes tell each other by whispering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whisper {
    /// Group, lane, person, name.
    Typing(Uuid, Lane, Uuid, String),
    /// Who has this group open changed.
    Online(Uuid),
    /// This person's right may have ended.
    Check(Uuid),
    /// What people may see of this group changed.
    Seats(Uuid),
}

impl fmt::Display for Whisper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typing(group, lane, person, name) => {
                write!(f, "typing {group} {} {person} {name}", lane.word())
            }
            Self::Online(group) => write!(f, "online {group}"),
            Self::Check(person) => write!(f, "check {person}"),
            Self::Seats(group) => write!(f, "seats {group}"),
        }
    }
}

impl Whisper {
    /// From the text; none if it is another release's.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(5, ' ');
        let what = words.next()?;
        let id = words.next()?.parse().ok()?;
        Some(match what {
            "typing" => {
                let lane = Lane::from_word(words.next()?)?;
                let person = words.next()?.parse().ok()?;
                Self::Typing(id, lane, person, words.next().unwrap_or_default().to_owned())
            }
            "online" => Self::Online(id),
            "check" => Self::Check(id),
            "seats" => Self::Seats(id),
            _ => return None,
        })
    }
}

/// Listens to other processes as long as the program runs.
pub(super) async fn hear(app: Weak<App>) {
    let Some(mut whispers) = app.upgrade().map(|app| app.store.whispers()) else { return };
    loop {
        let text = match whispers.recv().await {
            Ok(text) => text,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Some(app) = app.upgrade() else { return };
        heard(&app, &text);
    }
}

fn heard(app: &Arc<App>, text: &str) {
    let hub = &app.hub;
    match Whisper::parse(text) {
        Some(Whisper::Typing(group, lane, person, name)) => hub.types_here(group, lane, person, &name),
        Some(Whisper::Online(group)) => {
            if let Some(room) = hub.room(group) {
                hub.want(&room, Wanted::ONLINE);
            }
        }
        Some(Whisper::Check(person)) => hub.check_here(person),
        Some(Whisper::Seats(group)) => hub.check_group_here(group),
        None => tracing::debug!(text, "a whisper that means nothing here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whispers_come_back_as_what_they_were() {
        let id = |byte| Uuid::from_bytes([byte; 16]);
        for whisper in [
            Whisper::Typing(id(1), Lane::Internal, id(2), "林 晓 x".to_owned()),
            Whisper::Typing(id(1), Lane::Customer, id(2), String::new()),
            Whisper::Online(id(3)),
            Whisper::Check(id(4)),
            Whisper::Seats(id(5)),
        ] {
            assert_eq!(Whisper::parse(&whisper.to_string()), Some(whisper));
        }
        for text in ["", "typing", "typing x customer y z", "online", "later 1"] {
            assert_eq!(Whisper::parse(text), None, "{text}");
        }
    }
}
