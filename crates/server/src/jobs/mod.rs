//! The worker: takes due jobs, does them, and says how they ended.
//!
//! A job is held by a lease that is renewed while it runs; what it changes commits together with its end. A process that
//! dies leaves rows whose lease ends, and another goes on.

mod feed;
mod files;
mod group_create;
mod notice_look;
mod notice_send;

use std::{sync::Arc, time::Duration};

use store::{Claimed, Jobs, LEASE_MS, Outcome};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use tracing::Instrument as _;

use crate::{
    app::App,
    clock::Drift,
    domain::{self, group::ask, notice},
};

/// The kinds of jobs that there are.
pub const KINDS: &[&str] =
    &[ask::CREATE_JOB, notice::UNATTENDED_JOB, notice::UNANSWERED_JOB, notice::WEBHOOK_JOB, notice::MAIL_JOB];

/// How many jobs one process does at a time. Those that wait for a receiver of notices are not counted: a dead one holds
/// nobody else up.
const AT_ONCE: usize = 64;
/// The longest pause between two attempts.
const LONGEST_PAUSE_MS: i64 = 60_000;

/// A wall clock that is off by more than this from one look to the next was set; less is an ordinary correction.
const SET_MS: i64 = 1000;

/// Works until `stop` says so, then lets the jobs at hand go: their leases end, and another process takes them up.
pub async fn work(app: Arc<App>, jobs: Jobs, mut stop: watch::Receiver<bool>) {
    let mut signal = app.store.job_signal();
    let (mut running, mut telling) = (JoinSet::new(), JoinSet::new());
    if let Err(error) = jobs.free_dead(app.clock.now_ms()).await {
        tracing::error!(%error, "jobs of an earlier process could not be freed; their leases end by themselves");
    }
    let mut drift = Drift::new(app.clock.now_ms());
    let mut pruning = feed::Pruning::default();
    let sweeping = tokio::spawn(files::work(Arc::clone(&app), stop.clone()));
    while !*stop.borrow() {
        signal.mark_unchanged();
        let now_ms = app.clock.now_ms();
        // Before anything is claimed: under a clock that was set forward our own leases seem to have ended.
        let is_sound = follow_clock(&jobs, &mut drift, now_ms).await;
        let room = u32::try_from(AT_ONCE.saturating_sub(running.len())).unwrap_or(0);
        if room > 0 && is_sound {
            match jobs.claim(now_ms, room).await {
                Ok(claimed) => claimed.into_iter().for_each(|job| {
                    let span =
                        tracing::trace_span!("job", otel.name = job.kind, laqun.attempts = job.attempts);
                    let set = if is_telling(&job) { &mut telling } else { &mut running };
                    set.spawn(hold(Arc::clone(&app), jobs.clone(), job).instrument(span));
                }),
                Err(error) => tracing::error!(%error, "jobs cannot be taken"),
            }
        }
        if is_sound && let Err(error) = pruning.look(&app.store, now_ms).await {
            tracing::warn!(%error, "old events cannot be deleted; it is tried again later");
        }
        tokio::select! {
            _ = signal.changed() => {}
            _ = stop.changed() => {}
            Some(_) = running.join_next() => {}
            Some(_) = telling.join_next() => {}
        }
    }
    // It may be in the middle of a folder far away; what it leaves undone it does the next time.
    sweeping.abort();
    // Those that ended meanwhile are not at hand any more.
    while running.try_join_next().is_some() || telling.try_join_next().is_some() {}
    let jobs = running.len() + telling.len();
    if jobs > 0 {
        tracing::info!(
            jobs,
            "jobs at hand are let go: they are taken up after the start, or by another process"
        );
    }
}

/// Tells the queue of a wall clock that was set. False if it could not be told: nothing may be claimed then.
async fn follow_clock(jobs: &Jobs, drift: &mut Drift, now_ms: i64) -> bool {
    let by_ms = drift.by_ms(now_ms);
    if by_ms.abs() > SET_MS {
        tracing::warn!(by_ms, "the system's clock was set; leases and waiting jobs follow it");
        if let Err(error) = jobs.clock_was_set(by_ms, now_ms).await {
            tracing::error!(%error, "leases do not follow the clock yet; no jobs are taken until they do");
            return false;
        }
    }
    drift.accept(now_ms);
    true
}

/// Does one job under its lease. A job whose lease is lost is somebody else's: what it still does is not written.
async fn hold(app: Arc<App>, jobs: Jobs, job: Claimed) {
    let mut renew = interval(Duration::from_millis(u64::try_from(LEASE_MS / 3).unwrap_or(1000)));
    renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
    renew.tick().await;
    let done = run(&app, &jobs, &job);
    tokio::pin!(done);
    let result = loop {
        tokio::select! {
            result = &mut done => break result,
            _ = renew.tick() => match jobs.renew(&job, app.clock.now_ms()).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(kind = job.kind, key = job.key, "the job's lease was lost");
                    return;
                }
                Err(error) => tracing::warn!(%error, kind = job.kind, "the job's lease could not be renewed"),
            }
        }
    };
    if let Err(error) = result {
        tracing::error!(%error, kind = job.kind, key = job.key, "job failed; it is tried again");
        let retry = Outcome::Retry { after_ms: pause_ms(&app, job.attempts), cause: error.to_string() };
        if let Err(error) = jobs.finish(&job, retry, app.clock.now_ms()).await {
            tracing::error!(%error, "the job's end could not be written; its lease ends by itself");
        }
    }
}

async fn run(app: &App, jobs: &Jobs, job: &Claimed) -> Result<(), domain::Error> {
    match job.kind.as_str() {
        ask::CREATE_JOB => group_create::run(app, jobs, job).await,
        notice::UNATTENDED_JOB | notice::UNANSWERED_JOB => notice_look::run(app, jobs, job).await,
        notice::WEBHOOK_JOB | notice::MAIL_JOB => notice_send::run(app, jobs, job).await,
        other => {
            let cause =
                format!("no handler for `{other}`: it was asked for by a newer release; run that one");
            jobs.finish(job, Outcome::Fail { cause }, app.clock.now_ms()).await?;
            Ok(())
        }
    }
}

/// Whether a job waits for a receiver of notices.
fn is_telling(job: &Claimed) -> bool {
    matches!(job.kind.as_str(), notice::WEBHOOK_JOB | notice::MAIL_JOB)
}

/// Buries a job whose payload says nothing.
async fn unreadable(app: &App, jobs: &Jobs, job: &Claimed) -> Result<(), domain::Error> {
    let cause = format!("unreadable payload: {}", job.payload);
    jobs.finish(job, Outcome::Fail { cause }, app.clock.now_ms()).await?;
    Ok(())
}

/// How long to wait before the next attempt: doubling from a quarter of a second, up to a minute, with a quarter of
/// jitter so that what failed together does not come back together.
fn pause_ms(app: &App, attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 9) - 1).unwrap_or(0);
    let pause = (250_i64 << doublings).min(LONGEST_PAUSE_MS);
    pause + i64::from(app.ids.random::<1>()[0]) * pause / 1024
}
