//! A transcript as a page that stands alone.

use askama::Template;

use super::{Sheet, said::said};
use crate::{
    domain::conversation::Entry,
    web::{show::filters, words::TranscriptWords},
};

/// The head of the page.
#[derive(Template)]
#[template(path = "transcript_begin.html")]
pub(super) struct Begin<'a> {
    sheet: &'a Sheet,
    w: &'static TranscriptWords,
    exported: String,
    zone: String,
}

impl<'a> Begin<'a> {
    pub(super) fn of(sheet: &'a Sheet) -> Self {
        Self { sheet, w: sheet.words(), exported: sheet.time(sheet.now_ms), zone: sheet.zone_name() }
    }
}

/// One entry.
#[derive(Template)]
#[template(path = "transcript_entry.html")]
pub(super) struct Line {
    lane: &'static str,
    label: &'static str,
    time: String,
    who: String,
    quote: Option<String>,
    text: String,
}

impl Line {
    pub(super) fn of(sheet: &Sheet, entry: &Entry) -> Self {
        let said = said(sheet, entry);
        Self {
            lane: entry.lane.word(),
            label: sheet.lane(entry.lane),
            time: sheet.time(entry.at),
            who: said.who,
            quote: said.quote,
            text: said.text,
        }
    }
}
