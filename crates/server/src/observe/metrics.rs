//! The page of metrics, for Prometheus.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use store::Engine;

use super::{
    calls::Calls,
    exposition::{Kind, Page, float},
    process,
    sample::Sample,
};
use crate::{domain::group::State, ops::Ops};

/// What the program counts by itself.
#[derive(Debug)]
pub struct Metrics {
    /// Calls of the gateway.
    pub calls: Calls,
    /// When the process started, milliseconds since 1970.
    pub started_ms: i64,
    reloads: AtomicU64,
    failed_reloads: AtomicU64,
    last_reload_failed: AtomicBool,
}

impl Metrics {
    /// Counters at zero.
    pub fn new(calls: Calls, started_ms: i64) -> Self {
        Self {
            calls,
            started_ms,
            reloads: AtomicU64::new(0),
            failed_reloads: AtomicU64::new(0),
            last_reload_failed: AtomicBool::new(false),
        }
    }

    /// Whether the last reading of the settings had no mistakes.
    pub fn last_reload_taken(&self) -> bool {
        !self.last_reload_failed.load(Ordering::Relaxed)
    }

    /// Counts a second reading of the settings.
    pub fn reloaded(&self, taken: bool) {
        let counter = if taken { &self.reloads } else { &self.failed_reloads };
        counter.fetch_add(1, Ordering::Relaxed);
        self.last_reload_failed.store(!taken, Ordering::Relaxed);
    }
}

/// The whole page.
pub fn page(ops: &Ops) -> String {
    let mut page = Page::default();
    let engine = match ops.app.store.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    };
    let build = [("version", env!("CARGO_PKG_VERSION")), ("engine", engine)];
    page.family("laqun_build_info", Kind::Gauge, "The release that runs, and its database.")
        .sample(&build, 1.0);
    ops.app.metrics.calls.write(&mut page);
    http(&mut page, ops);
    store(&mut page, ops);
    pages(&mut page, ops);
    if let Some(sample) = ops.samples.last() {
        sampled(&mut page, &sample, ops.app.clock.now_ms());
    }
    program(&mut page, ops);
    process::write(&mut page, ops.app.metrics.started_ms);
    page.into_text()
}

fn http(page: &mut Page, ops: &Ops) {
    let traffic = &ops.traffic;
    for (name, kind, help, value) in [
        (
            "laqun_http_connections",
            Kind::Gauge,
            "Connections to the public listener that are open.",
            traffic.connections(),
        ),
        (
            "laqun_http_requests_in_flight",
            Kind::Gauge,
            "Requests of the public listener that are not answered yet.",
            traffic.calls(),
        ),
        (
            "laqun_http_accept_failures_total",
            Kind::Counter,
            "Connections that could not be accepted: out of file descriptors, most likely.",
            traffic.not_accepted(),
        ),
    ] {
        page.one(name, kind, help, float(value));
    }
    let mut family = page.family(
        "laqun_http_responses_total",
        Kind::Counter,
        "Answers of the public listener by class of HTTP status. A refused TOP call is 2xx: see laqun_calls_total.",
    );
    for (class, count) in traffic.answers() {
        family.sample(&[("class", class)], float(count));
    }
}

fn store(page: &mut Page, ops: &Ops) {
    let store = &ops.app.store;
    let stats = store.stats();
    for (name, kind, help, value) in [
        (
            "laqun_store_units_total",
            Kind::Counter,
            "Units of work that were answered after their commit.",
            stats.units,
        ),
        (
            "laqun_store_units_failed_total",
            Kind::Counter,
            "Units of work that the database failed: full disk, lost connection, failed commit.",
            stats.failed,
        ),
        (
            "laqun_store_units_refused_total",
            Kind::Counter,
            "Units of work refused at once because the write queue was full.",
            stats.refused,
        ),
        (
            "laqun_store_units_rerun_total",
            Kind::Counter,
            "Units of work that were run again after contention or a lost connection.",
            stats.reruns,
        ),
        (
            "laqun_store_queue_units",
            Kind::Gauge,
            "Units of work that wait for a writer.",
            stats.queued as u64,
        ),
        ("laqun_store_queue_capacity_units", Kind::Gauge, "How many may wait.", stats.capacity as u64),
        (
            "laqun_store_writable",
            Kind::Gauge,
            "0 after a write was refused for want of room or right, until one is committed.",
            u64::from(!stats.full),
        ),
    ] {
        page.one(name, kind, help, float(value));
    }
    page.family("laqun_store_batch_units", Kind::Histogram, "How many units of work shared one commit.")
        .counted(&[], &stats.batches, 1.0);
    page.family(
        "laqun_store_commit_duration_seconds",
        Kind::Histogram,
        "How long a commit took, the sync to disk included.",
    )
    .counted(&[], &stats.syncs, 1e6);
    page.family(
        "laqun_store_queue_wait_seconds",
        Kind::Histogram,
        "How long a unit of work waited for a writer.",
    )
    .counted(&[], &stats.waits, 1e6);
    let (open, kept) = store.read_connections();
    page.family(
        "laqun_store_connections",
        Kind::Gauge,
        "Connections to the database that are open: writers, and for reading (SQLite: those at rest).",
    )
    .sample(&[("use", "write")], float(stats.writers))
    .sample(&[("use", "read")], float(open as u64));
    page.one(
        "laqun_store_read_connections_kept",
        Kind::Gauge,
        "Connections for reading that are kept open.",
        float(kept as u64),
    );
}

