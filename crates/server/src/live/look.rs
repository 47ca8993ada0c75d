//! Looking at the rows: what is behind somebody's numbers.

use std::{ops::BitOrAssign, sync::Arc};

use axum::extract::ws::Utf8Bytes;
use store::{Read, params};
use uuid::Uuid;

use super::{frame, room::Batch};
use crate::domain::{
    Error,
    conversation::{
        Entry, Lane, Seat,
        mark::{self, Mark},
        page, presence,
    },
};

/// Entries in one frame.
const FRAME: i64 = 50;
/// Who lacks more than this reads again instead of being sent everything.
const MOST_BEHIND: i64 = 500;

/// How far the lanes are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers([i64; 2]);

impl Numbers {
    /// Of one lane.
    pub const fn of(self, lane: Lane) -> i64 {
        self.0[lane as usize]
    }

    pub(super) const fn set(&mut self, lane: Lane, seq: i64) {
        self.0[lane as usize] = seq;
    }
}

/// Where a page wants to go on; where it says nothing, at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place([Option<i64>; 2]);

impl Place {
    /// From `c=` and `i=`.
    pub const fn new(customer: Option<i64>, internal: Option<i64>) -> Self {
        Self([customer, internal])
    }

    /// From an event's id, `c` or `c.i`; none if it is no such.
    pub fn parse(id: &str) -> Option<Self> {
        let (customer, internal) = match id.split_once('.') {
            Some((customer, internal)) => (customer, Some(internal.parse().ok()?)),
            None => (id, None),
        };
        Some(Self([Some(customer.parse().ok()?), internal]))
    }

    /// The same, as an event's id for this seat: visitors are not told that there is another lane.
    pub fn id(numbers: Numbers, seat: &Seat) -> String {
        match seat.view(Lane::Internal) {
            Some(_) => format!("{}.{}", numbers.of(Lane::Customer), numbers.of(Lane::Internal)),
            None => numbers.of(Lane::Customer).to_string(),
        }
    }
}

impl From<Numbers> for Place {
    fn from(Numbers(numbers): Numbers) -> Self {
        Self(numbers.map(Some))
    }
}

/// A frame for one page, with the numbers that the page has after it, if it changed them.
#[derive(Debug, Clone)]
pub struct Out {
    /// JSON.
    pub text: Utf8Bytes,
    /// Where to go on after it.
    pub at: Option<Numbers>,
}

impl Out {
    pub(super) const fn plain(text: Utf8Bytes) -> Self {
        Self { text, at: None }
    }
}

store::record! {
    struct Heads {
        customer_seq: i64,
        internal_seq: i64,
    }
}

fn heads(reader: &mut impl Read, seat: &Seat) -> Result<Numbers, Error> {
    let heads: Option<Heads> = reader.one(
        "SELECT customer_seq, internal_seq FROM chat_group WHERE tenant_id = $1 AND id = $2",
        params![seat.tenant.id(), seat.group],
    )?;
    Ok(heads.map_or_else(Numbers::default, |heads| Numbers([heads.customer_seq, heads.internal_seq])))
}

/// What is behind a page's place.
#[derive(Debug)]
pub struct Behind {
    /// How far the lanes are.
    pub heads: Numbers,
    /// What the page is sent.
    pub frames: Vec<Out>,
    /// What it knows then.
    pub numbers: Numbers,
}

/// Looks for everything behind `place` in the lanes that the seat may see.
pub fn behind(reader: &mut impl Read, seat: &Seat, place: Place) -> Result<Behind, Error> {
    let heads = heads(reader, seat)?;
    let mut found = Behind { heads, frames: Vec::new(), numbers: heads };
    let mut lanes = Vec::with_capacity(2);
    for view in seat.views() {
        let (lane, head) = (view.lane(), heads.of(view.lane()));
        let asked = place.0[lane as usize].unwrap_or(head).max(view.from());
        // A number that is yet to come is of another time: of a database that was since restored, most likely.
        if asked > head || head - asked > MOST_BEHIND {
            if found.frames.is_empty() {
                found.frames.push(Out::plain(frame::behind()));
            }
        } else {
            found.numbers.set(lane, asked);
            lanes.push(lane);
        }
    }
    for lane in lanes {
        while found.numbers.of(lane) < heads.of(lane) {
            let entries = entries(reader, seat, lane, found.numbers.of(lane))?;
            let Some(last) = entries.last() else { break };
            found.numbers.set(lane, last.seq);
            found.frames.push(Out { text: frame::entries(lane, &entries), at: Some(found.numbers) });
        }
    }
    if let Some(first) = found.frames.first_mut().filter(|out| out.at.is_none()) {
        first.at = Some(found.numbers);
    }
    Ok(found)
}

