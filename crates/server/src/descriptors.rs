//! File descriptors: how many there may be, and how many of them connections may take.

use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is kept back for the database, platforms and the log.
const RESERVED: u64 = 128;
/// How often the same trouble is told.
const TELL: Duration = Duration::from_mins(1);

/// The soft and the hard limit of this process; none = no limit.
pub fn limits() -> (Option<u64>, Option<u64>) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    (current, maximum)
}

/// Takes what the hard limit allows: the soft one is kept low by habit, for programs that count to it.
pub fn raise() {
    let (soft, hard) = limits();
    if soft != hard
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: hard })
    {
        tracing::warn!(%error, "the limit of file descriptors cannot be raised");
    }
}

/// How many connections may be open at once, so that the program's own files are never the ones that are missing.
pub fn connections() -> usize {
    let Some(soft) = limits().0 else { return usize::MAX };
    let most = if soft >= 2 * RESERVED { soft - RESERVED } else { soft / 3 };
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

/// Trouble that comes many times a second and is told once a minute.
#[derive(Debug, Default)]
pub struct Seldom {
    told: Option<Instant>,
    untold: u64,
}

impl Seldom {
    /// Whether to tell now; if so, how often it came since it was told last, this time included.
    pub fn tell(&mut self) -> Option<u64> {
        self.untold += 1;
        if self.told.is_some_and(|at| at.elapsed() < TELL) {
            return None;
        }
        self.told = Some(Instant::now());
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_often_is_told_once_with_its_count() {
        let mut seldom = Seldom::default();
        let told: Vec<_> = (0..100).filter_map(|_| seldom.tell()).collect();
        assert_eq!(told, [1]);
        seldom.told = None;
        assert_eq!(seldom.tell(), Some(100));
    }

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        let (soft, _) = limits();
        assert!(soft.is_none_or(|soft| (connections() as u64) < soft));
        assert!(connections() > 0);
    }
}
