//! The clock: plausible, and in step with the database's and with what answers at `public_url`. And the time zones.

use jiff::{Timestamp, tz::TimeZone};

use super::{facts::Facts, finding::Finding, public::Reply};
use crate::app::clock::Clock;

/// Before this program was written, and long after anybody runs it: 2026-01-01 and 2100-01-01, milliseconds since 1970.
const PLAUSIBLE_MS: std::ops::Range<i64> = 1_767_225_600_000..4_102_444_800_000;
/// A job's lease is 10 s: machines whose clocks are further apart than half of it take each other's jobs.
const DATABASE_WARN_MS: i64 = 1_000;
const DATABASE_MOST_MS: i64 = 5_000;
/// The header has seconds only, and the way there takes time.
const PUBLIC_WARN_MS: i64 = 5_000;
const PUBLIC_MOST_MS: i64 = 60_000;
/// The zone in which pages show times.
const ZONE: &str = "Asia/Shanghai";
const REMEDY: &str = "set it and keep it set: timedatectl set-ntp true";

pub(super) fn zone(_facts: &mut Facts) -> Vec<Finding> {
    zone_here()
}

pub(super) fn zone_here() -> Vec<Finding> {
    // What it shows at a known time: a zone file of another place would be found too.
    let offset = TimeZone::get(ZONE).map(|zone| zone.to_offset(Timestamp::UNIX_EPOCH).seconds());
    vec![match offset {
        Ok(28_800) => Finding::ok("zone", format!("{ZONE} is known")),
        Ok(other) => Finding::problem(
            "zone",
            format!("{ZONE} is {other} s from UTC here, not 28800"),
            "install the time zone data anew: apt-get install --reinstall tzdata",
        ),
        Err(error) => Finding::problem(
            "zone",
            format!("{error}; pages would show UTC"),
            "install the time zone data: apt-get install tzdata; or correct the variable TZDIR if it is set",
        ),
    }]
}

pub(super) fn here() -> Vec<Finding> {
    let now_ms = Clock::System.now_ms();
    let shown = Timestamp::from_millisecond(now_ms).map_or_else(|_| now_ms.to_string(), |at| at.to_string());
    vec![if PLAUSIBLE_MS.contains(&now_ms) {
        Finding::ok("clock", shown)
    } else {
        Finding::problem(
            "clock",
            format!("{shown} cannot be: signatures of callers would be refused"),
            REMEDY,
        )
    }]
}

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    let mut findings = here();
    findings.extend(database(facts));
    findings.extend(public(facts));
    findings
}

/// PostgreSQL's clock beside ours, less half of the way there and back.
fn database(facts: &mut Facts) -> Option<Finding> {
    facts.settings.database_url.as_ref()?;
    let before = facts.now_ms();
    let theirs = match facts.inspection("clock.database") {
        Ok(inspection) => match inspection.clock_ms() {
            Ok(theirs) => theirs?,
            Err(error) => return Some(Finding::skipped("clock.database", error.to_string())),
        },
        Err(mut skipped) => return skipped.pop(),
    };
    let after = facts.now_ms();
    let apart = theirs - (before + (after - before) / 2);
    let measured = format!("{apart} ms from the database's");
    Some(if apart.abs() > DATABASE_MOST_MS {
        let why =
            format!("{measured}: more than {DATABASE_MOST_MS} ms, machines would take each other's jobs");
        Finding::problem("clock.database", why, REMEDY.to_owned() + ", here and on the database's machine")
    } else if apart.abs() > DATABASE_WARN_MS {
        Finding::warning("clock.database", format!("{measured}; {DATABASE_WARN_MS} ms are allowed"), REMEDY)
    } else {
        Finding::ok("clock.database", measured)
    })
}

/// The `Date` of what answers at `public_url`.
fn public(facts: &Facts) -> Option<Finding> {
    let Some(Reply::Answer { date_ms: Some(theirs), asked_ms, .. }) = &facts.public else { return None };
    let apart = theirs - asked_ms;
    let measured = format!("{} s from the Date of {}", apart / 1000, facts.public_url()?);
    Some(if apart.abs() > PUBLIC_MOST_MS {
        let why = format!("{measured}: more than {} s", PUBLIC_MOST_MS / 1000);
        Finding::problem("clock.public", why, REMEDY.to_owned() + ", here and on the proxy")
    } else if apart.abs() > PUBLIC_WARN_MS {
        Finding::warning(
            "clock.public",
            format!("{measured}; {} s are allowed", PUBLIC_WARN_MS / 1000),
            REMEDY,
        )
    } else {
        Finding::ok("clock.public", measured)
    })
}
