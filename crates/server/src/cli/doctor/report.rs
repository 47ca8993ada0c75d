//! The findings, printed.
#![expect(clippy::print_stdout, reason = "this is where doctor prints")]

use std::io::IsTerminal;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::finding::{Finding, Status};

/// One object a finding for scripts; aligned lines, and a sum, for people.
pub(super) fn print(json: bool, findings: &[Finding]) {
    if json {
        for finding in findings {
            println!("{}", Value::Object(finding.json()));
        }
        return;
    }
    let is_coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let width = findings.iter().map(|finding| finding.check.width()).max().unwrap_or(0);
    for finding in findings {
        let (symbol, colour) = look(finding.status);
        let status = format!("{symbol} {:8}", finding.status.word());
        let status = if is_coloured { format!("\x1b[{colour}m{status}\x1b[0m") } else { status };
        let gap = " ".repeat(width - finding.check.width());
        println!("{status} {}{gap}  {}", finding.check, plain(&finding.measured));
        if let Some(remedy) = &finding.remedy {
            println!("{}→ {}", " ".repeat(width + 13), plain(remedy));
        }
    }
    let count = |status| findings.iter().filter(|finding| finding.status == status).count();
    println!(
        "\n{} ok, {} warning(s), {} problem(s), {} skipped",
        count(Status::Ok),
        count(Status::Warning),
        count(Status::Problem),
        count(Status::Skipped)
    );
}

fn look(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Ok => ("✓", "32"),
        Status::Skipped => ("–", "2"),
        Status::Warning => ("!", "33"),
        Status::Problem => ("✗", "31"),
    }
}

/// On one line: what could move a terminal's cursor is shown, not done.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
