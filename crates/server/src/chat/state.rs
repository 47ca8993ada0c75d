//! `GET B/state`: the group as its page shows it, for the one who asks.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::{Value, json};

use super::{Refused, Seated, answer::ok, join::asks_phone_tail, seat::door};
use crate::{
    app::App,
    domain::{
        self, attachment,
        conversation::{Seat, SeatKind},
        directory::Channel,
        group::{member::Member, snapshot::Snapshot, token::Token},
        id,
        ticket::{STATUSES, Ticket},
        visitor::{contact::Contact, satisfaction},
    },
};

/// The handler. Who has not joined is told, beside that, what the page may say before joining: company, group name, state.
pub async fn state(
    State(app): State<Arc<App>>,
    Path(path): Path<BTreeMap<String, String>>,
    seated: Result<Seated, Refused>,
) -> Result<Response, Refused> {
    let seated = match (seated, path.get("token")) {
        (Ok(seated), _) => seated,
        (Err(refused), Some(token)) if refused.code() == "not_joined" => {
            return Err(refused.with(before(&app, token).await?));
        }
        (Err(refused), _) => return Err(refused),
    };
    app.flood.call(seated.seat.group, seated.seat.person).map_err(Refused::flood)?;
    Ok(ok(&snapshot(&app, &seated).await?))
}

/// What somebody who holds the link may know before joining.
async fn before(app: &App, token: &str) -> Result<Value, Refused> {
    let token = Token::parse(token).ok_or(Refused::NOT_FOUND)?;
    let (door, tenant) = door(app, &token).await?;
    let channel = tenant.entry().channels.get(&door.channel);
    let asks = asks_phone_tail(app, &tenant, &door).await?;
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
    let now_ms = app.clock.now_ms();
    let seen = app.store.read("chat.state", move |r| Snapshot::read(r, &seat, now_ms)).await?;
    let seat = &seated.seat;
    let staff = seat.kind == SeatKind::Staff;
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
        "lanes": seen.summary.lanes,
        "reads": seen.summary.reads,
        "limits": seen.summary.limits,
        "hours": hours(entry.channels.get(&seen.talk.channel_id).map(AsRef::as_ref), now_ms),
        "satisfaction": satisfaction(seat, &seen),
        "contact_left": !staff && seen.contacts.iter().any(|row| row.person == seat.person),
    });
    state["limits"]["file_bytes"] = json!(app.live().settings.files.max_bytes);
    if staff {
        contacts(app, seat, &seen, &mut state).await?;
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

/// Where visitors want the reply, beside each of them. One that cannot be opened is left out: the rest of the page is worth
/// more.
async fn contacts(app: &App, seat: &Seat, seen: &Snapshot, state: &mut Value) -> Result<(), Refused> {
    let open = |sealed: &[u8]| Contact::open(&app.key, seat.tenant.id(), sealed);
    for row in &seen.contacts {
        let opened = match open(&row.contact) {
            Err(domain::Error::Stale) => {
                app.refresh_key().await?;
                open(&row.contact)
            }
            opened => opened,
        };
        let Ok(contact) = opened.inspect_err(|error| tracing::error!(%error, "a contact cannot be opened"))
        else {
            continue;
        };
        let person = json!(row.person);
        let members = state["members"].as_array_mut().into_iter().flatten();
        for member in members.filter(|member| member["id"] == person) {
            member["contact"] = json!(contact);
        }
    }
    Ok(())
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
        out["attachments"] = seen.files.iter().map(attachment::view).collect();
    }
    out
}

fn members(seen: &Snapshot, staff: bool) -> Vec<Value> {
    seen.members.iter().map(|member| one(member, staff, seen.online.contains(&member.person_id))).collect()
}

fn one(member: &Member, staff: bool, online: bool) -> Value {
    let mut out = json!({
        "id": member.person_id,
        "kind": member.kind,
        "name": member.name.clone().unwrap_or_default(),
        "role": member.role,
        "state": member.state,
        "online": online,
    });
    if let Some(account_type) = member.account_type {
        out["account_type"] = json!(account_type);
    }
    if staff {
        out["reason"] = json!(member.reason);
    }
    out
}

/// A visitor is asked once the help has ended.
fn satisfaction(seat: &Seat, seen: &Snapshot) -> Value {
    let status = seen.ticket.as_ref().map_or("", |ticket| &ticket.status);
    let staff = seat.kind == SeatKind::Staff;
    let mut out = json!({"ask": !staff && satisfaction::is_asked(seen.group.state, status)});
    if let Some(score) = &seen.score {
        out["score"] = json!(score.score);
        out["comment"] = json!(score.comment);
    }
    out
}
