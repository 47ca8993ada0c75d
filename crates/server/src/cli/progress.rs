//! A bar on a terminal for what takes longer than a second. Nothing is drawn where standard error is a file or a pipe.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use crate::backup::Progress;

/// What is done sooner needs no bar.
const SOON: Duration = Duration::from_secs(1);

/// Shows how far a piece of work is.
pub(super) struct Bar {
    line: ProgressBar,
    began: Instant,
    /// Of things and not of bytes.
    counting: bool,
    /// What is under way, until it is shown.
    hidden: Mutex<Option<(String, u64)>>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self {
            line: bar,
            began: Instant::now(),
            counting: false,
            hidden: Mutex::new(Some(Default::default())),
        }
    }

    /// One that counts things.
    pub(super) fn counting() -> Self {
        let mut bar = Self::new();
        bar.counting = true;
        bar
    }

    fn show(&self, what: &str, bytes: u64) {
        let template = if self.counting {
            "{spinner} {msg}  {human_pos}  {elapsed}"
        } else if bytes == 0 {
            "{spinner} {msg}  {bytes}  {elapsed}"
        } else {
            "{spinner} {msg}  {bar:30}  {bytes} of about {total_bytes}  {elapsed}"
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        self.line.set_style(style);
        self.line.set_length(bytes);
        self.line.set_position(0);
        self.line.set_message(what.to_owned());
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, bytes: u64) {
        let mut hidden = self.hidden.lock();
        match &mut *hidden {
            Some(under_way) => *under_way = (what.to_owned(), bytes),
            None => self.show(what, bytes),
        }
    }

    fn at(&self, bytes: u64) {
        let mut hidden = self.hidden.lock();
        if self.began.elapsed() > SOON
            && let Some((what, total)) = hidden.take()
        {
            self.line.set_draw_target(ProgressDrawTarget::stderr());
            self.line.enable_steady_tick(Duration::from_millis(200));
            self.show(&what, total);
        }
        if hidden.is_none() {
            self.line.set_position(bytes);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
