//! Reading staff, customers and tickets from files that people have: CSV and NDJSON, in several encodings.
//!
//! `source` gives bytes, `csv` and `ndjson` records of them, `rows` the checked rows, `report` the file of what was
//! refused, `run` brings it all into the database in bounded units. What a column may hold says `column`.
//!
//! Invariant: memory does not grow with the file, but for 16 bytes a row to find ids that are there twice.

pub mod column;
mod convert;
mod csv;
mod encoding;
mod header;
mod ndjson;
pub mod report;
mod row;
pub mod rows;
pub mod run;
pub mod source;

use std::io;

pub use column::Noun;
pub use encoding::Encoding;
pub use row::Row;

pub use crate::domain::import::Problem;

/// The most bytes of one row: a longer one is rather a quote that nobody closed.
pub const ROW_MAX: usize = 1 << 20;

/// How a file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A header row, then rows of values.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl Format {
    /// From a file's name: `.csv`, `.tsv`, `.txt`; `.ndjson`, `.jsonl`.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }

    /// The word of `--format`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// Why a file cannot be read on. What is wrong with one row is a [`Problem`] of that row instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system's words.
    #[error("{what}: {source}")]
    Io {
        /// Which file, and what was done.
        what: String,
        /// The system's words.
        source: io::Error,
    },
    /// The first row does not name the columns.
    #[error("{0}")]
    Header(String),
    /// It is not text that can be read.
    #[error("{0}")]
    Text(String),
    /// A row is too long.
    #[error(
        "the row that begins on line {line} is longer than {} KiB: rows may be at most that long; a quote (\") may be open \
         that nobody closed",
        ROW_MAX / 1024
    )]
    TooLong {
        /// Where it begins.
        line: u64,
    },
    /// A quoted value does not end.
    #[error(
        "the row that begins on line {line} has a quote (\") that is never closed: close it; a quote inside a value is \
         written twice"
    )]
    OpenQuote {
        /// Where it begins.
        line: u64,
    },
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
