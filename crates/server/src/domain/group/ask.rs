//! 一键拉群: the ticket's group, made or found, with the right people in it.
//!
//! A warm click (the group is there and its caller is in it) is one read. Everything else is one unit of work, which
//! looks again under its own lock: a thousand simultaneous calls meet at the unique index and all but one find the group.

use std::sync::Arc;

use serde_json::json;
use store::{Job, Read, Store, Tx, params};
use uuid::Uuid;

use super::{
    State,
    event::Told,
    lookup::{self, Found},
    member::{self, NewMember, Reason},
    timeline::{self, Kind, Line},
};
use crate::domain::{
    Error, Refusal, Tenant,
    directory::Channel,
    id,
    staff::{self, NewStaff},
    tenant::Unknown,
};

/// The kind of job that makes a group on its platform.
pub const CREATE_JOB: &str = "group.create";

/// One click.
#[derive(Debug, Clone)]
pub struct Ask {
    /// For whom.
    pub tenant: Tenant,
    /// Where the group shall live.
    pub channel: Arc<Channel>,
    /// Where the call comes from; none if it did not say.
    pub outer_type: Option<String>,
    /// Whether `outer_type` is one that nobody registered.
    pub unknown_outer_type: bool,
    /// The ticket.
    pub case_id: String,
    /// The caller, or who stands in.
    pub staff_id: String,
    /// Why that person: the call said so, or the ticket, or the channel.
    pub reason: Reason,
    /// Who asks, for timeline and events: `app:12345678`, `cli`.
    pub actor: String,
    /// The time of the call, milliseconds since 1970.
    pub now_ms: i64,
    /// The version of the directory that tenant and channel are from.
    pub directory_version: i64,
}

/// Ids and a token, made before the unit so that running it again makes the same.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// The group's row id.
    pub group: Uuid,
    /// The row id of a staff member who is not known yet.
    pub staff: Uuid,
    /// That person's `userIdentify`.
    pub user_identify: String,
    /// What the group's token is found by.
    pub token_hash: [u8; 32],
    /// The group's token, sealed.
    pub token_sealed: Vec<u8>,
}

/// What a click comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The group.
    pub group: Uuid,
    /// Its state.
    pub state: State,
    /// Its name.
    pub title: String,
    /// The outer type of its first call.
    pub outer_type: String,
    /// The caller's row.
    pub staff: Uuid,
    /// The caller's `userIdentify`.
    pub user_identify: String,
    /// 1 own, 2 outsourced.
    pub account_type: i64,
    /// The group's token, sealed.
    pub token_sealed: Vec<u8>,
}

impl Ask {
    /// Makes or finds the group. Ends in [`Error::Stale`] when the directory changed under it: nothing was written then.
    /// `fresh` is asked for ids only if something may have to be made.
    pub async fn run(self, store: &Store, fresh: impl FnOnce() -> Fresh) -> Result<Asked, Error> {
        let found = lookup::find(store, &self.tenant, &self.channel, &self.case_id, &self.staff_id).await?;
        let seen = found.filter(|found| found.version == self.directory_version).ok_or(Error::Stale)?;
        if let Some(asked) = warm(&seen) {
            return Ok(asked);
        }
        let unit = Unit { ask: self, fresh: fresh(), seen };
        store.write("group.ask", move |tx| unit.run(tx)).await
    }
}

/// The answer if nothing has to change.
fn warm(found: &Found) -> Option<Asked> {
    let open = found.state.is_some_and(|state| state.is_open() || state.is_being_made());
    let inside = found.member.as_deref() == Some("joined") && found.active == Some(true);
    if open && inside { asked(found.clone()) } else { None }
}

/// The unit of work of a click that is not warm.
struct Unit {
    ask: Ask,
    fresh: Fresh,
    /// What the click saw a moment ago. It says whether to try to make the group; the unique index says whether that was
    /// right, so it need not be read again for that.
    seen: Found,
}

impl std::ops::Deref for Unit {
    type Target = Ask;

    fn deref(&self) -> &Ask {
        &self.ask
    }
}

store::record! {
    struct Taken {
        assignee: Option<Uuid>,
        customer: Option<Uuid>,
    }
}

impl Unit {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Asked, Error> {
        let mut found = if self.seen.group_id.is_none() { self.seen.clone() } else { self.look(tx)? };
        if found.case_id.is_none() && self.tenant.entry().unknown_case == Unknown::Refuse {
            return Err(Refusal::CaseNotExist.into());
        }
        self.resolve_staff(tx, &mut found)?;
        if found.group_id.is_none() {
            self.take_ticket(tx, &mut found)?;
            if let Some(made) = self.make(tx, &found)? {
                return Ok(made);
            }
            // Somebody else made it between our look and our insert.
            found = self.look(tx)?;
        }
        self.join(tx, &found)
    }

    fn look(&self, tx: &mut Tx<'_>) -> Result<Found, Error> {
        let found = lookup::find_in(tx, &self.tenant, &self.channel, &self.case_id, &self.staff_id)?;
        found.filter(|f| f.version == self.directory_version).ok_or(Error::Stale)
    }

