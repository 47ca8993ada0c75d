//! `GET B/state`: the group as its page shows it, for the one who asks.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Refused, Seated, answer::ok, seat::door};
use crate::{
    app::App,
    domain::{
        self,
        channel::VisitorCheck,
        conversation::{Lane, Seat, SeatKind},
        directory::Channel,
        group::{member::Member, snapshot::Snapshot, token::Token},
        id,
        ticket::{STATUSES, Ticket},
    },
};

/// The most bytes of a file; the contract's figure until uploads have a setting.
const FILE_BYTES: i64 = 20 << 20;
/// The most characters of a message.
const TEXT_MAX: usize = 4000;
/// How long a message can be recalled, milliseconds.
const RECALL_MS: i64 = 120_000;

/// The handler. Who has not joined is told, beside that, what the page may say before joining: company, group name, state.
pub async fn state(
    State(app): State<Arc<App>>,
    Path(path): Path<HashMap<String, String>>,
    seated: Result<Seated, Refused>,
) -> Result<Response, Refused> {
    let seated = match (seated, path.get("token")) {
        (Ok(seated), _) => seated,
        (Err(refused), Some(token)) if refused.code() == "not_joined" => {
            return Err(refused.with(before(&app, token).await?));
        }
        (Err(refused), _) => return Err(refused),
    };
    Ok(ok(&snapshot(&app, &seated).await?))
}

/// What somebody who holds the link may know before joining.
async fn before(app: &App, token: &str) -> Result<Value, Refused> {
    let token = Token::parse(token).ok_or(Refused::NOT_FOUND)?;
    let (door, tenant) = door(app, &token).await?;
    let channel = tenant.entry().channels.get(&door.channel);
    let asks = channel.is_some_and(|channel| channel.visitor_check == VisitorCheck::PhoneTail);
    Ok(json!({
        "company": tenant.entry().name,
        "privacy_url": tenant.entry().privacy_url,
        "group": {"name": door.title, "state": door.state.word(), "open": door.state.is_open()},
        "hours": hours(channel.map(AsRef::as_ref), app.clock.now_ms()),
        "check": asks.then_some("phone_tail"),
    }))
}

/// The snapshot as JSON.
async fn snapshot(app: &App, seated: &Seated) -> Result<Value, Refused> {
    let seat = seated.seat.clone();
    let seen = app.store.read("chat.state", move |r| Snapshot::read(r, &seat)).await?;
    let seat = &seated.seat;
    let staff = seat.kind == SeatKind::Staff;
    let now_ms = app.clock.now_ms();
    let entry = seat.tenant.entry();
    let mut state = json!({
        "me": me(seat),
        "company": entry.name,
        "privacy_url": entry.privacy_url,
        "group": {
            "name": seen.group.title,
            "state": seen.group.state.word(),
            "open": seen.group.state.is_open(),
            "created_at": seen.group.created_at,
        },
        "ticket": ticket(&seen, staff),
        "members": members(&seen, staff),
        "lanes": lanes(seat, &seen),
        "reads": reads(seat, &seen),
        "limits": {"text": TEXT_MAX, "file_bytes": FILE_BYTES, "recall_ms": RECALL_MS},
        "hours": hours(entry.channels.get(&seen.talk.channel_id).map(AsRef::as_ref), now_ms),
        "satisfaction": satisfaction(seat, &seen),
        "contact_left": seen.contacts.iter().any(|row| row.person == seat.person),
    });
    if staff {
        let token = match Token::open(&app.key, seat.tenant.id(), &seen.group.token_sealed) {
            // Sealed with a key that is newer than our last look.
            Err(domain::Error::Stale) => {
                app.refresh_key().await?;
                Token::open(&app.key, seat.tenant.id(), &seen.group.token_sealed)?
            }
            token => token?,
        };
        state["group"]["id"] = json!(id::open_conversation_id(seat.group));
        state["group"]["customer_url"] = json!(format!("{}/g/{token}", app.live().public_url));
        state["guests_see_history"] = json!(seen.talk.guests_see_history);
    }
    Ok(state)
}

