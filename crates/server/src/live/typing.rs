//! Who is typing: told once in a while, written nowhere.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

use super::{feed::Whisper, frame, hub::Hub, room::Told};
use crate::domain::conversation::{Lane, Seat};

/// At most this often is it told of one person in one lane.
const PAUSE: Duration = Duration::from_secs(1);
/// The most characters of a name that are told.
const NAME_MAX: usize = 64;

/// When it was told last.
#[derive(Debug, Default)]
pub(super) struct Typing(Mutex<HashMap<(Uuid, Uuid, Lane), Instant>>);

impl Typing {
    /// Whether it is to be told now.
    fn tell(&self, group: Uuid, person: Uuid, lane: Lane) -> bool {
        let now = Instant::now();
        let mut told = self.0.lock();
        let last = told.get(&(group, person, lane));
        if last.is_some_and(|at| now.duration_since(*at) < PAUSE) {
            return false;
        }
        told.insert((group, person, lane), now);
        true
    }

    /// Forgets those who stopped.
    pub(super) fn forget(&self) {
        self.0.lock().retain(|_, at| at.elapsed() < PAUSE);
    }
}

impl Hub {
    /// Somebody is typing in a lane; false if the seat has no such lane.
    pub fn types(&self, store: &store::Store, seat: &Seat, lane: Lane) -> bool {
        if seat.view(lane).is_none() {
            return false;
        }
        if self.typing.tell(seat.group, seat.person, lane) {
            let name: String = seat.name.chars().take(NAME_MAX).filter(|c| !c.is_control()).collect();
            self.types_here(seat.group, lane, seat.person, &name);
            store.whisper(&Whisper::Typing(seat.group, lane, seat.person, name).to_string());
        }
        true
    }

    pub(super) fn types_here(&self, group: Uuid, lane: Lane, person: Uuid, name: &str) {
        if let Some(room) = self.room(group) {
            room.tell(lane.into(), Told::Frame(frame::typing(lane, person, name), Some(person)));
        }
    }
}