/// The same for a page that begins: first how far everything is, last who is there and how far everybody has read.
pub fn beginning(
    reader: &mut impl Read,
    seat: &Seat,
    place: Place,
    now_ms: i64,
) -> Result<(Vec<Out>, Numbers), Error> {
    let Behind { heads, frames, numbers } = behind(reader, seat, place)?;
    let internal = seat.view(Lane::Internal).map(|view| heads.of(view.lane()));
    let hello = Out::plain(frame::hello(heads.of(Lane::Customer), internal));
    let people = presence::online(reader, &seat.tenant, seat.group, now_ms)?;
    let mut all = vec![hello];
    all.extend(frames);
    all.extend(marks(reader, seat)?.iter().map(|(lane, mark)| Out::plain(frame::read(*lane, mark))));
    all.push(Out { text: frame::online(&people), at: Some(numbers) });
    Ok((all, numbers))
}

/// What is wanted of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted(u8);

impl Wanted {
    /// New entries.
    pub const ENTRIES: Self = Self(1);
    /// How far people have read.
    pub const MARKS: Self = Self(2);
    /// Who is there.
    pub const ONLINE: Self = Self(4);
    /// Everything.
    pub const ALL: Self = Self(7);

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOrAssign for Wanted {
    fn bitor_assign(&mut self, more: Self) {
        self.0 |= more.0;
    }
}

/// A look at a group for all its pages.
#[derive(Debug)]
pub struct Group {
    pub(super) eyes: Arc<Seat>,
    pub(super) known: [Option<i64>; 2],
    /// Whether anybody may be told of the internal lane.
    pub(super) staff: bool,
    pub(super) wanted: Wanted,
}

/// What was found: entries of the lanes, marks, who is there; and whether there is more to be looked at.
pub type Found = (Vec<Batch>, Option<Vec<(Lane, Mark)>>, Option<Vec<Uuid>>, bool);

impl Group {
    /// Looks.
    pub fn look(&self, reader: &mut impl Read, now_ms: i64) -> Result<Found, Error> {
        let (mut batches, mut more) = (Vec::new(), false);
        if self.wanted.has(Wanted::ENTRIES) {
            for lane in Lane::ALL.into_iter().filter(|lane| self.staff || *lane == Lane::Customer) {
                let Some(known) = self.known[lane as usize] else {
                    let last = heads(reader, &self.eyes)?.of(lane);
                    batches.push(Batch { lane, first: 0, last, quotes: None, text: None });
                    continue;
                };
                let entries = entries(reader, &self.eyes, lane, known)?;
                let (Some(first), Some(last)) = (entries.first(), entries.last()) else { continue };
                more |= entries.len() as u64 == FRAME.unsigned_abs();
                let quotes =
                    entries.iter().filter_map(|entry| entry.quote.as_ref().map(|quote| quote.seq)).min();
                let (first, last) = (first.seq, last.seq);
                let text = Some(frame::entries(lane, &entries));
                batches.push(Batch { lane, first, last, quotes, text });
            }
        }
        let marks = self.wanted.has(Wanted::MARKS).then(|| marks(reader, &self.eyes)).transpose()?;
        let online = self.wanted.has(Wanted::ONLINE);
        let online = online
            .then(|| presence::online(reader, &self.eyes.tenant, self.eyes.group, now_ms))
            .transpose()?;
        Ok((batches, marks, online, more))
    }
}

/// How far everybody has read, in the lanes that the seat may see.
fn marks(reader: &mut impl Read, seat: &Seat) -> Result<Vec<(Lane, Mark)>, Error> {
    let mut all = Vec::new();
    for view in seat.views() {
        let marks = mark::list(reader, seat.tenant.id(), seat.group, view)?;
        all.extend(marks.into_iter().map(|mark| (view.lane(), mark)));
    }
    Ok(all)
}

/// The next entries behind a number, as the seat sees them.
fn entries(reader: &mut impl Read, seat: &Seat, lane: Lane, after: i64) -> Result<Vec<Entry>, Error> {
    let Some(view) = seat.view(lane) else { return Ok(Vec::new()) };
    let page = page::read_after(reader, seat.tenant.id(), seat.group, view, after, FRAME)?;
    Ok(page.entries)
}
