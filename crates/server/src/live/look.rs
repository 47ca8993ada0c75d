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
/// About as many bytes are in one frame, or more if a single entry has more.
const FRAME_BYTES: usize = 64 << 10;
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
    /// There is more behind these: to be looked for when the page has taken what there is.
    pub more: bool,
}

/// Looks for what is behind `place` in the lanes that the seat may see: frames until they have `most` bytes. A page may take
/// nothing for a while, and there may be many such pages: what waits for one is held in memory.
pub fn behind(reader: &mut impl Read, seat: &Seat, place: Place, most: usize) -> Result<Behind, Error> {
    let heads = heads(reader, seat)?;
    let mut found = Behind { heads, frames: Vec::new(), numbers: heads, more: false };
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
    if let Some(first) = found.frames.first_mut() {
        first.at = Some(found.numbers);
    }
    let mut left = most;
    for lane in lanes {
        while found.numbers.of(lane) < heads.of(lane) {
            if left == 0 {
                found.more = true;
                break;
            }
            let Some(next) = next(reader, seat, lane, found.numbers.of(lane))? else { break };
            left = left.saturating_sub(next.text.len());
            found.numbers.set(lane, next.last);
            found.frames.push(Out { text: next.text, at: Some(found.numbers) });
        }
    }
    Ok(found)
}

/// The same for a page that begins: first how far everything is, last who is there and how far everybody has read.
pub fn beginning(
    reader: &mut impl Read,
    seat: &Seat,
    place: Place,
    most: usize,
    now_ms: i64,
) -> Result<Behind, Error> {
    let Behind { heads, frames, numbers, more } = behind(reader, seat, place, most)?;
    let internal = seat.view(Lane::Internal).map(|view| heads.of(view.lane()));
    let hello = Out::plain(frame::hello(heads.of(Lane::Customer), internal));
    let people = presence::online(reader, &seat.tenant, seat.group, now_ms)?;
    let mut all = vec![hello];
    all.extend(frames);
    all.extend(marks(reader, seat)?.iter().map(|(lane, mark)| Out::plain(frame::read(*lane, mark))));
    all.push(Out { text: frame::online(&people), at: Some(numbers) });
    Ok(Behind { heads, frames: all, numbers, more })
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
                let Some(next) = next(reader, &self.eyes, lane, known)? else { continue };
                more |= next.more;
                let Frame { first, last, quotes, text, .. } = next;
                batches.push(Batch { lane, first, last, quotes, text: Some(text) });
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

/// Entries that follow each other.
struct Frame {
    first: i64,
    last: i64,
    /// The oldest number that one of them quotes.
    quotes: Option<i64>,
    text: Utf8Bytes,
    /// There are others behind them.
    more: bool,
}

/// The next entries behind a number, as the seat sees them; none if there are none.
fn next(reader: &mut impl Read, seat: &Seat, lane: Lane, after: i64) -> Result<Option<Frame>, Error> {
    let Some(view) = seat.view(lane) else { return Ok(None) };
    let page = page::read_after(reader, seat.tenant.id(), seat.group, view, after, FRAME)?;
    let (text, taken) = frame::entries(lane, &page.entries, FRAME_BYTES);
    let entries: &[Entry] = &page.entries[..taken];
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(None) };
    let quotes = entries.iter().filter_map(|entry| entry.quote.as_ref().map(|quote| quote.seq)).min();
    let more = page.more || taken < page.entries.len();
    Ok(Some(Frame { first: first.seq, last: last.seq, quotes, text, more }))
}