    /// Takes the ticket's row, a stub of one if it was never told of, and who of its people is still here: whoever changes
    /// the ticket's people waits for our group and then pulls them in, or we wait and find them here.
    fn take_ticket(&self, tx: &mut Tx<'_>, found: &mut Found) -> Result<(), Error> {
        let row: Option<Taken> =
            tx.one(lookup::TAKE_TICKET, params![self.tenant.id(), &self.case_id, self.now_ms])?;
        Taken { assignee: found.assignee, customer: found.customer } = row.ok_or(Error::Stale)?;
        Ok(())
    }

    /// The caller's row; a stub of one if the tenant takes strangers.
    fn resolve_staff(&self, tx: &mut Tx<'_>, found: &mut Found) -> Result<(), Error> {
        match found.active {
            Some(true) => return Ok(()),
            Some(false) => return Err(Refusal::StaffNotExist.into()),
            None if self.tenant.entry().unknown_staff == Unknown::Refuse => {
                return Err(Refusal::StaffNotExist.into());
            }
            None => {}
        }
        let new = NewStaff {
            id: self.fresh.staff,
            staff_id: self.staff_id.clone(),
            name: self.staff_id.clone(),
            account_type: 1,
            user_identify: self.fresh.user_identify.clone(),
            union_id: None,
            accounts: Vec::new(),
        };
        let person = if staff::insert(tx, &self.tenant, &new, self.now_ms)? {
            (new.id, new.user_identify, new.account_type)
        } else {
            let row = staff::find(tx, &self.tenant, &self.staff_id)?.filter(|person| person.active);
            let row = row.ok_or(Refusal::StaffNotExist)?;
            (row.id, row.user_identify, row.account_type)
        };
        (found.staff, found.user_identify, found.account_type) =
            (Some(person.0), Some(person.1), Some(person.2));
        found.active = Some(true);
        Ok(())
    }