/// The one who asks.
pub(super) fn me(seat: &Seat) -> Value {
    let mut me = json!({"id": seat.person, "kind": seat.kind.word(), "name": seat.name});
    if seat.kind == SeatKind::Customer {
        me["first"] = json!(true);
    }
    me
}

fn hours(channel: Option<&Channel>, now_ms: i64) -> Value {
    let Some(channel) = channel else { return json!({"open": true}) };
    match channel.opens_next(now_ms) {
        Some(at) => json!({"open": false, "opens_at": at}),
        None => json!({"open": channel.open_at(now_ms)}),
    }
}

fn ticket(seen: &Snapshot, staff: bool) -> Value {
    let known = seen.ticket.as_ref();
    let status = known.map_or("accepted", |ticket| &ticket.status);
    let stage = STATUSES.iter().position(|word| *word == status).unwrap_or_default() + 1;
    let mut out = json!({
        "case_id": seen.group.case_id,
        "title": known.map_or("", |ticket| &ticket.title),
        "status": status,
        "stage": stage,
    });
    if let (true, Some(ticket)) = (staff, known) {
        let Ticket { priority, description, assignee_name, customer_name, .. } = ticket;
        out["priority"] = json!(priority);
        out["description"] = json!(description);
        out["assignee"] = json!(assignee_name);
        out["customer"] = json!(customer_name);
        out["attachments"] = json!([]);
    }
    out
}

fn members(seen: &Snapshot, staff: bool) -> Vec<Value> {
    seen.members.iter().map(|member| one(member, staff)).collect()
}

fn one(member: &Member, staff: bool) -> Value {
    let mut out = json!({
        "id": member.person_id,
        "kind": member.kind,
        "name": member.name.clone().unwrap_or_default(),
        "role": member.role,
        "state": member.state,
        "online": false,
    });
    if let Some(account_type) = member.account_type {
        out["account_type"] = json!(account_type);
    }
    if staff {
        out["reason"] = json!(member.reason);
    }
    out
}

/// Head, own read mark and what is unread, of each lane that the seat may see.
fn lanes(seat: &Seat, seen: &Snapshot) -> Value {
    let mut lanes = Map::new();
    for view in seat.views() {
        let head = match view.lane() {
            Lane::Customer => seen.talk.customer_seq,
            Lane::Internal => seen.talk.internal_seq,
        };
        let own = |mark: &&domain::group::snapshot::Mark| {
            mark.lane == view.lane().word() && mark.person == seat.person
        };
        let read = seen.marks.iter().find(own).map_or(0, |mark| mark.seq);
        let unread = (head - read.max(view.from())).max(0);
        let lane = json!({"head": head, "read": read, "unread": unread, "from": view.from()});
        lanes.insert(view.lane().word().to_owned(), lane);
    }
    Value::Object(lanes)
}

fn reads(seat: &Seat, seen: &Snapshot) -> Value {
    let mut reads: HashMap<&str, HashMap<Uuid, i64>> = HashMap::new();
    for view in seat.views() {
        reads.insert(view.lane().word(), HashMap::new());
    }
    for mark in &seen.marks {
        if let Some(lane) = reads.get_mut(mark.lane.as_str()) {
            lane.insert(mark.person, mark.seq);
        }
    }
    json!(reads)
}

/// A visitor is asked once the help has ended.
fn satisfaction(seat: &Seat, seen: &Snapshot) -> Value {
    let done = seen.ticket.as_ref().is_some_and(|ticket| ticket.status == "done");
    let ended = done || seen.group.state.is_closed();
    let mut out = json!({"ask": ended && seat.kind != SeatKind::Staff});
    if let Some(score) = seen.score {
        out["score"] = json!(score);
    }
    out
}
