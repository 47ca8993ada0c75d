//! The unit of sending: a number, the entry, the group's state and the event, all of it or nothing.

use store::{Read, Store, Tx, params};
use uuid::Uuid;

use super::{
    Denied, Entry, Error, Kind, Lane, Seat, SeatKind, Someone, View, entry::Said, page, system::tell, text,
};
use crate::domain::{self, attachment, group::State, notice};

/// The most people that one message mentions.
pub const MENTIONS_MAX: usize = 20;

/// What somebody wants to say.
#[derive(Debug, Clone)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file that the same person uploaded into the same lane.
    File {
        /// What kind of file the sender takes it for.
        kind: attachment::Kind,
        /// Its id.
        id: Uuid,
    },
}

/// A message to be.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The sender's own id of it: sending it again changes nothing.
    pub client_id: Uuid,
    /// Who may see it.
    pub lane: Lane,
    /// What it says.
    pub content: Content,
    /// The number of an entry of the same lane.
    pub quote: Option<i64>,
    /// The `person_id`s of who is mentioned.
    pub mentions: Vec<Uuid>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The entry as the sender sees it.
    pub entry: Entry,
    /// It had been sent before.
    pub again: bool,
}

store::record! {
    /// All that decides whether a message may be written.
    struct Look {
        state: State,
        member: String,
        active: bool,
        account_type: Option<i64>,
        sent_lane: Option<Lane>,
        sent_seq: Option<i64>,
        quoted_kind: Option<Kind>,
        quoted_recalled_at: Option<i64>,
        file_kind: Option<attachment::Kind>,
    }
}

/// $1 tenant, $2 group, $3 person, $4 the sender's id of the message, $5 lane, $6 what is quoted, $7 the file.
const LOOK: &str = "SELECT g.state, m.state AS member, COALESCE(s.active, c.active, 1) AS active, s.account_type,
            e.lane AS sent_lane, e.seq AS sent_seq, q.kind AS quoted_kind, q.recalled_at AS quoted_recalled_at,
            f.kind AS file_kind
     FROM chat_group g
     JOIN group_member m ON m.tenant_id = g.tenant_id AND m.group_id = g.id AND m.person_id = $3
     LEFT JOIN staff s ON s.tenant_id = m.tenant_id AND s.id = m.person_id
     LEFT JOIN customer c ON c.tenant_id = m.tenant_id AND c.id = m.person_id
     LEFT JOIN message e ON e.tenant_id = g.tenant_id AND e.group_id = g.id AND e.author = $3 AND e.client_id = $4
     LEFT JOIN message q ON q.tenant_id = g.tenant_id AND q.group_id = g.id AND q.lane = $5 AND q.seq = $6
     LEFT JOIN attachment f ON f.tenant_id = g.tenant_id AND f.id = $7 AND f.group_id = g.id AND f.lane = $5
                           AND f.author = $3 AND f.state = 'uploaded'
     WHERE g.tenant_id = $1 AND g.id = $2";

/// How often a message that meets a change of the group begins anew, before its sender is told to try again.
const ATTEMPTS: u32 = 4;