/// Pages of groups that are open.
fn pages(page: &mut Page, ops: &Ops) {
    let counts = &ops.app.hub.counts;
    let mut family = page.family(
        "laqun_live_pages",
        Kind::Gauge,
        "Pages of groups that hold a connection, by transport. Pages that poll hold none.",
    );
    for (transport, open) in counts.open() {
        family.sample(&[("transport", transport.word())], float(open));
    }
    for (name, help, value) in [
        ("laqun_live_frames_total", "Frames that were sent to open pages.", counts.frames()),
        ("laqun_live_polls_total", "Polls of pages that hold no connection.", counts.polls()),
        (
            "laqun_live_late_total",
            "How often a page was so late that it had to look by itself for what it had missed.",
            counts.late(),
        ),
    ] {
        page.one(name, Kind::Counter, help, float(value));
    }
    let mut family = page.family(
        "laqun_live_dropped_total",
        Kind::Counter,
        "Pages whose connection the server ended: slow (took nothing), flood (sent too much, or garbage), silent (gone without a word), unseated (removed, signed out), restart.",
    );
    for (why, pages) in counts.dropped() {
        family.sample(&[("reason", why.word())], float(pages));
    }
}

/// What is looked for in the background.
fn sampled(page: &mut Page, sample: &Sample, now_ms: i64) {
    let ms = |ms: i64| float(u64::try_from(ms).unwrap_or(0)) / 1e3;
    page.one(
        "laqun_sample_age_seconds",
        Kind::Gauge,
        "How old the figures are that are looked for in the background: laqun_database_, laqun_data_, laqun_jobs, laqun_job_, laqun_groups.",
        ms(now_ms - sample.at_ms),
    );
    page.one(
        "laqun_sample_duration_seconds",
        Kind::Gauge,
        "How long it took to look for them.",
        sample.took.as_secs_f64(),
    );
    page.one(
        "laqun_database_up",
        Kind::Gauge,
        "Whether the database answered when it was asked for these figures.",
        if sample.database.is_some() { 1.0 } else { 0.0 },
    );
    if let Some((free, all)) = sample.disk {
        page.one(
            "laqun_data_disk_free_bytes",
            Kind::Gauge,
            "Room left on the volume of the data folder.",
            float(free),
        );
        page.one(
            "laqun_data_disk_size_bytes",
            Kind::Gauge,
            "Size of the volume of the data folder.",
            float(all),
        );
    }
    let Some(database) = &sample.database else { return };
    let count = |count: i64| float(u64::try_from(count).unwrap_or(0));
    page.one(
        "laqun_database_size_bytes",
        Kind::Gauge,
        "What the database takes on its disk.",
        float(database.bytes),
    );
    let mut family = page.family(
        "laqun_jobs",
        Kind::Gauge,
        "Jobs by kind: pending (waiting or running), overdue (of these, due and nobody works on them), buried (given up).",
    );
    for job in &database.jobs {
        for (state, jobs) in [("pending", job.live), ("overdue", job.overdue), ("buried", job.buried)] {
            family.sample(&[("kind", &job.kind), ("state", state)], count(jobs));
        }
    }
    let mut family = page.family(
        "laqun_job_oldest_due_age_seconds",
        Kind::Gauge,
        "How long the oldest overdue job has been due, by kind; 0 when none is.",
    );
    for job in &database.jobs {
        let due = job.oldest_due_ms.unwrap_or(sample.at_ms);
        family.sample(&[("kind", &job.kind)], ms(sample.at_ms - due));
    }
    let mut family =
        page.family("laqun_groups", Kind::Gauge, "Groups by state; open is active or waiting_customer.");
    family.sample(&[("state", "open")], count(database.groups.open));
    for (state, groups) in &database.groups.others {
        family.sample(&[("state", State::word(*state))], count(*groups));
    }
}

fn program(page: &mut Page, ops: &Ops) {
    let metrics = &ops.app.metrics;
    page.family("laqun_config_reloads_total", Kind::Counter, "Readings of the settings at SIGHUP.")
        .sample(&[("outcome", "taken")], float(metrics.reloads.load(Ordering::Relaxed)))
        .sample(&[("outcome", "refused")], float(metrics.failed_reloads.load(Ordering::Relaxed)));
    for (name, kind, help, value) in [
        (
            "laqun_config_last_reload_successful",
            Kind::Gauge,
            "0 after a reading that had mistakes, until one has none.",
            u64::from(!metrics.last_reload_failed.load(Ordering::Relaxed)),
        ),
        (
            "laqun_log_lines_dropped_total",
            Kind::Counter,
            "Log lines that were lost because the reader of the log hung.",
            ops.logging.dropped(),
        ),
        (
            "laqun_draining",
            Kind::Gauge,
            "1 once the server is about to end.",
            u64::from(ops.app.is_draining()),
        ),
    ] {
        page.one(name, kind, help, float(value));
    }
}