    /// Makes the group; none if another unit made it meanwhile.
    fn make(&self, tx: &mut Tx<'_>, found: &Found) -> Result<Option<Asked>, Error> {
        let (tenant_id, group) = (self.tenant.id(), self.fresh.group);
        let remote = self.channel.platform != "web";
        let state = if remote { State::Reserved } else { State::Active };
        let title = name(&self.case_id);
        let key = id::platform_key(group);
        let caller = found.staff.ok_or(Refusal::StaffNotExist)?;
        let members = member::of_ticket(Some((caller, self.reason)), found.assignee, found.customer);
        let lines = self.first_lines(group, &members, remote);
        let made = tx.exec(
            "INSERT INTO chat_group (tenant_id, id, channel_id, case_id, generation, state, title, outer_type, by_default,
                                     owner, token_sealed, timeline_seq, platform, platform_chat_id,
                                     platform_conversation_id, failure, seal, created_at, updated_at)
             VALUES ($1, $2, $3, $4,
                     1 + COALESCE((SELECT MAX(p.generation) FROM chat_group p
                                   WHERE p.tenant_id = $1 AND p.case_id = $4 AND p.channel_id = $3
                                     AND p.state = 'dissolved'), 0),
                     $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, NULL, NULL, $14, $14)
             ON CONFLICT (tenant_id, case_id, channel_id) WHERE state <> 'dissolved' DO NOTHING",
            params![
                tenant_id,
                group,
                self.channel.id,
                &self.case_id,
                state.word(),
                &title,
                self.outer_type.as_deref().unwrap_or_default(),
                self.outer_type.is_none(),
                found.assignee.unwrap_or(caller),
                &self.fresh.token_sealed[..],
                i64::try_from(lines.len()).unwrap_or(i64::MAX),
                &self.channel.platform,
                (!remote).then_some(key.as_str()),
                self.now_ms
            ],
        )?;
        if made == 0 {
            return Ok(None);
        }
        tx.put(
            "INSERT INTO group_token (token_hash, tenant_id, group_id, revoked_at, created_at)
             VALUES ($1, $2, $3, NULL, $4)",
            params![&self.fresh.token_hash[..], tenant_id, group, self.now_ms],
        )?;
        member::first(tx, tenant_id, group, self.now_ms, &members)?;
        timeline::write(tx, tenant_id, group, self.now_ms, 1, &lines)?;
        self.told(group).emit(tx, "group.created", &members)?;
        if remote {
            enqueue_create(tx, tenant_id, group, self.now_ms)?;
        }
        Ok(Some(Asked {
            group,
            state,
            title,
            outer_type: self.outer_type.clone().unwrap_or_default(),
            staff: caller,
            user_identify: found.user_identify.clone().unwrap_or_default(),
            account_type: found.account_type.unwrap_or(1),
            token_sealed: self.fresh.token_sealed.clone(),
        }))
    }

    fn first_lines(&self, group: Uuid, members: &[NewMember], remote: bool) -> Vec<Line> {
        let evidence = id::team_group_id(group);
        let mut lines = vec![
            Line::new(if remote { Kind::Reserved } else { Kind::Created }, &self.actor, &*evidence)
                .with(json!({"platform": self.channel.platform, "outer_type": self.outer_type})),
        ];
        if self.unknown_outer_type {
            lines.push(self.unknown_line());
        }
        lines.push(Line::new(Kind::MembersAdded, &self.actor, evidence).with(member::told(members)));
        lines
    }

    fn unknown_line(&self) -> Line {
        let detail = json!({"outer_type": self.outer_type, "channel": self.channel.name});
        Line::new(Kind::UnknownOuterType, &self.actor, self.channel.id.to_string()).with(detail)
    }

    /// Pulls the caller (and the ticket's people) into a group that is there, and brings it back to life if it was closed.
    fn join(&self, tx: &mut Tx<'_>, found: &Found) -> Result<Asked, Error> {
        let Some(mut asked) = asked(found.clone()) else {
            return Err(Error::Stale);
        };
        let (tenant_id, group) = (self.tenant.id(), asked.group);
        self.take_group(tx, group, asked.state)?;
        let (assignee, customer) = member::still_here(tx, &self.tenant, found.assignee, found.customer)?;
        let mut lines = Vec::new();
        let added = member::add(
            tx,
            tenant_id,
            group,
            self.now_ms,
            &member::of_ticket(Some((asked.staff, self.reason)), assignee, customer),
        )?;
        if !added.is_empty() {
            lines.push(
                Line::new(Kind::MembersAdded, &self.actor, id::team_group_id(group))
                    .with(member::told(&added)),
            );
            self.told(group).emit(tx, "group.member_added", &added)?;
            member::say_joined(tx, &self.tenant, group, self.now_ms, &added)?;
        }
        if self.unknown_outer_type && !lines.is_empty() {
            lines.push(self.unknown_line());
        }
        if let Some(next) = after_click(asked.state) {
            lines.push(self.reopen(tx, group, asked.staff, asked.state, next)?);
            asked.state = next;
        }
        if !lines.is_empty() {
            timeline::append(tx, tenant_id, group, self.now_ms, &lines)?;
        }
        Ok(asked)
    }

    /// Takes the group's row as it was found. If it is in another state by now, the click looks again: a group that was
    /// dissolved meanwhile must not come back to life.
    fn take_group(&self, tx: &mut Tx<'_>, group: Uuid, state: State) -> Result<(), Error> {
        let taken = tx.exec(
            "UPDATE chat_group SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2 AND state = $3",
            params![self.tenant.id(), group, state.word()],
        )?;
        if taken == 1 { Ok(()) } else { Err(Error::Stale) }
    }

    fn reopen(&self, tx: &mut Tx<'_>, group: Uuid, by: Uuid, from: State, to: State) -> Result<Line, Error> {
        let tenant_id = self.tenant.id();
        tx.put(
            "UPDATE chat_group SET state = $3, failure = NULL, unanswered_since = NULL, updated_at = $4
             WHERE tenant_id = $1 AND id = $2",
            params![tenant_id, group, to.word(), self.now_ms],
        )?;
        if to.is_being_made() {
            enqueue_create(tx, tenant_id, group, self.now_ms)?;
        }
        self.told(group).emit(tx, "group.reopened", &[])?;
        if !to.is_being_made() {
            member::say_reopened(tx, &self.tenant, group, self.now_ms, by)?;
        }
        let kind = if to.is_being_made() { Kind::Retried } else { Kind::Reopened };
        Ok(Line::new(kind, &self.actor, id::team_group_id(group))
            .with(json!({"from": from.word(), "to": to.word()})))
    }

    fn told(&self, group: Uuid) -> Told<'_> {
        Told {
            tenant_id: self.tenant.id(),
            group,
            case_id: &self.case_id,
            actor: &self.actor,
            now_ms: self.now_ms,
        }
    }
}

/// Asks for the group to be made on its platform. One job per group: asking again while it is under way changes nothing.
pub(super) fn enqueue_create(tx: &mut Tx<'_>, tenant_id: i64, group: Uuid, now_ms: i64) -> Result<(), Error> {
    Ok(tx.enqueue(Job {
        kind: CREATE_JOB,
        key: &id::platform_key(group),
        tenant_id,
        payload: &json!({"group": group.to_string()}).to_string(),
        due_ms: now_ms,
        now_ms,
    })?)
}

/// What a click does to a group that is not open: closed ones open again, a failed one is tried again.
const fn after_click(state: State) -> Option<State> {
    match state {
        State::Closing | State::Sealed | State::Archived => Some(State::Active),
        State::Failed => Some(State::Reserved),
        _ => None,
    }
}

/// A group is named by its ticket's number and never by its title: whoever holds the link reads the group's name before
/// joining, and what the ticket says is for those who are in.
fn name(case_id: &str) -> String {
    format!("工单 {case_id}")
}

fn asked(found: Found) -> Option<Asked> {
    Some(Asked {
        group: found.group_id?,
        state: found.state?,
        title: found.title?,
        outer_type: found.outer_type?,
        staff: found.staff?,
        user_identify: found.user_identify?,
        account_type: found.account_type?,
        token_sealed: found.token_sealed?,
    })
}
