//! Counting values by size, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// The most ranges of a histogram.
const RANGES: usize = 24;

/// Counts whole numbers into ranges. Counting takes no lock and no memory, and may be done by any number of threads.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    counts: [AtomicU64; RANGES],
    sum: AtomicU64,
}

/// What a [`Histogram`] held at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The upper bounds of the ranges, each of which the range includes; a further range has none.
    pub bounds: &'static [u64],
    /// How many values fell into each range: one more than bounds.
    pub counts: Vec<u64>,
    /// All values together.
    pub sum: u64,
}

impl Histogram {
    /// Ranges with these upper bounds, ascending, at most 23 of them, and one above them.
    pub const fn new(bounds: &'static [u64]) -> Self {
        assert!(bounds.len() < RANGES);
        Self { bounds, counts: [const { AtomicU64::new(0) }; RANGES], sum: AtomicU64::new(0) }
    }

    /// Counts a value.
    pub fn count(&self, value: u64) {
        let range = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
        self.counts[range].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Counts a time, in microseconds.
    pub fn count_time(&self, time: std::time::Duration) {
        self.count(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        let counts = self.counts[..=self.bounds.len()].iter();
        Counted {
            bounds: self.bounds,
            counts: counts.map(|count| count.load(Ordering::Relaxed)).collect(),
            sum: self.sum.load(Ordering::Relaxed),
        }
    }
}

impl Counted {
    /// How many values there were.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_first_range_that_includes_it() {
        static BOUNDS: [u64; 3] = [1, 10, 100];
        let histogram = Histogram::new(&BOUNDS);
        for value in [0, 1, 2, 10, 11, 100, 101, 5_000] {
            histogram.count(value);
        }
        let counted = histogram.counted();
        assert_eq!(counted.counts, [2, 2, 2, 2]);
        assert_eq!((counted.total(), counted.sum), (8, 5_225));
    }
}
