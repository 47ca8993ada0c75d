//! Prometheus' text format, version 0.0.4.
//!
//! Written here and not by a library: those that are kept up lock or allocate where a call is counted (`metrics` with its
//! Prometheus exporter keeps every sample until it is drained, `prometheus-client` locks its histograms). A test reads what is
//! written with Prometheus' own strict parser.

use std::fmt::Write as _;

use store::Counted;

/// How a family's samples are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Values by size.
    Histogram,
}

/// Labels of a sample: names are ours, values may be anything.
pub(super) type Labels<'l> = &'l [(&'static str, &'l str)];

/// A page of metrics.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Begins a family: its samples follow. Name and help are ours: ASCII, without a backslash or a line's end.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &'static str) -> Family<'_> {
        let word = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {word}");
        Family { out: &mut self.0, name }
    }

    /// A family of one sample without labels.
    pub(super) fn one(&mut self, name: &'static str, kind: Kind, help: &'static str, value: f64) {
        self.family(name, kind, help).sample(&[], value);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A family whose samples are being written.
pub(super) struct Family<'p> {
    out: &'p mut String,
    name: &'static str,
}

impl Family<'_> {
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: f64) -> &mut Self {
        self.line("", labels, None, value);
        self
    }

    /// What a histogram counted; `unit` of its values make one of the metric's.
    pub(super) fn counted(&mut self, labels: Labels<'_>, counted: &Counted, unit: f64) -> &mut Self {
        let mut so_far = 0;
        for (at, count) in counted.counts.iter().enumerate() {
            so_far += count;
            let bound =
                counted.bounds.get(at).map_or_else(|| "+Inf".to_owned(), |b| (float(*b) / unit).to_string());
            self.line("_bucket", labels, Some(&bound), float(so_far));
        }
        self.line("_sum", labels, None, float(counted.sum) / unit);
        self.line("_count", labels, None, float(so_far));
        self
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, le: Option<&str>, value: f64) {
        self.out.push_str(self.name);
        self.out.push_str(suffix);
        let mut open = '{';
        for (name, value) in labels.iter().copied().chain(le.map(|le| ("le", le))) {
            self.out.push(open);
            open = ',';
            self.out.push_str(name);
            self.out.push_str("=\"");
            for c in value.chars() {
                match c {
                    '\\' => self.out.push_str("\\\\"),
                    '"' => self.out.push_str("\\\""),
                    '\n' => self.out.push_str("\\n"),
                    c => self.out.push(c),
                }
            }
            self.out.push('"');
        }
        if open == ',' {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
    }
}

/// A count as Prometheus has it: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use store::Histogram;

    use super::*;

    #[test]
    fn families_samples_and_histograms_are_written_as_prometheus_reads_them() {
        static BOUNDS: [u64; 2] = [500, 1_000_000];
        let histogram = Histogram::new(&BOUNDS);
        for value in [100, 500, 600, 2_000_000] {
            histogram.count(value);
        }
        let mut page = Page::default();
        page.one("up_total", Kind::Counter, "Help.", 3.0);
        page.family("odd", Kind::Gauge, "Odd.").sample(&[("a", "\"\\\n"), ("b", "群")], 0.5);
        page.family("took_seconds", Kind::Histogram, "Took.").counted(
            &[("m", "x")],
            &histogram.counted(),
            1e6,
        );
        assert_eq!(
            page.into_text(),
            "# HELP up_total Help.\n# TYPE up_total counter\nup_total 3\n\
             # HELP odd Odd.\n# TYPE odd gauge\nodd{a=\"\\\"\\\\\\n\",b=\"群\"} 0.5\n\
             # HELP took_seconds Took.\n# TYPE took_seconds histogram\n\
             took_seconds_bucket{m=\"x\",le=\"0.0005\"} 2\ntook_seconds_bucket{m=\"x\",le=\"1\"} 3\n\
             took_seconds_bucket{m=\"x\",le=\"+Inf\"} 4\n\
             took_seconds_sum{m=\"x\"} 2.0012\ntook_seconds_count{m=\"x\"} 4\n"
        );
    }
}
