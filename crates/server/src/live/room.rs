//! A group that somebody has open in this process: what its pages know together, and the channels to them.

use std::sync::{Arc, OnceLock};

use axum::extract::ws::Utf8Bytes;
use parking_lot::Mutex;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::{
    frame,
    look::{Group, Numbers, Wanted},
};
use crate::domain::{
    Tenant,
    conversation::{Lane, Seat, SeatKind, mark::Mark},
};

/// How many tellings a page may be behind before it has to look by itself. Each open group keeps places for so many, so it
/// is small: most groups have a page or two.
const BEHIND: usize = 16;

/// Whom something may be told.
///
/// Invariant: visitors listen to a channel on which nothing is ever sent that is for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Staff and visitors.
    Everyone,
    /// Staff alone.
    Staff,
}

impl From<Lane> for Audience {
    fn from(lane: Lane) -> Self {
        match lane {
            Lane::Customer => Self::Everyone,
            Lane::Internal => Self::Staff,
        }
    }
}

/// Entries of a lane that follow each other without a gap.
#[derive(Debug)]
pub struct Batch {
    pub(super) lane: Lane,
    pub(super) first: i64,
    pub(super) last: i64,
    /// The oldest number that one of them quotes: who may not see that gets these entries by a look of his own.
    pub(super) quotes: Option<i64>,
    /// None if nobody made the bytes: there are entries up to `last`, to be looked at by oneself.
    pub(super) text: Option<Utf8Bytes>,
}

/// What a page is told.
#[derive(Debug, Clone)]
pub enum Told {
    /// New entries.
    Entries(Arc<Batch>),
    /// A frame that leaves no number behind; not for the person named.
    Frame(Utf8Bytes, Option<Uuid>),
    /// Somebody may have lost the right to be here: look again.
    Check,
}

type Channel = OnceLock<broadcast::Sender<Told>>;

/// A group that is open.
pub struct Room {
    group: Uuid,
    tenant: Tenant,
    staff: Channel,
    visitors: Channel,
    inner: Mutex<Inner>,
}

struct Inner {
    /// The seat that sees most of those who ever sat here: the room looks through its eyes.
    eyes: Arc<Seat>,
    /// How far each lane was told; none = never looked at.
    known: [Option<i64>; 2],
    marks: Vec<(Lane, Mark)>,
    online: Vec<Uuid>,
    wanted: Wanted,
    /// Somebody is looking.
    looking: bool,
}

impl Room {
    pub(super) fn new(seat: &Arc<Seat>) -> Self {
        Self {
            group: seat.group,
            tenant: seat.tenant.clone(),
            staff: OnceLock::new(),
            visitors: OnceLock::new(),
            inner: Mutex::new(Inner {
                eyes: Arc::clone(seat),
                known: [None; 2],
                marks: Vec::new(),
                online: Vec::new(),
                wanted: Wanted::default(),
                looking: false,
            }),
        }
    }

    /// Which group.
    pub fn group(&self) -> Uuid {
        self.group
    }

    /// Whose.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Listens on the channel of the seat's kind.
    pub(super) fn listen(&self, seat: &Arc<Seat>) -> broadcast::Receiver<Told> {
        let mut inner = self.inner.lock();
        if sees_more(seat, &inner.eyes) {
            inner.eyes = Arc::clone(seat);
        }
        drop(inner);
        let channel = match seat.kind {
            SeatKind::Staff => &self.staff,
            SeatKind::Customer | SeatKind::Guest => &self.visitors,
        };
        channel.get_or_init(|| broadcast::Sender::new(BEHIND)).subscribe()
    }

    /// Tells whoever may be told.
    pub(super) fn tell(&self, audience: Audience, told: Told) {
        let visitors = if audience == Audience::Everyone { self.visitors.get() } else { None };
        if let Some(channel) = visitors {
            // Nobody listening is no failure.
            let _ = channel.send(told.clone());
        }
        if let Some(channel) = self.staff.get() {
            let _ = channel.send(told);
        }
    }

    /// Whether a member of staff listens.
    fn has_staff(&self) -> bool {
        self.staff.get().is_some_and(|channel| channel.receiver_count() > 0)
    }

    /// Whether an entry with this number was told already.
    pub(super) fn knows(&self, lane: Lane, seq: i64) -> bool {
        self.inner.lock().known[lane as usize].is_some_and(|known| known >= seq)
    }

    /// Something is to be looked at. True if the caller is to begin looking.
    pub(super) fn want(&self, wanted: Wanted) -> bool {
        let mut inner = self.inner.lock();
        inner.wanted |= wanted;
        !inner.wanted.is_empty() && !std::mem::replace(&mut inner.looking, true)
    }

    /// What to look at; none if there is nothing, and whoever asked stops looking.
    pub(super) fn begin(&self) -> Option<Group> {
        let mut inner = self.inner.lock();
        let wanted = std::mem::take(&mut inner.wanted);
        if wanted.is_empty() {
            inner.looking = false;
            return None;
        }
        let mut known = inner.known;
        if !self.has_staff() {
            // Nobody here may see it; who comes looks by himself, and the next look begins anew.
            known[Lane::Internal as usize] = None;
            inner.known = known;
        }
        Some(Group { eyes: Arc::clone(&inner.eyes), known, staff: self.has_staff(), wanted })
    }

    /// The look failed: it is wanted as before, and nobody is looking.
    pub(super) fn failed(&self, wanted: Wanted) {
        let mut inner = self.inner.lock();
        inner.wanted |= wanted;
        inner.looking = false;
    }

    /// Tells what a look found.
    pub(super) fn found(
        &self,
        lanes: Vec<Batch>,
        marks: Option<Vec<(Lane, Mark)>>,
        online: Option<Vec<Uuid>>,
    ) {
        for batch in lanes {
            let (lane, last) = (batch.lane, batch.last);
            self.inner.lock().known[lane as usize] = Some(last);
            self.tell(lane.into(), Told::Entries(Arc::new(batch)));
        }
        for (lane, mark) in marks.map(|marks| self.new_marks(marks)).unwrap_or_default() {
            self.tell(lane.into(), Told::Frame(frame::read(lane, &mark), None));
        }
        if let Some(online) = online {
            let text = frame::online(&online);
            if std::mem::replace(&mut self.inner.lock().online, online.clone()) != online {
                self.tell(Audience::Everyone, Told::Frame(text, None));
            }
        }
    }

    fn new_marks(&self, marks: Vec<(Lane, Mark)>) -> Vec<(Lane, Mark)> {
        let mut inner = self.inner.lock();
        let known = std::mem::take(&mut inner.marks);
        let is_known = |lane: Lane, mark: &Mark| {
            known.iter().any(|(of, old)| *of == lane && old.person == mark.person && old.seq >= mark.seq)
        };
        let new = marks.iter().filter(|(lane, mark)| !is_known(*lane, mark)).cloned().collect();
        inner.marks = marks;
        new
    }
}

fn sees_more(seat: &Seat, eyes: &Seat) -> bool {
    let rank = |seat: &Seat| (seat.kind != SeatKind::Staff, seat.history_from);
    rank(seat) < rank(eyes)
}

impl Batch {
    /// Whether somebody with these numbers can take the bytes as they are: nothing is missing before them, nothing known in
    /// them, and they quote nothing that is hidden.
    pub(super) fn fits(&self, numbers: Numbers, from: i64) -> bool {
        self.text.is_some()
            && self.first == numbers.of(self.lane) + 1
            && self.quotes.is_none_or(|quoted| quoted > from)
    }
}
