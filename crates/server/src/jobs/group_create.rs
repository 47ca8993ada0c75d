//! `group.create`: asks the platform for a group, exactly once as far as anybody can tell.

use platforms::{Failure, Made};
use store::{Claimed, Jobs, Outcome};
use tracing::Instrument as _;
use uuid::Uuid;

use super::pause_ms;
use crate::{
    app::App,
    domain::{
        Error,
        group::creation::{self, Aim, Task},
    },
};

/// After so many attempts the group fails, with the last cause; a click begins afresh.
const MOST_ATTEMPTS: i64 = 12;

pub(super) async fn run(app: &App, jobs: &Jobs, job: &Claimed) -> Result<(), Error> {
    let payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap_or_default();
    let Some(group) = payload["group"].as_str().and_then(|text| Uuid::parse_str(text).ok()) else {
        let cause = format!("unreadable payload: {}", job.payload);
        jobs.finish(job, Outcome::Fail { cause }, app.clock.now_ms()).await?;
        return Ok(());
    };
    let (tenant_id, now_ms) = (job.tenant_id, app.clock.now_ms());
    let begin = move |tx: &mut store::Tx<'_>| creation::begin(tx, tenant_id, group, now_ms);
    let task = app.store.write("group.create.begin", begin).await?;
    let Some(task) = task else {
        jobs.finish(job, Outcome::Done, app.clock.now_ms()).await?;
        return Ok(());
    };
    let result = ask_platform(app, job, &task).instrument(tracing::trace_span!("platform")).await;
    settle(app, jobs, job, group, result).await
}

/// Before anything is made again, the platform is asked by our key for what an earlier attempt may have made: one that
/// was unsure, and one that never said how it ended because its process was killed. None: the group is dissolved, and
/// nothing of it is there.
async fn ask_platform(app: &App, job: &Claimed, task: &Task) -> Result<Option<Made>, Failure> {
    let tried = job.unsure || job.attempts > 1;
    if task.aim == Aim::Look && !tried {
        return Ok(None);
    }
    // What the channel says may have been corrected since the job was asked for.
    let directory = app.directory.fresh(&app.store, &app.key).await;
    let directory = directory.map_err(|e| Failure::Retry { cause: e.to_string(), after: None })?;
    let channel =
        directory.tenant(job.tenant_id).and_then(|t| t.entry().channels.get(&task.channel).cloned());
    let missing = || Failure::Fail { cause: "the channel is gone".into(), remedy: "add it again".into() };
    let channel = channel.ok_or_else(missing)?;
    let refused = |cause| Failure::Fail { cause, remedy: "correct the channel's settings".into() };
    let platform = app.platforms.of(&channel).map_err(refused)?;
    if tried && let Some(made) = platform.find(&task.group.key).await? {
        return Ok(Some(made));
    }
    match task.aim {
        Aim::Make => platform.create(&task.group).await.map(Some),
        Aim::Look => Ok(None),
    }
}

/// Writes what came of it, and the job's end, in one unit.
async fn settle(
    app: &App,
    jobs: &Jobs,
    job: &Claimed,
    group: Uuid,
    result: Result<Option<Made>, Failure>,
) -> Result<(), Error> {
    let (now_ms, pause) = (app.clock.now_ms(), pause_ms(app, job.attempts));
    let outcome = match &result {
        Ok(_) => Outcome::Done,
        Err(failure @ (Failure::Retry { .. } | Failure::Unsure { .. })) if job.attempts >= MOST_ATTEMPTS => {
            Outcome::Fail { cause: failure.to_string() }
        }
        Err(Failure::Retry { cause, after }) => {
            let asked = after.and_then(|d| i64::try_from(d.as_millis()).ok());
            Outcome::Retry { after_ms: asked.unwrap_or(pause), cause: cause.clone() }
        }
        Err(Failure::Unsure { cause }) => Outcome::Unsure { after_ms: pause, cause: cause.clone() },
        Err(failure @ Failure::Fail { .. }) => Outcome::Fail { cause: failure.to_string() },
    };
    let (instance, job) = (jobs.instance().to_owned(), job.clone());
    let write = move |tx: &mut store::Tx<'_>| {
        match (&result, &outcome) {
            (Ok(Some(made)), _) => creation::made(tx, job.tenant_id, group, made, now_ms)?,
            (Err(failure), Outcome::Fail { .. }) => {
                creation::failed(tx, job.tenant_id, group, failure, now_ms)?;
            }
            (Ok(None) | Err(_), _) => {}
        }
        if tx.finish(&instance, &job, &outcome, now_ms)? { Ok(()) } else { Err(Error::Stale) }
    };
    match app.store.write("group.create.settle", write).await {
        // Somebody else holds the job now, and will find what the platform made by our key.
        Err(Error::Stale) => Ok(()),
        other => other,
    }
}