/// Writes a message of this person's, once: the same `client_id` again gives the same entry.
///
/// The rules are looked at twice. Before the unit, so that what is refused costs a read and disturbs no other unit of its
/// batch; and in the unit behind the group's row lock, which whoever closes the group or removes somebody takes as well: a
/// message is either before that or refused.
pub async fn send(store: &Store, seat: &Seat, new: NewMessage, now_ms: i64) -> Result<Sent, Error> {
    let view = seat.view(new.lane).ok_or(Denied::Lane)?;
    let draft = Draft::new(new)?;
    for _ in 0..ATTEMPTS {
        let look: Option<Look> = store.query_opt(LOOK, &draft.looking(seat)).await?;
        let look = look.ok_or(Denied::Removed)?;
        if let (Some(lane), Some(seq)) = (look.sent_lane, look.sent_seq) {
            return again(store, seat, &draft, lane, seq).await;
        }
        draft.check(&look, view)?;
        let mentions = mentioned(store, seat, &draft).await?;
        let (seat_, draft_) = (seat.clone(), draft.clone());
        let unit = move |tx: &mut Tx<'_>| write(tx, &seat_, view, &draft_, &mentions, now_ms);
        match store.write("message.send", unit).await {
            Ok(seq) => return Ok(Sent { entry: written(store, seat, view, seq).await?, again: false }),
            Err(Error::Failed(domain::Error::Stale)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(domain::Error::Stale.into())
}

/// A message whose words are in order.
#[derive(Debug, Clone)]
struct Draft {
    client_id: Uuid,
    lane: Lane,
    kind: Kind,
    body: String,
    file: Option<Uuid>,
    quote: Option<i64>,
    mentions: Vec<Uuid>,
}

impl Draft {
    fn new(new: NewMessage) -> Result<Self, Denied> {
        let NewMessage { client_id, lane, content, quote, mut mentions } = new;
        let (kind, body, file) = match content {
            Content::Text(text) => (Kind::Text, text::clean(&text)?, None),
            Content::File { kind, id } => (kind.into(), String::new(), Some(id)),
        };
        mentions.sort_unstable();
        mentions.dedup();
        if mentions.len() > MENTIONS_MAX {
            return Err(Denied::Mentions);
        }
        Ok(Self { client_id, lane, kind, body, file, quote, mentions })
    }

    fn looking(&self, seat: &Seat) -> [store::Param<'_>; 7] {
        [
            seat.tenant.id().into(),
            seat.group.into(),
            seat.person.into(),
            self.client_id.into(),
            self.lane.word().into(),
            self.quote.into(),
            self.file.into(),
        ]
    }

    fn check(&self, look: &Look, view: View) -> Result<(), Denied> {
        if look.member == "removed" || look.member == "left" || !look.active {
            return Err(Denied::Removed);
        }
        if !look.state.is_open() {
            return Err(Denied::State(look.state));
        }
        if let Some(seq) = self.quote {
            let kind = look.quoted_kind.filter(|_| seq > view.from()).ok_or(Denied::QuoteNotFound)?;
            if !kind.is_said() || look.quoted_recalled_at.is_some() {
                return Err(Denied::QuoteKind);
            }
        }
        if self.file.is_some() {
            let kind = look.file_kind.ok_or(Denied::FileNotFound)?;
            if self.kind != kind.into() {
                return Err(Denied::FileKind(kind.word()));
            }
        }
        Ok(())
    }
}

store::record! {
    struct Mentioned {
        kind: String,
        name: Option<String>,
    }
}

/// Names of who is mentioned: members who may see the lane.
async fn mentioned(store: &Store, seat: &Seat, draft: &Draft) -> Result<Vec<Someone>, Error> {
    const MEMBER: &str = "SELECT m.kind, COALESCE(s.name, NULLIF(v.name, ''), NULLIF(f.name, ''), c.name) AS name
         FROM group_member m
         LEFT JOIN staff s ON s.tenant_id = m.tenant_id AND s.id = m.person_id
         LEFT JOIN customer c ON c.tenant_id = m.tenant_id AND c.id = m.person_id
         LEFT JOIN visitor v ON v.tenant_id = m.tenant_id AND v.group_id = m.group_id AND v.id = m.person_id
         LEFT JOIN visitor f ON f.tenant_id = m.tenant_id AND f.group_id = m.group_id AND f.person = m.person_id
                            AND f.first = 1 AND f.removed_at IS NULL
         WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.person_id = $3 AND m.state <> 'removed'
           AND COALESCE(s.active, c.active, 1) = 1";
    let mut people = Vec::with_capacity(draft.mentions.len());
    for person in &draft.mentions {
        let member: Option<Mentioned> =
            store.query_opt(MEMBER, params![seat.tenant.id(), seat.group, person]).await?;
        let member = member.filter(|m| draft.lane == Lane::Customer || m.kind == "staff");
        let Mentioned { kind, name } = member.ok_or(Denied::Mention)?;
        people.push(Someone::new(*person, name.unwrap_or_default(), &kind));
    }
    Ok(people)
}

/// It was sent before: the entry, if this is the same message.
async fn again(store: &Store, seat: &Seat, draft: &Draft, lane: Lane, seq: i64) -> Result<Sent, Error> {
    // The sender's own message is the sender's to see, whatever was said about history since.
    let found = page::one(store, seat.tenant.id(), seat.group, View::whole(lane), seq).await?;
    let entry = found.ok_or(Denied::NotFound)?;
    let same_words = entry.recalled || {
        let mut mentions: Vec<_> = entry.mentions.iter().map(|m| m.id).collect();
        mentions.sort_unstable();
        let file = entry.file.as_ref().and_then(|file| file["id"].as_str());
        entry.text == draft.body
            && mentions == draft.mentions
            && file == draft.file.map(|id| id.to_string()).as_deref()
            && entry.quote.as_ref().map(|quote| quote.seq) == draft.quote
    };
    if entry.lane != draft.lane || entry.kind != draft.kind || !same_words {
        return Err(Denied::ClientId.into());
    }
    let view = seat.view(lane).ok_or(Denied::Lane)?;
    Ok(Sent { entry: entry.through(view).ok_or(Denied::NotFound)?, again: true })
}

async fn written(store: &Store, seat: &Seat, view: View, seq: i64) -> Result<Entry, Error> {
    let entry = page::one(store, seat.tenant.id(), seat.group, view, seq).await?;
    Ok(entry.ok_or(domain::Error::Stale)?)
}

store::record! {
    struct Taken {
        seq: i64,
        unanswered_since: Option<i64>,
    }
}

/// Takes the lane's next number of an open group. A word to the customer is an answer; a word of the customer's waits for one.
const fn take(lane: Lane, kind: SeatKind) -> &'static str {
    match (lane, kind) {
        (Lane::Internal, _) => {
            "UPDATE chat_group SET internal_seq = internal_seq + 1, updated_at = $3
             WHERE tenant_id = $1 AND id = $2 AND state IN ('active', 'waiting_customer')
             RETURNING internal_seq AS seq, unanswered_since"
        }
        (Lane::Customer, SeatKind::Staff) => {
            "UPDATE chat_group SET customer_seq = customer_seq + 1, updated_at = $3, state = 'waiting_customer',
                                   unanswered_since = NULL
             WHERE tenant_id = $1 AND id = $2 AND state IN ('active', 'waiting_customer')
             RETURNING customer_seq AS seq, unanswered_since"
        }
        (Lane::Customer, SeatKind::Customer | SeatKind::Guest) => {
            "UPDATE chat_group SET customer_seq = customer_seq + 1, updated_at = $3, state = 'active',
                                   unanswered_since = COALESCE(unanswered_since, $3)
             WHERE tenant_id = $1 AND id = $2 AND state IN ('active', 'waiting_customer')
             RETURNING customer_seq AS seq, unanswered_since"
        }
    }
}

fn write(
    tx: &mut Tx<'_>,
    seat: &Seat,
    view: View,
    draft: &Draft,
    mentions: &[Someone],
    now_ms: i64,
) -> Result<i64, Error> {
    let (tenant_id, group) = (seat.tenant.id(), seat.group);
    let taken: Option<Taken> = tx.one(take(draft.lane, seat.kind), params![tenant_id, group, now_ms])?;
    let Taken { seq, unanswered_since } = taken.ok_or(domain::Error::Stale)?;
    let look: Option<Look> = tx.one(LOOK, &draft.looking(seat))?;
    let look = look.ok_or(Denied::Removed)?;
    if look.sent_seq.is_some() {
        return Err(domain::Error::Stale.into());
    }
    draft.check(&look, view)?;
    if let Some(file) = draft.file {
        let file = attachment::take_for_message(tx, seat, draft.lane, file, seq)?;
        file.ok_or(Denied::FileNotFound)?;
    }
    let said =
        Said { by: seat.name.clone(), external: look.account_type == Some(2), mentions: mentions.to_vec() };
    tx.put(
        "INSERT INTO message (tenant_id, group_id, lane, seq, kind, author, author_kind, client_id, body, detail, quote,
                              file, recalled_at, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, $13)",
        params![
            tenant_id,
            group,
            draft.lane.word(),
            seq,
            draft.kind.word(),
            seat.person,
            seat.kind.word(),
            draft.client_id,
            &draft.body,
            &serde_json::json!(said).to_string(),
            draft.quote,
            draft.file,
            now_ms
        ],
    )?;
    if draft.lane == Lane::Customer && unanswered_since == Some(now_ms) {
        notice::arm(tx, tenant_id, group, now_ms)?;
    }
    tell(tx, tenant_id, group, now_ms, "message.created", draft.lane, seq)?;
    Ok(seq)
}
