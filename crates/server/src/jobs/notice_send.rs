//! `notice.webhook` and `notice.mail`: tells somebody that a customer waits, until it is known that it was told, for some
//! hours, or until somebody answered the customer.

use jiff::Timestamp;
use store::{Claimed, Jobs, Outcome};

use crate::{
    app::App,
    domain::{
        Error, Tenant,
        notice::{self, Letter, Proof, Silence, Step},
        tenant::notify,
    },
    notify::{
        Failed,
        mail::{self, Mail},
        webhook,
    },
};

/// Pauses between attempts, seconds; the last one for all that follow.
const PAUSES_S: [i64; 7] = [5, 30, 120, 600, 1800, 3600, 7200];
/// For how long it is tried, milliseconds: a third of a day.
const TRIED_MS: i64 = 8 * 3_600_000;

pub(super) async fn run(app: &App, jobs: &Jobs, job: &Claimed) -> Result<(), Error> {
    let payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap_or_default();
    let silence = Silence::from_payload(job.tenant_id, &payload);
    let step = payload["step"].as_str().and_then(Step::from_word);
    let (Some(silence), Some(step), Some(begun)) = (silence, step, payload["begun"].as_i64()) else {
        return super::unreadable(app, jobs, job).await;
    };
    let staff: Vec<String> = serde_json::from_value(payload["staff"].clone()).unwrap_or_default();
    let directory = app.directory.fresh(&app.store, &app.key).await?;
    let tenant = directory.tenant(job.tenant_id).ok_or(Error::Stale)?;
    let url = app.live().public_url.clone();
    let of = tenant.clone();
    let read = move |r: &mut store::Reader<'_>| notice::letter(r, &of, silence, step, staff.clone(), &url);
    let Some(letter) = app.store.read("notice.letter", read).await? else {
        // Somebody answered meanwhile, or the group was closed: there is nothing to tell any more.
        jobs.finish(job, Outcome::Done, app.clock.now_ms()).await?;
        return Ok(());
    };
    let way = if job.kind == notice::MAIL_JOB { "mail" } else { "webhook" };
    let sent = match way {
        "mail" => write(app, &tenant, &letter).await,
        _ => post(app, &tenant, &letter).await?,
    };
    settle(app, jobs, job, (silence, letter, way), begun, sent).await
}

async fn post(app: &App, tenant: &Tenant, letter: &Letter) -> Result<Result<String, Failed>, Error> {
    let Some(url) = tenant.entry().notify_url.clone() else {
        let cause = "the tenant has no notify_url any more".to_owned();
        return Ok(Err(Failed::Never {
            cause,
            remedy: "set it again: laqun tenant set TENANT --notify-url URL",
        }));
    };
    let secret = match notify::sealed(&app.store, tenant).await? {
        Some(sealed) => webhook::secret(&notify::open(&app.key, tenant.id(), &sealed)?),
        None => None,
    };
    let now_ms = app.clock.now_ms();
    let body = letter.body(&time(now_ms), &time(letter.since_ms)).to_string();
    let message = webhook::Message { url: &url, id: &letter.id, body, now_ms };
    let guarded = match app.egress.client() {
        Ok(guarded) => guarded,
        Err(error) => return Ok(Err(Failed::Later { cause: error.to_string(), after_s: None })),
    };
    Ok(webhook::send(guarded, &message, secret).await)
}

async fn write(app: &App, tenant: &Tenant, letter: &Letter) -> Result<String, Failed> {
    let Some(to) = &letter.email else {
        let remedy = "give the address again: laqun staff set STAFF_ID --email ADDRESS";
        return Err(Failed::Never {
            cause: "the person has no address any more, or has left".to_owned(),
            remedy,
        });
    };
    let (subject, text) = letter.mail(&tenant.entry().name);
    let id = format!("{}.{}", letter.id, letter.staff.join("."));
    // Only what a Message-ID may hold: a staff_id may be anything.
    let id: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' }).collect();
    mail::send(&app.live().settings.smtp, &Mail { to, id: &id, subject, text }).await
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Writes what came of it, and the job's end, in one unit.
async fn settle(
    app: &App,
    jobs: &Jobs,
    job: &Claimed,
    (silence, letter, way): (Silence, Letter, &'static str),
    begun_ms: i64,
    sent: Result<String, Failed>,
) -> Result<(), Error> {
    let now_ms = app.clock.now_ms();
    let over = now_ms.saturating_sub(begun_ms) >= TRIED_MS;
    let (outcome, written) = match sent {
        Ok(answer) => (Outcome::Done, Some((answer, None))),
        Err(Failed::Later { cause, after_s }) if !over => {
            let asked = after_s.and_then(|s| i64::try_from(s).ok()).map(|s| s.saturating_mul(1000));
            let after_ms = asked.unwrap_or(0).max(pause_ms(app, job.attempts));
            tracing::info!(kind = job.kind, key = job.key, cause, after_ms, "a notice is tried again");
            (Outcome::Retry { after_ms, cause }, None)
        }
        Err(Failed::Later { cause, .. }) => {
            let remedy = "see that the receiver takes notices; it was tried for eight hours";
            (Outcome::Fail { cause: cause.clone() }, Some((cause, Some(remedy))))
        }
        Err(Failed::Never { cause, remedy }) => {
            (Outcome::Fail { cause: format!("{cause}; {remedy}") }, Some((cause, Some(remedy))))
        }
    };
    let (instance, job) = (jobs.instance().to_owned(), job.clone());
    let unit = move |tx: &mut store::Tx<'_>| {
        match &written {
            Some((answer, None)) => {
                notice::told(tx, silence, &letter, &Proof { way, answer: answer.clone() }, now_ms)?;
            }
            Some((cause, Some(remedy))) => {
                let proof = Proof { way, answer: cause.clone() };
                notice::failed(tx, silence, letter.step, &proof, remedy, now_ms)?;
            }
            None => {}
        }
        if tx.finish(&instance, &job, &outcome, now_ms)? { Ok(()) } else { Err(Error::Stale) }
    };
    match app.store.write("notice.settle", unit).await {
        // Somebody else holds the job now, and tells it again under the same id.
        Err(Error::Stale) => Ok(()),
        other => other.map(|()| app.hub.touch(silence.group)),
    }
}

/// How long to wait before the next attempt, with up to a quarter more, so that what failed together does not come back
/// together.
fn pause_ms(app: &App, attempts: i64) -> i64 {
    let last = PAUSES_S.len() - 1;
    let index = usize::try_from(attempts.max(1) - 1).unwrap_or(last).min(last);
    let pause = PAUSES_S[index] * 1000;
    pause + i64::from(app.ids.random::<1>()[0]) * pause / 1024
}
