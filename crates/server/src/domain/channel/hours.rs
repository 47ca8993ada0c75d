//! When a channel is open: days and times, as OpenStreetMap's `opening_hours` writes them, a small part of it.
//!
//! `Mo-Fr 09:00-12:00,13:00-18:00; Sa 10:00-16:00`. A time that ends before it begins goes on after midnight. `24/7` is the
//! same as no hours at all.

use std::fmt::{self, Write as _};

use jiff::{SignedDuration, Timestamp, ToSpan as _, ZonedDateTime, tz::TimeZone};

use crate::domain::Refusal;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// The most characters that are looked at.
const LONGEST: usize = 500;

/// A week: what is open on each day, minutes since midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours([Vec<Span>; 7]);

/// From a minute of the day to another; the end may lie after midnight.
type Span = (u16, u16);

impl Hours {
    /// From what people write; none for always open.
    pub fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        if text.trim() == "24/7" {
            return Ok(None);
        }
        Self::read(text).map(Some).map_err(|what| Refusal::Invalid {
            member: "hours",
            zh: format!("hours 写法如 Mo-Fr 09:00-12:00,13:00-18:00; Sa 10:00-16:00，或 24/7：{what}"),
            en: format!("hours are such as `Mo-Fr 09:00-12:00,13:00-18:00; Sa 10:00-16:00`, or 24/7: {what}"),
        })
    }

    /// Whether it is open at that time, milliseconds since 1970, by the clock of that place.
    pub fn open_at(&self, zone: &TimeZone, now_ms: i64) -> bool {
        let Some(now) = local(zone, now_ms) else { return true };
        let minute = minute_of(&now);
        let today = weekday(&now);
        let yesterday = (today + 6) % 7;
        let within =
            |day: usize, minute: u16| self.0[day].iter().any(|(from, to)| (*from..*to).contains(&minute));
        within(today, minute) || within(yesterday, minute + DAY)
    }

    /// When it opens next, milliseconds since 1970; none where it never does.
    pub fn opens_next(&self, zone: &TimeZone, now_ms: i64) -> Option<i64> {
        let now = local(zone, now_ms)?;
        // The same day a week later comes last: all of today's times may be over.
        (0..=7_i64).find_map(|days| {
            let date = now.date().checked_add(days.days()).ok()?;
            let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
            self.0[day].iter().find_map(|(from, _)| {
                let time =
                    date.at(0, 0, 0, 0).checked_add(SignedDuration::from_mins(i64::from(*from))).ok()?;
                let opens = time.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_millisecond();
                (opens > now_ms).then_some(opens)
            })
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("more than {LONGEST} characters"));
        }
        let mut week: [Vec<Span>; 7] = Default::default();
        for rule in text.split(';').map(str::trim) {
            let (days, times) =
                rule.split_once(' ').ok_or_else(|| format!("`{rule}` needs days, a blank and times"))?;
            let spans = times.split(',').map(|t| span(t.trim())).collect::<Result<Vec<_>, _>>()?;
            check_order(&spans, times)?;
            for day in days.split(',') {
                for index in range(day)? {
                    if !week[index].is_empty() {
                        return Err(format!("{} is named twice", DAYS[index]));
                    }
                    week[index].clone_from(&spans);
                }
            }
        }
        Ok(Self(week))
    }
}

/// The time by the clock of that place; none beyond what a calendar has.
fn local(zone: &TimeZone, now_ms: i64) -> Option<ZonedDateTime> {
    Timestamp::from_millisecond(now_ms).ok().map(|at| at.to_zoned_datetime(zone.clone()))
}

/// Minutes since midnight by the clock, which a change of the clock makes repeat or miss.
fn minute_of(now: &ZonedDateTime) -> u16 {
    u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs())
}

/// Monday is 0.
fn weekday(now: &ZonedDateTime) -> usize {
    usize::from(now.weekday().to_monday_zero_offset().unsigned_abs())
}

/// `Mo`, or `Mo-Fr`, or `Sa-Mo` around the end of the week.
fn range(text: &str) -> Result<Vec<usize>, String> {
    let index = |name: &str| {
        let known = DAYS.iter().position(|day| *day == name);
        known.ok_or_else(|| format!("`{name}` is no day; days are {}", DAYS.join(" ")))
    };
    let Some((first, last)) = text.split_once('-') else { return Ok(vec![index(text)?]) };
    let (first, last) = (index(first)?, index(last)?);
    let count = (last + 7 - first) % 7 + 1;
    Ok((first..first + count).map(|day| day % 7).collect())
}

