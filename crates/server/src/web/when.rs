//! Points in time as people write them.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

use super::lang::Lang;

/// The present moment and the place whose clock is meant. Handed in, never asked for.
#[derive(Debug, Clone)]
pub struct Now {
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub ms: i64,
    /// IANA name of the time zone, such as `Asia/Shanghai`. An unknown name shows UTC and says so.
    pub tz: String,
}

/// A time ready for `<time datetime="{iso}">{words}</time>`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// For programs: RFC 3339 with the offset.
    pub(super) iso: String,
    /// For people: `14:05` today, else with the day, in another year with the year.
    pub(super) words: String,
}

impl Now {
    /// The day of `at_ms`, the same for every reader: `2026-11-23`.
    pub fn day(&self, at_ms: i64) -> String {
        let zone = TimeZone::get(&self.tz).unwrap_or(TimeZone::UTC);
        zoned(at_ms, &zone).strftime("%Y-%m-%d").to_string()
    }

    /// `at_ms` in the words of `lang`.
    pub(super) fn show(&self, at_ms: i64, lang: Lang) -> Shown {
        let zone = TimeZone::get(&self.tz);
        let suffix = if zone.is_ok() { "" } else { " UTC" };
        let zone = zone.unwrap_or(TimeZone::UTC);
        let at = zoned(at_ms, &zone);
        let now = zoned(self.ms, &zone);
        let clock = format!("{:02}:{:02}", at.hour(), at.minute());
        let words = match lang {
            _ if at.date() == now.date() => clock,
            Lang::Zh if at.year() == now.year() => format!("{} 月 {} 日 {clock}", at.month(), at.day()),
            Lang::Zh => format!("{} 年 {} 月 {} 日 {clock}", at.year(), at.month(), at.day()),
            Lang::En if at.year() == now.year() => at.strftime("%-d %b %H:%M").to_string(),
            Lang::En => at.strftime("%-d %b %Y %H:%M").to_string(),
        };
        Shown { iso: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), words: words + suffix }
    }
}

/// A time outside the calendar (a damaged row) is shown as the start of 1970 rather than failing the page.
fn zoned(ms: i64, zone: &TimeZone) -> ZonedDateTime {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 14:05:09 in Shanghai.
    const AT: i64 = 1_795_413_909_000;

    fn words(now_ms: i64, tz: &str, lang: Lang) -> String {
        Now { ms: now_ms, tz: tz.to_owned() }.show(AT, lang).words
    }

    #[test]
    fn today_is_a_clock_time_other_days_have_a_date() {
        let day = 86_400_000;
        assert_eq!(words(AT + 3_600_000, "Asia/Shanghai", Lang::Zh), "14:05");
        assert_eq!(words(AT + day, "Asia/Shanghai", Lang::Zh), "11 月 23 日 14:05");
        assert_eq!(words(AT + day, "Asia/Shanghai", Lang::En), "23 Nov 14:05");
        assert_eq!(words(AT + 300 * day, "Asia/Shanghai", Lang::Zh), "2026 年 11 月 23 日 14:05");
        assert_eq!(words(AT + 300 * day, "Asia/Shanghai", Lang::En), "23 Nov 2026 14:05");
        assert_eq!(words(AT, "Mars/Olympus", Lang::En), "06:05 UTC");
    }

    #[test]
    fn programs_get_the_offset_and_a_damaged_time_does_no_harm() {
        let now = Now { ms: AT, tz: "Asia/Shanghai".to_owned() };
        assert_eq!(now.show(AT, Lang::Zh).iso, "2026-11-23T14:05:09+08:00");
        assert_eq!(now.show(i64::MAX, Lang::En).words, "1 Jan 1970 08:00");
    }
}
