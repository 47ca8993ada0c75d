//! What readiness consists of, one by one, with what to do about it.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::timeout;

use super::sample;
use crate::{domain::directory, ops::Ops};

/// A load balancer waits less long for a word than a caller for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Less room than this on the data folder's volume is worth a word.
const ROOM: u64 = 256 << 20;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether the server is not ready without it; else it is a warning.
    pub needed: bool,
    /// What was found.
    pub found: String,
    /// What to do, if something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    fn good(name: &'static str, needed: bool, found: impl Into<String>) -> Self {
        Self { name, ok: true, needed, found: found.into(), remedy: None }
    }

    fn bad(name: &'static str, needed: bool, found: impl Into<String>, remedy: &str) -> Self {
        Self { name, ok: false, needed, found: found.into(), remedy: Some(remedy.to_owned()) }
    }
}

/// Looks at everything.
pub async fn all(ops: &Ops) -> Vec<Check> {
    vec![draining(ops), database(ops).await, writes(ops).await, queue(ops), disk(ops).await, settings(ops)]
}

fn draining(ops: &Ops) -> Check {
    if ops.app.is_draining() {
        Check::bad("draining", true, "the server is about to end", "wait for it, or start another")
    } else {
        Check::good("draining", true, "no")
    }
}

async fn database(ops: &Ops) -> Check {
    let began = Instant::now();
    let remedy = "check that the database runs and that database_url reaches it: `laqun doctor`";
    match timeout(PATIENCE, directory::version(&ops.app.store)).await {
        Ok(Ok(_)) => Check::good("database", true, format!("answered in {:?}", began.elapsed())),
        Ok(Err(error)) => Check::bad("database", true, error.to_string(), remedy),
        Err(_) => Check::bad("database", true, format!("no answer in {PATIENCE:?}"), remedy),
    }
}

async fn writes(ops: &Ops) -> Check {
    match timeout(PATIENCE, ops.app.store.writable()).await {
        Ok(Ok(())) => Check::good("writes", true, "the last one was taken, or nobody wrote yet"),
        Ok(Err(error)) => Check::bad(
            "writes",
            true,
            error.to_string(),
            "make room on the database's volume, or give back the right to write; it is noticed within a second",
        ),
        Err(_) => {
            Check::bad("writes", true, format!("no answer in {PATIENCE:?}"), "look at the check `database`")
        }
    }
}

fn queue(ops: &Ops) -> Check {
    let stats = ops.app.store.stats();
    let found = format!("{} of {} places taken", stats.queued, stats.capacity);
    if stats.queued < stats.capacity / 2 {
        Check::good("write queue", false, found)
    } else {
        let remedy = "commits are slow or calls too many: look at laqun_store_commit_duration_seconds";
        Check::bad("write queue", false, found, remedy)
    }
}

async fn disk(ops: &Ops) -> Check {
    let name = "room in the data folder";
    match sample::disk(ops.folder.clone()).await {
        Some((free, _)) if free >= ROOM => Check::good(name, false, format!("{} MiB free", free >> 20)),
        Some((free, _)) => {
            Check::bad(name, false, format!("{} MiB free", free >> 20), "make room, or move the data folder")
        }
        None => Check::bad(name, false, "not known", "check that the data folder's volume is mounted"),
    }
}

fn settings(ops: &Ops) -> Check {
    if ops.app.metrics.last_reload_taken() {
        Check::good("settings", false, "in force as last read")
    } else {
        let remedy = "correct what `laqun config check` tells, then send SIGHUP again";
        Check::bad("settings", false, "the last reading had mistakes: older ones are in force", remedy)
    }
}
