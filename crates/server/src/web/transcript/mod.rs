//! A transcript as a file: text, a page to print, or JSON. It is written piece by piece, however long it is: a beginning,
//! entries, an end.

mod html;
mod said;
mod txt;

use askama::Template as _;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{lang::Lang, words::TranscriptWords};
use crate::domain::conversation::{Entry, Lane};

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Txt,
    /// A page that stands alone, to read and to print: no scripts, nothing loaded.
    Html,
    /// For programs.
    Json,
}

impl Format {
    /// Their words, which are the endings of the files' names.
    pub const WORDS: [&str; 3] = ["txt", "html", "json"];

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Txt, Self::Html, Self::Json].into_iter().find(|format| format.word() == word)
    }

    /// The ending of the file's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Txt => Self::WORDS[0],
            Self::Html => Self::WORDS[1],
            Self::Json => Self::WORDS[2],
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Txt => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// A transcript to be written.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What kind of file.
    pub format: Format,
    /// The language of all that people did not say.
    pub lang: Lang,
    /// The company's name.
    pub company: String,
    /// The group's name.
    pub group: String,
    /// Its ticket.
    pub case_id: String,
    /// The lanes that it covers.
    pub lanes: Vec<Lane>,
    /// Whose clock its times are of.
    pub zone: TimeZone,
    /// When it is made, milliseconds since 1970.
    pub now_ms: i64,
    /// Whether an entry was written yet.
    pub begun: bool,
}

impl Sheet {
    /// What stands before the first entry.
    pub fn begin(&self) -> Result<String, askama::Error> {
        match self.format {
            Format::Txt => Ok(txt::begin(self)),
            Format::Html => html::Begin::of(self).render(),
            Format::Json => {
                let lanes: Vec<_> = self.lanes.iter().map(|lane| lane.word()).collect();
                let head: Value = json!({
                    "company": self.company, "group": self.group, "case_id": self.case_id, "lanes": lanes,
                    "exported_at": self.now_ms, "timezone": self.zone_name(),
                });
                let head = head.to_string();
                Ok(format!("{},\"entries\":[", head.trim_end_matches('}')))
            }
        }
    }

    /// The next entries.
    pub fn entries(&mut self, entries: &[Entry]) -> Result<String, askama::Error> {
        let mut out = String::new();
        for entry in entries {
            match self.format {
                Format::Txt => txt::entry(self, entry, &mut out),
                Format::Html => out.push_str(&html::Line::of(self, entry).render()?),
                Format::Json => {
                    out.push_str(if self.begun { ",\n" } else { "\n" });
                    out.push_str(&json!(entry).to_string());
                }
            }
            self.begun = true;
        }
        Ok(out)
    }

    /// What stands behind the last one.
    pub const fn end(&self) -> &'static str {
        match self.format {
            Format::Txt => "",
            Format::Html => "</main>\n</body>\n</html>\n",
            Format::Json => "\n]}\n",
        }
    }

    fn words(&self) -> &'static TranscriptWords {
        TranscriptWords::of(self.lang)
    }

    fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    /// `2026-11-24 10:05:09` by the clock of the channel.
    fn time(&self, ms: i64) -> String {
        let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn lane(&self, lane: Lane) -> &'static str {
        match lane {
            Lane::Customer => self.words().customer,
            Lane::Internal => self.words().internal,
        }
    }

    fn covers(&self) -> &'static str {
        match self.lanes[..] {
            [Lane::Customer] => self.words().covers_customer,
            [Lane::Internal] => self.words().covers_internal,
            _ => self.words().covers_both,
        }
    }
}
