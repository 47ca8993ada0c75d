//! A transcript as plain text.

use std::fmt::Write as _;

use super::{Sheet, said::said};
use crate::{domain::conversation::Entry, web::show::line};

pub(super) fn begin(sheet: &Sheet) -> String {
    let w = sheet.words();
    format!(
        "{}: {}\n{}\n{}: {}\n{}: {}\n{}: {}\n{}\n\n",
        w.title,
        line(&sheet.group),
        line(&sheet.company),
        w.ticket,
        line(&sheet.case_id),
        w.exported,
        sheet.time(sheet.now_ms),
        w.zone,
        sheet.zone_name(),
        sheet.covers(),
    )
}

/// `[time] 【lane】 who: words`; further lines are indented, so that no message can look like the beginning of another.
pub(super) fn entry(sheet: &Sheet, entry: &Entry, out: &mut String) {
    let said = said(sheet, entry);
    // Writing to a string cannot fail.
    let _ = write!(out, "[{}] 【{}】 ", sheet.time(entry.at), sheet.lane(entry.lane));
    if !said.who.is_empty() {
        let _ = write!(out, "{}: ", said.who);
    }
    if let Some(quote) = &said.quote {
        let _ = write!(out, "\n    > {quote}\n    ");
    }
    out.push_str(&said.text.replace('\n', "\n    "));
    out.push('\n');
}
