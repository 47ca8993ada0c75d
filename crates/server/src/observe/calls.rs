//! Counting calls: by method and outcome, and how long they took. Counting takes no lock and no memory.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use store::Histogram;
use top::{Code, Fault};

use super::exposition::{Kind, Page, float};

/// The sub-codes that there are, each up to its colon: what stands behind it names a parameter. One that is none of these
/// counts as `other`, so that their number is known.
const FAMILIES: &[&str] = &[
    "",
    "other",
    "isv.missing-parameter",
    "isv.invalid-parameter",
    "isv.tenant-not-exist",
    "isv.staff-not-exist",
    "isv.case-not-exist",
    "isv.group-not-exist",
    "isv.channel-not-exist",
    "isv.appkey-not-exists",
    "isv.permission-ip-whitelist-limit",
    "isv.permission-api-package-empty",
    "isv.request-too-large",
    "isv.invalid-multipart",
    "isv.batch-too-many-calls",
    "accesscontrol.limited-by-app-access-count",
    "accesscontrol.limited-by-api-access-count",
    "accesscontrol.limited-by-app-api-access-count",
    "isp.remote-service-error",
    "isp.remote-service-unavailable",
    "isp.remote-service-timeout",
    "isp.unknown-error",
];
const OTHER: usize = 1;

/// Success, the codes of the table, and any other.
const CODES: usize = Code::ALL.len() + 2;

/// Upper bounds of times, in microseconds. A warm click takes less than a millisecond, patience is seconds.
static MICROS: [u64; 17] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// Calls since the start.
#[derive(Debug)]
pub struct Calls {
    methods: Vec<Method>,
}

#[derive(Debug)]
struct Method {
    name: &'static str,
    took: Histogram,
    /// By code and family.
    outcomes: Vec<AtomicU64>,
}

/// How methods are called that there are none of; what callers invent must not become labels.
const UNKNOWN: &str = "unknown";

impl Calls {
    /// Counters for these methods, and for calls of others.
    pub fn new(methods: impl Iterator<Item = &'static str>) -> Self {
        let method = |name| Method {
            name,
            took: Histogram::new(&MICROS),
            outcomes: (0..CODES * FAMILIES.len()).map(|_| AtomicU64::new(0)).collect(),
        };
        Self { methods: methods.chain([UNKNOWN]).map(method).collect() }
    }

    /// Counts a call that ended.
    pub fn count(&self, method: Option<&str>, fault: Option<&Fault>, took: Duration) {
        let known = method.and_then(|name| self.methods.iter().find(|method| method.name == name));
        let Some(method) = known.or(self.methods.last()) else { return };
        method.took.count_time(took);
        method.outcomes[fault.map_or(0, outcome)].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn write(&self, page: &mut Page) {
        let mut family = page.family(
            "laqun_calls_total",
            Kind::Counter,
            "Calls answered, by TOP method, error code (0: success) and sub-code up to its colon.",
        );
        for method in &self.methods {
            for (at, count) in method.outcomes.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                // Success is always told: a rate over a counter that appears with its first call misses that call.
                if count > 0 || at == 0 {
                    let code = at / FAMILIES.len();
                    let code = match code.checked_sub(1).map(|at| Code::ALL.get(at)) {
                        None => "0".to_owned(),
                        Some(Some(code)) => code.number().to_string(),
                        Some(None) => "other".to_owned(),
                    };
                    let sub_code = FAMILIES[at % FAMILIES.len()];
                    let labels = [("method", method.name), ("code", &code), ("sub_code", sub_code)];
                    family.sample(&labels, float(count));
                }
            }
        }
        let mut family = page.family(
            "laqun_call_duration_seconds",
            Kind::Histogram,
            "How long calls took, from their body read to their answer made, by TOP method.",
        );
        for method in &self.methods {
            family.counted(&[("method", method.name)], &method.took.counted(), 1e6);
        }
    }
}

/// The place of a fault among the outcomes.
fn outcome(fault: &Fault) -> usize {
    let code = Code::ALL.iter().position(|code| code.number() == fault.code).unwrap_or(Code::ALL.len());
    let family = fault.sub_code.as_deref().map_or("", |text| text.split(':').next().unwrap_or_default());
    let family = FAMILIES.iter().position(|known| *known == family).unwrap_or(OTHER);
    (code + 1) * FAMILIES.len() + family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_under_labels_whose_number_is_known() {
        let calls = Calls::new(["a.b"].into_iter());
        let took = Duration::from_millis(1);
        calls.count(Some("a.b"), None, took);
        calls.count(Some("a.b"), Some(&Fault::platform(Code::InvalidSignature)), took);
        calls.count(Some("a.b"), Some(&Fault::business(50, "isv.missing-parameter:case_id", "")), took);
        calls.count(Some("a.b"), Some(&Fault::business(50, "isv.missing-parameter:tenant_id", "")), took);
        calls.count(Some("a.b"), Some(&Fault::business(777, "isv.invented", "")), took);
        calls.count(Some("invented"), Some(&Fault::platform(Code::InvalidMethod)), took);
        calls.count(None, Some(&Fault::platform(Code::MissingMethod)), took);
        let mut page = Page::default();
        calls.write(&mut page);
        let text = page.into_text();
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("laqun_calls_total{")).collect();
        assert_eq!(
            lines,
            [
                r#"laqun_calls_total{method="a.b",code="0",sub_code=""} 1"#,
                r#"laqun_calls_total{method="a.b",code="25",sub_code=""} 1"#,
                r#"laqun_calls_total{method="a.b",code="50",sub_code="isv.missing-parameter"} 2"#,
                r#"laqun_calls_total{method="a.b",code="other",sub_code="other"} 1"#,
                r#"laqun_calls_total{method="unknown",code="0",sub_code=""} 0"#,
                r#"laqun_calls_total{method="unknown",code="21",sub_code=""} 1"#,
                r#"laqun_calls_total{method="unknown",code="22",sub_code=""} 1"#,
            ]
        );
        assert!(
            text.contains("laqun_call_duration_seconds_bucket{method=\"a.b\",le=\"0.001\"} 5\n"),
            "{text}"
        );
    }
}