/// `09:00-18:00`; `18:00-02:00` ends on the next day.
fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("`{text}` is no time such as 09:00-18:00");
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let (from, to) = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
    if from == DAY || from == to {
        return Err(wrong());
    }
    Ok((from, if to < from { to + DAY } else { to }))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

/// Times of a day follow each other, and only the last may go past midnight.
fn check_order(spans: &[Span], text: &str) -> Result<(), String> {
    if spans.windows(2).all(|pair| pair[0].1 <= pair[1].0) {
        return Ok(());
    }
    Err(format!("`{text}`: times of a day follow each other and do not overlap"))
}

impl fmt::Display for Hours {
    /// The same week always reads the same: days with equal times stand together.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        let mut day = 0;
        while day < 7 {
            let last = (day..7).take_while(|d| self.0[*d] == self.0[day]).last().unwrap_or(day);
            if !self.0[day].is_empty() {
                if !out.is_empty() {
                    out.push_str("; ");
                }
                out.push_str(DAYS[day]);
                if last > day {
                    write!(out, "-{}", DAYS[last])?;
                }
                for (n, (from, to)) in self.0[day].iter().enumerate() {
                    let to = if *to > DAY { to - DAY } else { *to };
                    let before = if n == 0 { ' ' } else { ',' };
                    write!(out, "{before}{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)?;
                }
            }
            day = last + 1;
        }
        f.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_read_back_the_same() {
        for (text, shown) in [
            ("Mo-Fr 09:00-18:00", "Mo-Fr 09:00-18:00"),
            (
                "Mo,Tu,We 09:00-12:00,13:00-18:00;Sa 10:00-24:00",
                "Mo-We 09:00-12:00,13:00-18:00; Sa 10:00-24:00",
            ),
            ("Sa-Mo 22:00-06:00", "Mo 22:00-06:00; Sa-Su 22:00-06:00"),
            ("Mo-Su 00:00-24:00", "Mo-Su 00:00-24:00"),
        ] {
            let hours = Hours::parse(text).expect(text).expect("not always");
            assert_eq!(hours.to_string(), shown, "{text}");
            assert_eq!(Hours::parse(shown), Ok(Some(hours)), "{text}");
        }
        assert_eq!(Hours::parse("24/7"), Ok(None));
    }

    #[test]
    fn a_week_is_looked_at_by_the_clock_of_its_place() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let at = |text: &str| {
            let time: jiff::civil::DateTime = text.parse().expect("a time");
            time.to_zoned_datetime(zone.clone()).expect("a time").timestamp().as_millisecond()
        };
        let hours =
            Hours::parse("Mo-Fr 09:00-12:00,13:00-18:00; Sa 22:00-02:00").expect("hours").expect("some");
        // 2026-11-23 is a Monday.
        for (time, open, next) in [
            ("2026-11-23T08:59:59", false, "2026-11-23T09:00"),
            ("2026-11-23T09:00:00", true, "2026-11-23T13:00"),
            ("2026-11-23T12:00:00", false, "2026-11-23T13:00"),
            ("2026-11-23T18:00:00", false, "2026-11-24T09:00"),
            ("2026-11-27T18:00:00", false, "2026-11-28T22:00"),
            ("2026-11-29T01:59:00", true, "2026-11-30T09:00"),
            ("2026-11-29T02:00:00", false, "2026-11-30T09:00"),
        ] {
            assert_eq!(hours.open_at(&zone, at(time)), open, "{time}");
            assert_eq!(hours.opens_next(&zone, at(time)), Some(at(next)), "{time}");
        }
        let once = Hours::parse("Mo 09:00-10:00").expect("hours").expect("some");
        assert_eq!(once.opens_next(&zone, at("2026-11-23T10:00")), Some(at("2026-11-30T09:00")));
    }

    #[test]
    fn what_is_no_time_is_refused_with_an_example() {
        for wrong in [
            "",
            "9-18",
            "Mo",
            "Mo 9:00-18:00",
            "Mo 09:00",
            "Mo 09:00-09:00",
            "Mo 24:00-25:00",
            "Mo 09:60-10:00",
            "Xx 09:00-18:00",
            "Mo-Fr 09:00-18:00;",
            "Mo 09:00-18:00; Mo-Fr 10:00-12:00",
            "Mo 09:00-18:00,10:00-19:00",
            "Mo 22:00-06:00,05:00-07:00",
            "mo 09:00-18:00",
            "一 09:00-18:00",
        ] {
            let refused = Hours::parse(wrong).expect_err(wrong).to_string();
            assert!(refused.contains("Mo-Fr 09:00"), "{wrong}: {refused}");
        }
        assert!(Hours::parse(&"Mo 09:00-18:00;".repeat(60)).is_err());
    }
}
