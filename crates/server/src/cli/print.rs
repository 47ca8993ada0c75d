//! What commands print: tables for people, JSON for scripts.

use std::io::Write as _;

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;

use super::scope::Page;

/// The widest a column gets before its values are cut.
const WIDEST: usize = 60;

/// Writes a line. A reader that has seen enough, such as `head`, is no failure: what was asked for is done all the same.
macro_rules! say {
    ($($line:tt)*) => { written(writeln!(std::io::stdout(), $($line)*)) };
}

fn written(result: std::io::Result<()>) {
    if let Err(error) = result
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("laqun: standard output: {error}");
        std::process::exit(1);
    }
}

/// Prints rows as a table, or one JSON object a line.
pub(super) fn rows(json: bool, columns: &[&str], rows: &[Map<String, Value>]) {
    if json {
        for row in rows {
            say!("{}", Value::Object(row.clone()));
        }
        return;
    }
    if rows.is_empty() {
        say!("(none)");
        return;
    }
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|c| cell(row.get(*c))).collect()).collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(i, name)| cells.iter().map(|row| row[i].width()).chain([name.width()]).max().unwrap_or(0))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut out = String::new();
        for (text, width) in cells.zip(&widths) {
            out.push_str(text);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width()) + 2));
        }
        say!("{}", out.trim_end());
    };
    line(&mut columns.iter().map(|c| &**c));
    for row in &cells {
        line(&mut row.iter().map(String::as_str));
    }
}

/// Prints one page of a list that was read with one row more than a page. If there is that row, standard error says how to
/// go on after the last one shown, whose `key` the next page begins after.
pub(super) fn page(json: bool, columns: &[&str], mut all: Vec<Map<String, Value>>, page: &Page, key: &str) {
    let more = all.len() > page.rows();
    all.truncate(page.rows());
    rows(json, columns, &all);
    if let (true, Some(last)) = (more, all.last()) {
        follow("more follow", &plain(last.get(key)));
    }
}

/// Says on standard error how to go on.
#[expect(clippy::print_stderr, reason = "a note for people that a script's output is kept clear of")]
pub(super) fn follow(what: &str, after: &str) {
    eprintln!("{what}: go on with --after '{}'", after.replace('\'', r"'\''"));
}

/// Says on standard error what did not go well beside what did.
#[expect(clippy::print_stderr, reason = "a warning for people that a script's output is kept clear of")]
pub(super) fn warning(what: &str) {
    eprintln!("laqun: warning: {what}");
}

/// Prints one thing: `name: value` lines, or one JSON object.
pub(super) fn object(json: bool, object: &Map<String, Value>) {
    if json {
        say!("{}", Value::Object(object.clone()));
        return;
    }
    let width = object.keys().map(|key| key.width()).max().unwrap_or(0);
    for (key, value) in object {
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                say!("{key}:");
                let rows_of: Vec<Map<String, Value>> =
                    items.iter().filter_map(Value::as_object).cloned().collect();
                let columns: Vec<&str> =
                    rows_of.first().map(|r| r.keys().map(String::as_str).collect()).unwrap_or_default();
                rows(false, &columns, &rows_of);
            }
            value => say!("{key}:{} {}", " ".repeat(width - key.width()), plain(Some(value))),
        }
    }
}

/// Prints a sentence for people, or an object for scripts.
pub(super) fn done(json: bool, sentence: &str, value: &Value) {
    if json {
        say!("{value}");
    } else {
        say!("{sentence}");
    }
}

/// Prints a text as it is.
pub(super) fn text(text: &str) {
    say!("{text}");
}

/// Writes what is made for another program: a script, a manual page. A reader that has seen enough is no failure.
pub(super) fn bytes(bytes: &[u8]) -> std::io::Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

fn cell(value: Option<&Value>) -> String {
    let text = plain(value);
    if text.width() <= WIDEST {
        return text;
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + 3 > WIDEST {
            break;
        }
        cut.push(c);
    }
    cut + "…"
}

/// A value as text on one line: what could move a terminal's cursor is shown, not done.
fn plain(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => (if *yes { "yes" } else { "no" }).to_owned(),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| plain(Some(item))).collect::<Vec<_>>().join(" "),
        Some(other) => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Milliseconds since 1970 as RFC 3339 in UTC.
pub(super) fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| format!("{at:.3}"))
}

/// The members of a JSON object; what is none has none.
pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
