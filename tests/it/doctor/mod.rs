//! `laqun doctor`: each check on something that is really broken, and the remedy that it names.

mod addresses;
mod certificates;
mod clock;
mod config;
mod data;
mod database;
mod key;
mod place;

use std::process::Command;

use serde_json::Value;

/// What doctor said.
struct Report {
    code: i32,
    findings: Vec<Value>,
}

impl Report {
    /// Runs it to its end, in JSON.
    fn of(command: &mut Command) -> Self {
        let output = command.arg("--json").output().expect("the program runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let findings: Vec<Value> = text.lines().map(read).collect();
        assert!(!findings.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { code: output.status.code().unwrap_or(-1), findings }
    }

    /// The findings of one check.
    fn all(&self, check: &str) -> Vec<&Value> {
        self.findings.iter().filter(|finding| finding["check"] == check).collect()
    }

    /// Asserts that this check found `status` (and a remedy unless it is well), with these words in its line.
    #[track_caller]
    fn says(&self, check: &str, status: &str, words: &[&str]) {
        let found = self.all(check);
        let fits = |finding: &&&Value| {
            let text = finding.to_string();
            let has_remedy = finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty());
            finding["status"] == status
                && words.iter().all(|word| text.contains(word))
                && (has_remedy || status == "ok" || status == "skipped")
        };
        assert!(
            found.iter().any(|finding| fits(&finding)),
            "{check} does not say {status} with {words:?}, but {found:#?}"
        );
    }

    /// The checks that found this.
    fn with(&self, status: &str) -> Vec<&str> {
        let found = self.findings.iter().filter(|finding| finding["status"] == status);
        found.filter_map(|finding| finding["check"].as_str()).collect()
    }
}
