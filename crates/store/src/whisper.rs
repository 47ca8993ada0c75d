//! Words for the other processes on the same PostgreSQL, when nothing is lost with them.

use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast};

use crate::{Engine, Store};

/// The longest whisper, bytes.
const LONGEST: usize = 400;
/// How many may wait to be told; one more pushes the oldest out.
const WAITING: usize = 128;
/// How many a slow listener may be behind.
const BEHIND: usize = 256;
/// The longest payload of one NOTIFY, bytes: PostgreSQL takes less than 8000.
const PAYLOAD: usize = 7900;

/// What waits to be told, and who hears what others tell.
pub(crate) struct Whispers {
    waiting: Mutex<Vec<String>>,
    told: Arc<Notify>,
    heard: broadcast::Sender<Arc<str>>,
}

impl Default for Whispers {
    fn default() -> Self {
        Self { waiting: Mutex::default(), told: Arc::default(), heard: broadcast::Sender::new(BEHIND) }
    }
}

impl Whispers {
    fn tell(&self, text: &str) {
        let mut waiting = self.waiting.lock();
        if waiting.iter().any(|other| other == text) {
            return;
        }
        if waiting.len() >= WAITING {
            waiting.remove(0);
        }
        waiting.push(text.to_owned());
        drop(waiting);
        self.told.notify_one();
    }

    /// What waits, in payloads: each a line a whisper.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut payloads: Vec<String> = Vec::new();
        for text in mem::take(&mut *self.waiting.lock()) {
            match payloads.last_mut() {
                Some(payload) if payload.len() + 1 + text.len() <= PAYLOAD => {
                    payload.push('\n');
                    payload.push_str(&text);
                }
                _ => payloads.push(text),
            }
        }
        payloads
    }

    /// Another process told this payload.
    pub(crate) fn hear(&self, payload: &str) {
        for text in payload.lines() {
            // Nobody listening is no failure.
            let _ = self.heard.send(text.into());
        }
    }

    /// Begins on a new connection: who was away has nothing to say any more that is worth hearing. Given is what tells that
    /// something waits.
    pub(crate) fn begin(&self) -> Arc<Notify> {
        self.waiting.lock().clear();
        Arc::clone(&self.told)
    }
}

impl Store {
    /// Tells the other processes on the same PostgreSQL, soon and only once: nothing is written, and who does not listen
    /// just then never hears it. For what is past in a few seconds anyway, such as that somebody is typing. Equal words
    /// that still wait are told once. On SQLite there is no other process that listens.
    ///
    /// A text of more than 400 bytes, or with a line break, is not told.
    pub fn whisper(&self, text: &str) {
        if self.engine() == Engine::Postgres
            && !text.is_empty()
            && text.len() <= LONGEST
            && !text.contains(['\n', '\r', '\0'])
        {
            self.signals().whispers.tell(text);
        }
    }

    /// What other processes whisper from now on. A listener that is too slow loses the oldest.
    pub fn whispers(&self) -> broadcast::Receiver<Arc<str>> {
        self.signals().whispers.heard.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whispers_share_payloads_that_postgresql_takes_and_the_newest_stay() {
        let whispers = Whispers::default();
        for number in 0..WAITING + 5 {
            whispers.tell(&format!("{number:0>390}"));
        }
        whispers.tell(&format!("{:0>390}", 7));
        let payloads = whispers.take();
        assert!(payloads.iter().all(|payload| payload.len() <= PAYLOAD));
        let told: Vec<u32> = payloads.iter().flat_map(|p| p.lines()).map(|l| l.parse().unwrap()).collect();
        assert_eq!(told, (5..133).collect::<Vec<_>>());
        assert!(whispers.take().is_empty());
    }
}
