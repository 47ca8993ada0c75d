//! Who has which group open in this process, and writing that down for the others.
//!
//! Rows are written in the background, when somebody's first page of a group opens and the last one closes; a page that
//! connects does not wait for a commit.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use store::Tx;
use tokio::{sync::Notify, time::timeout};
use uuid::Uuid;

use super::{feed::Whisper, hub::PAGES_MAX, look::Wanted};
use crate::{
    app::App,
    domain::{
        self, Tenant,
        conversation::{Seat, SeatKind, presence},
    },
};

/// How long after the last page somebody counts as there: who reloads a page does not leave.
const LINGER: Duration = Duration::from_secs(3);
/// How long a page that only polls counts as open after it asked.
const POLLED: Duration = Duration::from_secs(30);
/// How long to wait after rows could not be written.
const PAUSE: Duration = Duration::from_secs(1);

/// A person in a group.
type Who = (Uuid, Uuid);

/// Who is here.
#[derive(Default)]
pub struct Presence {
    state: Mutex<State>,
    woken: Notify,
}

#[derive(Default)]
struct State {
    here: HashMap<Who, Sitting>,
    /// What the rows do not say yet, and when they are to.
    unwritten: HashMap<Who, (Instant, Tenant, SeatKind)>,
}

struct Sitting {
    tenant: Tenant,
    kind: SeatKind,
    pages: u32,
    polled: Option<Instant>,
}

impl Sitting {
    fn is_over(&self) -> bool {
        self.pages == 0 && self.polled.is_none_or(|at| at.elapsed() >= POLLED)
    }
}

impl Presence {
    /// A page opens; false if the person has too many of that group.
    pub(super) fn come(&self, seat: &Seat) -> bool {
        self.be_here(seat, |sitting| {
            let room = sitting.pages < PAGES_MAX;
            sitting.pages += u32::from(room);
            room
        })
    }

    /// Somebody without a connection asked what is new.
    pub(super) fn poll(&self, seat: &Seat) {
        self.be_here(seat, |sitting| {
            sitting.polled = Some(Instant::now());
            true
        });
    }

    fn be_here(&self, seat: &Seat, come: impl FnOnce(&mut Sitting) -> bool) -> bool {
        let who = (seat.group, seat.person);
        let mut state = self.state.lock();
        let State { here, unwritten } = &mut *state;
        let sitting = here.entry(who).or_insert_with(|| {
            unwritten.insert(who, (Instant::now(), seat.tenant.clone(), seat.kind));
            self.woken.notify_one();
            Sitting { tenant: seat.tenant.clone(), kind: seat.kind, pages: 0, polled: None }
        });
        come(sitting)
    }

    /// A page closes.
    pub(super) fn go(&self, seat: &Seat) {
        let who = (seat.group, seat.person);
        let mut state = self.state.lock();
        let Some(sitting) = state.here.get_mut(&who) else { return };
        sitting.pages = sitting.pages.saturating_sub(1);
        if sitting.is_over() {
            self.end(&mut state, who);
        }
    }

    fn end(&self, state: &mut State, who: Who) {
        if let Some(Sitting { tenant, kind, .. }) = state.here.remove(&who) {
            state.unwritten.insert(who, (Instant::now() + LINGER, tenant, kind));
            self.woken.notify_one();
        }
    }

    /// Ends what was only polled, and not for a while. Once a second.
    pub(super) fn expire(&self) {
        let mut state = self.state.lock();
        let over = state.here.iter().filter(|(_, sitting)| sitting.is_over()).map(|(who, _)| *who);
        for who in over.collect::<Vec<_>>() {
            self.end(&mut state, who);
        }
    }

    /// The groups that somebody has open here.
    pub(super) fn groups_of(&self, person: Uuid) -> Vec<Uuid> {
        let state = self.state.lock();
        state.here.keys().filter(|(_, other)| *other == person).map(|(group, _)| *group).collect()
    }

    fn is_empty(&self) -> bool {
        self.state.lock().here.is_empty()
    }

