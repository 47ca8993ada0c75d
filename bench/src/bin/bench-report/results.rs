//! One file of measurements.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value};

/// What a script of this folder measured, and under which conditions.
pub(crate) struct Results {
    conditions: Map<String, Value>,
    samples: Vec<Map<String, Value>>,
}

/// The samples that have certain members in common.
#[derive(Clone)]
pub(crate) struct Samples<'a>(Vec<&'a Map<String, Value>>);

impl Results {
    /// None if nothing was measured yet.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let whole: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let object = |value: &Value| value.as_object().cloned().context("an object");
        let samples = whole["samples"].as_array().context("samples")?;
        Ok(Some(Self {
            conditions: object(&whole["conditions"])?,
            samples: samples.iter().map(object).collect::<Result<_, _>>()?,
        }))
    }

    /// Where and how it was measured, as a table.
    pub(crate) fn conditions(&self) -> String {
        let text = |name: &str| self.conditions.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
        let mut out =
            format!("Measured {} at {} by `{}`.\n\n", text("measured"), text("commit"), text("command"));
        out.push_str("| machine | |\n| --- | --- |\n");
        for (name, title) in [
            ("processor", "processor"),
            ("memory", "memory"),
            ("system", "system"),
            ("programs", "programs"),
            ("load_before", "load before (1, 5, 15 minutes)"),
            ("method", "method"),
        ] {
            let _ = writeln!(out, "| {title} | {} |", text(name));
        }
        out
    }

    /// All samples.
    pub(crate) fn all(&self) -> Samples<'_> {
        Samples(self.samples.iter().collect())
    }
}

impl Samples<'_> {
    /// Those whose member `name` is that text or number.
    pub(crate) fn with(&self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self(self.0.iter().copied().filter(|sample| sample.get(name) == Some(&value)).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers of one member.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.0.iter().filter_map(|sample| sample.get(name)?.as_f64()).collect()
    }

    /// The texts of one member, each once, in the order they first came.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let texts = self.0.iter().filter_map(|sample| Some(sample.get(name)?.as_str()?.to_owned()));
        texts.filter(|text| seen.insert(text.clone())).collect()
    }

    /// The whole numbers of one member, each once, ascending.
    pub(crate) fn counts(&self, name: &str) -> Vec<u64> {
        let all: BTreeSet<u64> = self.0.iter().filter_map(|sample| sample.get(name)?.as_u64()).collect();
        all.into_iter().collect()
    }

    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        median(self.numbers(name))
    }

    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.numbers(name).into_iter().sum()
    }

    /// `123 (100–140)`: median and range.
    pub(crate) fn spread(&self, name: &str, digits: usize) -> String {
        let mut numbers = self.numbers(name);
        numbers.sort_by(f64::total_cmp);
        let (Some(low), Some(high), Some(middle)) =
            (numbers.first(), numbers.last(), median(numbers.clone()))
        else {
            return "–".to_owned();
        };
        if numbers.len() == 1 {
            return format!("{middle:.digits$}");
        }
        format!("{middle:.digits$} ({low:.digits$}–{high:.digits$})")
    }

    /// One member divided by the same of `below`, round by round: the median of the quotients.
    pub(crate) fn ratio(&self, name: &str, below: &Self) -> Option<f64> {
        let quotients = self.counts("round").into_iter().filter_map(|round| {
            let (over, under) = (self.with("round", round), below.with("round", round));
            Some(over.median(name)? / under.median(name)?)
        });
        median(quotients.collect())
    }
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(numbers[middle]),
        _ => Some(f64::midpoint(numbers[middle - 1], numbers[middle])),
    }
}

/// A number, or a dash.
pub(crate) fn cell(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(|| "–".to_owned(), |number| format!("{number:.digits$}"))
}

/// A large number with commas.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
