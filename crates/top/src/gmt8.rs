//! `yyyy-MM-dd HH:mm:ss` in GMT+8, the one way TOP writes a time, whatever the zone of either side.
//!
//! Times are milliseconds since 1970-01-01T00:00:00Z. The calendar is the proleptic Gregorian one; the
//! arithmetic is Howard Hinnant's `days_from_civil` and its inverse.

const DAY: i64 = 86_400;
const OFFSET: i64 = 8 * 3_600;
/// 0000-01-01 00:00:00 and 9999-12-31 23:59:59, in seconds since 1970 on a GMT+8 clock.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// Reads exactly `yyyy-MM-dd HH:mm:ss`; `None` for anything else, a day that does not exist included.
///
/// ```
/// assert_eq!(top::gmt8::parse("2016-01-01 12:00:00"), Some(1_451_620_800_000));
/// assert_eq!(top::gmt8::parse("2023-02-29 12:00:00"), None);
/// ```
pub fn parse(text: &str) -> Option<i64> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to]
            .iter()
            .try_fold(0, |sum: i64, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let days = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *days.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * DAY + hour * 3_600 + minute * 60 + second;
    Some((seconds - OFFSET) * 1_000)
}

/// Writes a time; what lies outside the years 0000 to 9999 becomes the nearest time inside.
///
/// ```
/// assert_eq!(top::gmt8::text(1_451_620_800_999), "2016-01-01 12:00:00");
/// ```
pub fn text(ms: i64) -> String {
    let mut out = Vec::with_capacity(19);
    push(ms, &mut out);
    out.into_iter().map(char::from).collect()
}

/// Appends [`text`] to `out`.
pub(crate) fn push(ms: i64, out: &mut Vec<u8>) {
    let seconds = ms.div_euclid(1_000).saturating_add(OFFSET).clamp(FIRST, LAST);
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    digits(year / 100, out);
    digits(year % 100, out);
    for (mark, part) in
        [(b'-', month), (b'-', day), (b' ', second / 3_600), (b':', second / 60 % 60), (b':', second % 60)]
    {
        out.push(mark);
        digits(part, out);
    }
}

fn digits(two: i64, out: &mut Vec<u8>) {
    let two = u8::try_from(two).unwrap_or(0);
    out.extend_from_slice(&[b'0' + two / 10 % 10, b'0' + two % 10]);
}

const fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970-01-01. A year begins in March here, so that the leap day comes last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (ms, expected) in [
            (0, "1970-01-01 08:00:00"),
            (-1, "1970-01-01 07:59:59"),
            (951_753_600_000, "2000-02-29 00:00:00"),
            (1_451_620_800_000, "2016-01-01 12:00:00"),
            (1_795_450_500_000, "2026-11-24 00:15:00"),
            (-62_167_248_000_000, "0000-01-01 00:00:00"),
            (253_402_271_999_000, "9999-12-31 23:59:59"),
        ] {
            assert_eq!(text(ms), expected);
            assert_eq!(parse(expected), Some(ms.div_euclid(1_000) * 1_000));
        }
    }

    #[test]
    fn times_outside_four_digit_years_are_clamped() {
        assert_eq!(text(i64::MIN), "0000-01-01 00:00:00");
        assert_eq!(text(i64::MAX), "9999-12-31 23:59:59");
    }

    #[test]
    fn every_day_of_eight_centuries_goes_round() {
        let mut expected = days_from_civil(1600, 1, 1);
        for year in 1600..2400 {
            for month in 1..=12 {
                let length = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
                for day in 1..=length[usize::try_from(month - 1).unwrap()] {
                    assert_eq!(days_from_civil(year, month, day), expected);
                    assert_eq!(civil_from_days(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for bad in [
            "",
            "2016-1-1 12:00:00",
            "2016-01-01T12:00:00",
            "2016-01-01 24:00:00",
            "2016-01-01 12:60:00",
            "2016-01-01 12:00:60",
            "2016-13-01 12:00:00",
            "2016-00-01 12:00:00",
            "2016-01-00 12:00:00",
            "2015-02-29 12:00:00",
            "1900-02-29 12:00:00",
            "2016-01-01 12:00:00 ",
            "+016-01-01 12:00:00",
            "2016-01-01 12:00:0é",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