    /// Everybody is to be written again: the rows may have been taken for those of a dead process.
    fn again(&self) {
        let mut state = self.state.lock();
        let State { here, unwritten } = &mut *state;
        let now = Instant::now();
        unwritten.extend(here.iter().map(|(who, s)| (*who, (now, s.tenant.clone(), s.kind))));
    }

    /// What is to be written now.
    fn due(&self) -> Vec<Act> {
        let mut state = self.state.lock();
        let now = Instant::now();
        let State { here, unwritten } = &mut *state;
        let due = unwritten.extract_if(|_, (at, ..)| *at <= now);
        due.map(|(who, (_, tenant, kind))| Act { who, tenant, kind, open: here.contains_key(&who) }).collect()
    }

    /// How long until something is due, if anything is.
    fn next(&self) -> Option<Duration> {
        let state = self.state.lock();
        let next = state.unwritten.values().map(|(at, ..)| *at).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// It could not be written: later, unless it changed meanwhile.
    fn put_back(&self, acts: Vec<Act>) {
        let mut state = self.state.lock();
        for act in acts {
            let later = (Instant::now() + PAUSE, act.tenant, act.kind);
            state.unwritten.entry(act.who).or_insert(later);
        }
    }
}

/// A row to be written, or taken away.
#[derive(Clone)]
struct Act {
    who: Who,
    tenant: Tenant,
    kind: SeatKind,
    open: bool,
}

/// Writes who is here as long as the program runs, and a sign of life while anybody is.
pub(super) async fn write(app: Weak<App>, instance: Uuid) {
    let sign = Duration::from_millis(presence::SIGN_MS.unsigned_abs());
    let stale = Duration::from_millis(presence::ALIVE_MS.unsigned_abs());
    let mut cleared = false;
    let mut signed = Instant::now();
    loop {
        let Some(held) = app.upgrade() else { return };
        if !cleared {
            cleared =
                unit(&held, "presence.clear", move |tx, now_ms| presence::clear(tx, instance, now_ms)).await;
        }
        if signed.elapsed() > stale {
            held.hub.presence.again();
        }
        let acts = held.hub.presence.due();
        if !acts.is_empty() || (signed.elapsed() >= sign && !held.hub.presence.is_empty()) {
            if put(&held, instance, acts).await {
                signed = Instant::now();
            }
        } else if held.hub.presence.is_empty() {
            // Without pages there is no sign of life, and nothing that could be stale.
            signed = Instant::now();
        }
        let wait = held.hub.presence.next().unwrap_or(sign).min(sign);
        let wait = if cleared { wait } else { PAUSE };
        drop(held);
        let Some(held) = app.upgrade() else { return };
        let _ = timeout(wait, held.hub.presence.woken.notified()).await;
    }
}

async fn put(app: &Arc<App>, instance: Uuid, acts: Vec<Act>) -> bool {
    let writing = acts.clone();
    let written = unit(app, "presence.write", move |tx, now_ms| {
        presence::alive(tx, instance, now_ms)?;
        presence::bury(tx, now_ms)?;
        for Act { who: (group, person), tenant, kind, open } in &writing {
            if *open {
                presence::open(tx, tenant, *group, (*person, *kind), instance, now_ms)?;
            } else {
                presence::close(tx, tenant, *group, *person, instance)?;
            }
        }
        Ok(())
    })
    .await;
    if !written {
        app.hub.presence.put_back(acts);
        return false;
    }
    for group in acts.into_iter().map(|act| act.who.0).collect::<HashSet<_>>() {
        if let Some(room) = app.hub.room(group) {
            app.hub.want(&room, Wanted::ONLINE);
        }
        app.store.whisper(&Whisper::Online(group).to_string());
    }
    true
}

async fn unit(
    app: &App,
    name: &'static str,
    run: impl Fn(&mut Tx<'_>, i64) -> Result<(), domain::Error> + Send + 'static,
) -> bool {
    let now_ms = app.clock.now_ms();
    match app.store.write(name, move |tx| run(tx, now_ms)).await {
        Ok(()) => true,
        // The store is closing, most likely: rows of a process that ended count for nothing.
        Err(error) => {
            tracing::debug!(%error, "who has pages open could not be written");
            false
        }
    }
}
