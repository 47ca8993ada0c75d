//! A look at a silence whose time has come, and what follows from it.

use serde_json::json;
use store::{Event, Job, Read, Tx, params};
use uuid::Uuid;

use super::{MAIL_JOB, Silence, Step, WEBHOOK_JOB};
use crate::domain::{
    Error, Tenant,
    conversation::presence,
    directory::Channel,
    group::timeline::{self, Kind, Line},
    id,
};

/// How soon it is looked again while a page is open that nobody answers from, milliseconds; it doubles up to [`LATEST_MS`].
const AGAIN_MS: i64 = 15_000;
const LATEST_MS: i64 = 300_000;

/// What came of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing is left to do: somebody answered, or the group was closed, or people are told now.
    Done,
    /// Not yet: to be looked at again after so many milliseconds, and why.
    Later(i64, &'static str),
}

/// By which means somebody can be told.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    /// Which silence.
    pub silence: Silence,
    /// What it may have come to.
    pub step: Step,
    /// How often it was looked at before.
    pub looked: i64,
    /// The group's channel, if it is still there.
    pub channel: Option<&'a Channel>,
    /// The tenant has an address for notices.
    pub webhook: bool,
    /// E-mail is set up.
    pub mail: bool,
    /// The present, milliseconds since 1970.
    pub now_ms: i64,
}

store::record! {
    struct Waiting {
        case_id: String,
        owner: Option<Uuid>,
    }
}

store::record! {
    struct Told {
        id: Uuid,
        staff_id: String,
        email: Option<String>,
    }
}

/// Looks, and if the silence has come to this step, writes the event and asks for the deliveries.
pub fn look(tx: &mut Tx<'_>, look: &Look<'_>) -> Result<Due, Error> {
    let Silence { tenant_id, group, since_ms } = look.silence;
    // Behind the group's row lock: an answer is either before this look or after it.
    let waiting: Option<Waiting> = tx.one(
        "UPDATE chat_group SET unanswered_since = unanswered_since
         WHERE tenant_id = $1 AND id = $2 AND unanswered_since = $3 AND state IN ('active', 'waiting_customer')
         RETURNING case_id, owner",
        params![tenant_id, group, since_ms],
    )?;
    let Some(waiting) = waiting else { return Ok(Due::Done) };
    match look.step {
        Step::Unattended => {
            if presence::staff_pages_open(tx, look.tenant, group, look.now_ms)? > 0 {
                let doublings = u32::try_from(look.looked.clamp(0, 8)).unwrap_or(0);
                return Ok(Due::Later((AGAIN_MS << doublings).min(LATEST_MS), "staff have the group open"));
            }
        }
        Step::Unanswered => {
            let Some(wait) = answer_due(look) else { return Ok(Due::Done) };
            if wait > 0 {
                return Ok(Due::Later(wait, "the time for an answer is not over"));
            }
        }
    }
    tell(tx, look, &waiting)?;
    Ok(Due::Done)
}

/// How long the channel still gives staff to answer, milliseconds; none where it sets no time. Outside its hours the time
/// begins when it opens.
fn answer_due(look: &Look<'_>) -> Option<i64> {
    let channel = look.channel?;
    let within = channel.answer_within_s?.saturating_mul(1000);
    if let Some(opens) = channel.opens_next(look.now_ms) {
        return Some(opens.saturating_add(within).saturating_sub(look.now_ms).max(1));
    }
    Some(look.silence.since_ms.saturating_add(within).saturating_sub(look.now_ms))
}

/// The event, and a job for each way of telling.
fn tell(tx: &mut Tx<'_>, look: &Look<'_>, waiting: &Waiting) -> Result<(), Error> {
    let Silence { tenant_id, group, since_ms } = look.silence;
    let people = people(tx, look, waiting.owner)?;
    let staff: Vec<&str> = people.iter().map(|person| person.staff_id.as_str()).collect();
    let body = json!({
        // Pages of customers learn nothing of it, not even that something changed.
        "lane": "internal",
        "open_conversation_id": id::open_conversation_id(group),
        "case_id": waiting.case_id,
        "waiting_since": since_ms,
        "staff": staff,
    });
    tx.emit(Event {
        tenant_id,
        kind: look.step.event(),
        subject: &group.to_string(),
        body: &body.to_string(),
        at_ms: look.now_ms,
    })?;
    let mut payload = look.silence.payload();
    payload["step"] = look.step.event().into();
    payload["begun"] = look.now_ms.into();
    let key = format!("{}:{}", look.silence.key(), look.step.event());
    let mut ways = 0;
    let mut ask = |tx: &mut Tx<'_>, kind: &str, key: &str, payload: &serde_json::Value| {
        let payload = payload.to_string();
        ways += 1;
        let (due_ms, now_ms) = (look.now_ms, look.now_ms);
        tx.enqueue(Job { kind, key, tenant_id, payload: &payload, due_ms, now_ms })
    };
    if look.webhook {
        payload["staff"] = json!(staff);
        ask(tx, WEBHOOK_JOB, &key, &payload)?;
    }
    for person in people.iter().filter(|person| look.mail && person.email.is_some()) {
        payload["staff"] = json!([person.staff_id]);
        ask(tx, MAIL_JOB, &format!("{key}:{}", person.id), &payload)?;
    }
    if ways == 0 {
        let line = Line::new(Kind::NobodyToTell, "laqun", no_way(look, &people));
        let line = line.with(json!({"since": since_ms, "step": look.step.event()}));
        timeline::append(tx, tenant_id, group, look.now_ms, &[line])?;
    }
    Ok(())
}

/// Why nobody can be told.
fn no_way(look: &Look<'_>, people: &[Told]) -> String {
    let mail = match (look.mail, people) {
        (_, []) => "the group has no staff",
        (false, _) => "smtp.host is not set",
        (true, _) => "no e-mail address of the staff is known",
    };
    format!("the tenant has no notify_url; {mail}")
}

/// Who is told: the owner who is there, else, and in the end, all staff of the group.
fn people(tx: &mut Tx<'_>, look: &Look<'_>, owner: Option<Uuid>) -> Result<Vec<Told>, Error> {
    let Silence { tenant_id, group, .. } = look.silence;
    let all: Vec<Told> = tx.all(
        "SELECT s.id, s.staff_id, s.email FROM group_member m
         JOIN staff s ON s.tenant_id = m.tenant_id AND s.id = m.person_id
         WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.kind = 'staff' AND m.state NOT IN ('removed', 'left')
           AND s.active = 1 ORDER BY s.staff_id",
        params![tenant_id, group],
    )?;
    let is_owner = |person: &Told| Some(person.id) == owner;
    if look.step == Step::Unattended && all.iter().any(is_owner) {
        return Ok(all.into_iter().filter(is_owner).collect());
    }
    Ok(all)
}
