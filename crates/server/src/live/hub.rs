//! The hub of a process: which groups are open here, who is to be told, and how many may be.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore},
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use super::{
    beat::{Beats, STEP},
    counts::{Counted, Counts, Transport},
    feed, frame,
    look::{Found, Wanted},
    page::Page,
    presence::{self, Presence},
    room::{Audience, Room, Told},
    typing::Typing,
};
use crate::{app::App, descriptors, domain, domain::conversation::Seat};

/// Looks at the database that run at the same time, at most.
const LOOKS: usize = 8;
/// Pages of one person in one group in this process, at most.
pub const PAGES_MAX: u32 = 20;

/// Why a page is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The server ends.
    Restart,
    /// This process has as many pages as leave room for calls.
    Full,
    /// The person has as many pages of this group open as anybody may.
    TooMany,
}

/// What this process knows of open pages.
pub struct Hub {
    app: OnceLock<Weak<App>>,
    rooms: Mutex<HashMap<Uuid, Seats>>,
    /// The clock of all pages.
    pub beats: Beats,
    /// What is counted.
    pub counts: Arc<Counts>,
    pub(super) presence: Presence,
    pub(super) typing: Typing,
    /// The first page was opened.
    pub(super) opened: Arc<Notify>,
    looks: Semaphore,
    /// A look failed: rooms are gone through at the next beat.
    stalled: AtomicBool,
    most: u64,
}

/// A room, and how many pages are in it.
struct Seats {
    room: Arc<Room>,
    pages: usize,
}

impl Default for Hub {
    fn default() -> Self {
        // A quarter of the connections stays for everything that is no open page.
        let most = u64::try_from(descriptors::connections()).unwrap_or(u64::MAX) / 4 * 3;
        Self {
            app: OnceLock::new(),
            rooms: Mutex::default(),
            beats: Beats::default(),
            counts: Arc::default(),
            presence: Presence::default(),
            typing: Typing::default(),
            opened: Arc::default(),
            looks: Semaphore::new(LOOKS),
            stalled: AtomicBool::new(false),
            most: most.max(1),
        }
    }
}

