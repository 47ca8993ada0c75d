//! What an import shows while it runs: a bar on a terminal, a line now and then elsewhere.
#![expect(clippy::print_stderr, reason = "progress is shown beside the command's output")]

use std::{
    io::IsTerminal as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::import::{Row, run::Event};

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);
/// How many refused rows are told of at once where no file takes them.
const SHOWN: i64 = 20;

/// The state of what is shown.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    length: Option<u64>,
    position: Arc<AtomicU64>,
    begun: Instant,
    told: Instant,
    before: i64,
    done: i64,
    refused: i64,
    show_refused: bool,
}

impl Progress {
    pub(super) fn new(length: Option<u64>, position: Arc<AtomicU64>, show_refused: bool) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let (bar, template) = match length {
                Some(length) => (
                    ProgressBar::new(length),
                    "{bar:30} {percent:>3} %  {bytes}/{total_bytes}  {msg}  {eta} to go",
                ),
                None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {msg}  {elapsed}"),
            };
            // The template is a constant; one that cannot be read would only look plain.
            bar.with_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        let now = Instant::now();
        Self { bar, length, position, begun: now, told: now, before: 0, done: 0, refused: 0, show_refused }
    }

    pub(super) fn tell(&mut self, event: &Event<'_>) {
        match event {
            Event::Continued(done) => {
                (self.before, self.done) = (*done, *done);
                self.line(&format!("going on after {done} rows that an earlier run dealt with"));
            }
            Event::Done(done, counts) => {
                self.done = *done;
                let refused = counts.refused;
                if let Some(bar) = &self.bar {
                    bar.set_position(self.position.load(Ordering::Relaxed));
                    bar.set_message(format!("{done} rows, {} a second, {refused} refused", self.speed()));
                } else if self.told.elapsed() >= EVERY {
                    self.told = Instant::now();
                    let percent = self.percent().map_or_else(String::new, |percent| format!(", {percent} %"));
                    self.line(&format!("{done} rows{percent}, {} a second, {refused} refused", self.speed()));
                }
            }
            Event::Refused(row) => {
                self.refused += 1;
                if self.show_refused && self.refused <= SHOWN {
                    self.line(&said(row));
                    if self.refused == SHOWN {
                        self.line("further refused rows are only counted: --errors FILE takes them all");
                    }
                }
            }
        }
    }

    /// Rows that are dealt with.
    pub(super) fn done(&self) -> i64 {
        self.done
    }

    /// Since it began.
    pub(super) fn seconds(&self) -> f64 {
        (self.begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn speed(&self) -> u128 {
        let rows = u128::try_from(self.done - self.before).unwrap_or_default();
        rows * 1000 / self.begun.elapsed().as_millis().max(1)
    }

    fn percent(&self) -> Option<u64> {
        let length = self.length.filter(|length| *length > 0)?;
        Some(self.position.load(Ordering::Relaxed).min(length) * 100 / length)
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("laqun: {text}")),
            None => eprintln!("laqun: {text}"),
        }
    }
}

/// What is wrong with a row, on one line; what could move a terminal's cursor is shown, not done.
fn said(row: &Row) -> String {
    let each = |problem: &crate::import::Problem| {
        let column = if problem.column.is_empty() { "the row" } else { &problem.column };
        let value = if problem.value.is_empty() { String::new() } else { format!(" `{}`", problem.value) };
        format!("{column}{value}: {}; allowed: {}", problem.why, problem.allowed)
    };
    let text = format!("line {}: {}", row.line, row.problems.iter().map(each).collect::<Vec<_>>().join("; "));
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Returns when somebody wants it to end: Ctrl-C, or a signal to end.
pub(super) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        drop(tokio::signal::ctrl_c().await);
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
