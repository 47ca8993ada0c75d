//! What a check found.

use serde_json::{Map, Value, json};

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Not looked at; the words say why.
    Skipped,
    /// It works, and somebody should know.
    Warning,
    /// It does not work, or something will be lost.
    Problem,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One line of the report.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    /// What was looked at, such as `disk.space`; scripts know it by this.
    pub(super) check: &'static str,
    pub(super) status: Status,
    /// What was measured, or why nothing was.
    pub(super) measured: String,
    /// One sentence with the command or setting that cures it.
    pub(super) remedy: Option<String>,
    /// The database does not answer.
    pub(super) is_unreachable: bool,
}

impl Finding {
    fn new(check: &'static str, status: Status, measured: impl Into<String>, remedy: Option<String>) -> Self {
        Self { check, status, measured: measured.into(), remedy, is_unreachable: false }
    }

    pub(super) fn ok(check: &'static str, measured: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, measured, None)
    }

    pub(super) fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self::new(check, Status::Skipped, why, None)
    }

    pub(super) fn warning(
        check: &'static str,
        measured: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(check, Status::Warning, measured, Some(remedy.into()))
    }

    pub(super) fn problem(
        check: &'static str,
        measured: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(check, Status::Problem, measured, Some(remedy.into()))
    }

    /// The same, and the reason is a database that does not answer.
    pub(super) fn unreachable(self) -> Self {
        Self { is_unreachable: true, ..self }
    }

    pub(super) fn json(&self) -> Map<String, Value> {
        let object = json!({
            "check": self.check,
            "status": self.status.word(),
            "measured": self.measured,
            "remedy": self.remedy,
        });
        match object {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}
