//! Points and lengths of time as people type them.

use jiff::{Span, SpanRelativeTo, Timestamp, Unit, civil, tz::TimeZone};

/// A point in time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moment {
    /// Milliseconds since 1970.
    At(i64),
    /// So many milliseconds before now.
    Ago(i64),
}

impl Moment {
    /// `2026-11-01`, `2026-11-01T08:00` (both UTC), `2026-11-01T08:00:00+08:00`, or how long ago: `36h`, `7d`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let utc = |at: civil::DateTime| TimeZone::UTC.to_timestamp(at);
        let at = text.parse::<Timestamp>().ok();
        let at = at.or_else(|| text.parse::<civil::DateTime>().ok().and_then(|at| utc(at).ok()));
        if let Some(at) = at {
            return Ok(Self::At(at.as_millisecond()));
        }
        span_ms(text).map(Self::Ago).ok_or_else(|| {
            "a time is such as 2026-11-01, 2026-11-01T08:00 (UTC), 2026-11-01T08:00:00+08:00, or how long ago: 36h, 7d"
                .to_owned()
        })
    }

    /// Milliseconds since 1970.
    pub(super) const fn ms(self, now_ms: i64) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Ago(ms) => now_ms.saturating_sub(ms),
        }
    }
}

/// A length of time in milliseconds: seconds with decimals, or with units (`90m`, `36h`, `7d`).
pub(super) fn duration_ms(text: &str) -> Result<i64, String> {
    let wrong = || "a length of time is seconds, such as 2.5, or has units: 500ms, 90m, 36h, 7d".to_owned();
    if let Ok(seconds) = text.parse::<f64>() {
        let duration = std::time::Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
        return i64::try_from(duration.as_millis()).map_err(|_| wrong());
    }
    span_ms(text).ok_or_else(wrong)
}

/// A span with units; a day has 24 hours. Months and years have no length.
fn span_ms(text: &str) -> Option<i64> {
    let span: Span = text.parse().ok()?;
    let ms = span.total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours())).ok()?;
    // A thousand years, and no fraction of a millisecond that matters.
    #[expect(clippy::cast_possible_truncation, reason = "bounded one line above the cast")]
    (0.0..=3.2e13).contains(&ms).then_some(ms as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_seconds_or_have_units() {
        for (text, ms) in [
            ("3", 3_000),
            ("0.5", 500),
            ("500ms", 500),
            ("90m", 5_400_000),
            ("7d", 604_800_000),
            ("1w", 604_800_000),
            ("0", 0),
        ] {
            assert_eq!(duration_ms(text), Ok(ms), "{text}");
        }
        for wrong in ["", "-1", "-1h", "soon", "1 month", "nan", "1e300"] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn points_in_time_are_dates_moments_or_ages() {
        let now = 1_800_000_000_000;
        for (text, ms) in [
            ("1970-01-02", 86_400_000),
            ("1970-01-01T08:00", 28_800_000),
            ("1970-01-01T08:00:00+08:00", 0),
            ("1h", now - 3_600_000),
            ("2d", now - 172_800_000),
        ] {
            assert_eq!(Moment::parse(text).map(|at| at.ms(now)), Ok(ms), "{text}");
        }
        assert!(Moment::parse("yesterday").is_err() && Moment::parse("-1h").is_err());
    }
}