impl Hub {
    /// Begins to follow what happens elsewhere; ends with the program. `instance` names this process, and is the same at
    /// every start on the same data folder.
    pub fn start(app: &Arc<App>, instance: Uuid) {
        if app.hub.app.set(Arc::downgrade(app)).is_err() {
            return;
        }
        tokio::spawn(feed::follow(Arc::downgrade(app)));
        tokio::spawn(feed::hear(Arc::downgrade(app)));
        tokio::spawn(presence::write(Arc::downgrade(app), instance));
        let weak = Arc::downgrade(app);
        tokio::spawn(async move {
            let mut step = interval(STEP);
            step.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                step.tick().await;
                let Some(app) = weak.upgrade() else { return };
                app.hub.beat();
            }
        });
    }

    /// Something was committed about this group in this process.
    pub fn touch(&self, group: Uuid) {
        if let Some(room) = self.room(group) {
            self.want(&room, Wanted::ENTRIES);
        }
    }

    /// A page comes in. It is told everything from now on; what was before, it looks up by its numbers.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn join(&self, app: &Arc<App>, seat: Seat, transport: Transport) -> Result<Page, Refusal> {
        if app.is_draining() {
            return Err(Refusal::Restart);
        }
        if self.counts.pages() >= self.most {
            return Err(Refusal::Full);
        }
        if !self.presence.come(&seat) {
            return Err(Refusal::TooMany);
        }
        let seat = Arc::new(seat);
        let room = {
            let mut rooms = self.rooms.lock();
            if rooms.is_empty() {
                self.opened.notify_one();
            }
            let seats = rooms
                .entry(seat.group)
                .or_insert_with(|| Seats { room: Arc::new(Room::new(&seat)), pages: 0 });
            seats.pages += 1;
            Arc::clone(&seats.room)
        };
        let listener = room.listen(&seat);
        // The room may never have looked: from now on it knows where it is.
        self.want(&room, Wanted::ENTRIES);
        let counted = Counted::new(&self.counts, transport);
        Ok(Page::new(Arc::clone(app), room, seat, listener, counted))
    }

    pub(super) fn leave(&self, seat: &Seat) {
        self.presence.go(seat);
        let mut rooms = self.rooms.lock();
        if let Some(seats) = rooms.get_mut(&seat.group) {
            seats.pages -= 1;
            if seats.pages == 0 {
                rooms.remove(&seat.group);
            }
        }
    }

    /// The server ends: every page is told to go elsewhere.
    pub fn restart(&self) {
        self.beats.restart();
    }

    /// Somebody's right may have ended, in any group: a session is over.
    pub fn check(&self, person: Uuid) {
        self.check_here(person);
        if let Some(app) = self.app.get().and_then(Weak::upgrade) {
            app.store.whisper(&feed::Whisper::Check(person).to_string());
        }
    }

    pub(super) fn check_here(&self, person: Uuid) {
        for group in self.presence.groups_of(person) {
            if let Some(room) = self.room(group) {
                room.tell(Audience::Everyone, Told::Check);
            }
        }
    }

    /// What people may see of this group changed: each of its pages is looked at.
    pub fn check_group(&self, group: Uuid) {
        self.check_group_here(group);
        if let Some(app) = self.app.get().and_then(Weak::upgrade) {
            app.store.whisper(&feed::Whisper::Seats(group).to_string());
        }
    }

    pub(super) fn check_group_here(&self, group: Uuid) {
        if let Some(room) = self.room(group) {
            room.tell(Audience::Everyone, Told::Check);
        }
    }

    pub(super) fn room(&self, group: Uuid) -> Option<Arc<Room>> {
        self.rooms.lock().get(&group).map(|seats| Arc::clone(&seats.room))
    }

    /// Whether any group is open here.
    pub(super) fn is_idle(&self) -> bool {
        self.rooms.lock().is_empty()
    }

    /// Anything may have happened in any room.
    pub(super) fn look_everywhere(&self) {
        for room in self.rooms() {
            self.want(&room, Wanted::ALL);
            room.tell(Audience::Everyone, Told::Frame(frame::changed(), None));
            room.tell(Audience::Everyone, Told::Check);
        }
    }

    fn rooms(&self) -> Vec<Arc<Room>> {
        self.rooms.lock().values().map(|seats| Arc::clone(&seats.room)).collect()
    }

    /// Sees to it that somebody looks.
    pub(super) fn want(&self, room: &Arc<Room>, wanted: Wanted) {
        let Some(app) = self.app.get().and_then(Weak::upgrade) else { return };
        if room.want(wanted) {
            tokio::spawn(look(app, Arc::clone(room)));
        }
    }

    /// Once a second.
    fn beat(&self) {
        self.beats.beat();
        self.typing.forget();
        self.presence.expire();
        if self.stalled.swap(false, Ordering::Relaxed) {
            for room in self.rooms() {
                self.want(&room, Wanted::default());
            }
        }
    }
}

/// Looks at a group until nothing is wanted any more.
async fn look(app: Arc<App>, room: Arc<Room>) {
    while let Some(group) = room.begin() {
        let wanted = group.wanted;
        let Ok(_permit) = app.hub.looks.acquire().await else { return };
        let now_ms = app.clock.now_ms();
        let found: Result<Found, domain::Error> =
            app.store.read("live.look", move |r| group.look(r, now_ms)).await;
        match found {
            Ok((lanes, marks, online, more)) => {
                room.found(lanes, marks, online);
                if more {
                    room.want(Wanted::ENTRIES);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "open pages cannot be told of what is new; it is tried again in a second");
                room.failed(wanted);
                app.hub.stalled.store(true, Ordering::Relaxed);
                return;
            }
        }
    }
}
