//! The rows of a file, checked one by one.

use std::{
    collections::HashMap,
    io::BufRead,
    sync::{Arc, atomic::AtomicU64},
};

use sha2::{Digest as _, Sha256};

use super::{
    Encoding, Error, Format, Noun, Problem, Row,
    csv::{Csv, delimiter_of},
    header::{Header, is_of_report},
    ndjson::{Lines, Members, text_of},
    source::Source,
};

/// How to read a file.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// What it is about.
    pub noun: Noun,
    /// How it is laid out.
    pub format: Format,
    /// Its encoding; found out when none is given.
    pub encoding: Option<Encoding>,
    /// The delimiter of CSV; likewise.
    pub delimiter: Option<u8>,
    /// Columns that are not known are passed over.
    pub ignore_unknown: bool,
}

/// Reads and checks rows.
pub struct Rows {
    noun: Noun,
    encoding: Encoding,
    ignore_unknown: bool,
    records: Records,
    /// Where each value of a unique column was first seen.
    seen: HashMap<u64, u32>,
    /// Bytes read so far.
    pub position: Arc<AtomicU64>,
}

enum Records {
    Csv(Box<Csv<Box<dyn BufRead + Send>>>, Header),
    Ndjson(Lines<Box<dyn BufRead + Send>>),
}

impl Rows {
    /// Begins to read: encoding, delimiter and header have to be right.
    pub fn new(source: Source, how: Reading) -> Result<Self, Error> {
        let Reading { noun, ignore_unknown, .. } = how;
        let encoding = match how.encoding {
            Some(encoding) => encoding,
            None => source.detected?,
        };
        let records = match how.format {
            Format::Ndjson => Records::Ndjson(Lines::new(source.bytes)),
            Format::Csv => {
                let delimiter = how.delimiter.unwrap_or_else(|| delimiter_of(&source.head));
                let mut csv = Csv::new(source.bytes, delimiter);
                let mut names = Vec::new();
                if csv.advance()?.is_some() {
                    for value in csv.values() {
                        names.push(encoding.decode(value).map_err(|_| not_in(encoding))?.into_owned());
                    }
                } else {
                    return Err(Error::Header(
                        "the file is empty: its first row must name the columns".into(),
                    ));
                }
                Records::Csv(Box::new(csv), Header::read(noun, &names, encoding, ignore_unknown)?)
            }
        };
        Ok(Self { noun, encoding, ignore_unknown, records, seen: HashMap::new(), position: source.position })
    }

    /// The encoding that is read.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The names of the columns for a report of refused rows: as the file has them, by column.
    pub fn names(&self) -> Vec<(usize, String)> {
        match &self.records {
            Records::Csv(_, header) => header.names.clone(),
            Records::Ndjson(_) => {
                self.noun.columns().iter().enumerate().map(|(at, c)| (at, c.name.to_owned())).collect()
            }
        }
    }

    /// The next row; none at the end.
    pub fn advance(&mut self) -> Result<Option<Row>, Error> {
        let columns = self.noun.columns();
        let row = match &mut self.records {
            Records::Csv(csv, header) => csv.advance()?.map(|line| {
                let mut row = Row::new(line, columns.len());
                take_values(&mut row, csv, header, self.encoding, self.noun);
                row
            }),
            Records::Ndjson(lines) => lines.advance()?.map(|line| {
                let mut row = Row::new(line, columns.len());
                take_members(&mut row, lines.bytes(), self.encoding, self.noun, self.ignore_unknown);
                row
            }),
        };
        let Some(mut row) = row else { return Ok(None) };
        self.check(&mut row);
        Ok(Some(row))
    }

    fn check(&mut self, row: &mut Row) {
        if !row.problems.is_empty() {
            return;
        }
        for (index, column) in self.noun.columns().iter().enumerate() {
            let Some(value) = &mut row.cells[index] else {
                if index == 0 {
                    row.problems.push(Problem::new(column.name, "", "missing", column.rule.allowed()));
                }
                continue;
            };
            row.problems.extend(column.check(value).err());
        }
        // A row that is refused anyway does not stand in the way of a right one.
        if !row.problems.is_empty() {
            return;
        }
        let line = u32::try_from(row.line).unwrap_or(u32::MAX);
        for (index, column) in self.noun.columns().iter().enumerate().filter(|(_, c)| c.unique) {
            let Some(value) = row.value(index) else { continue };
            let first = *self.seen.entry(fingerprint(index, value)).or_insert(line);
            if first != line {
                let why = format!("line {first} has the same already");
                row.problems.push(Problem::new(column.name, value, why, "each value once in a file"));
            }
        }
    }
}

/// 64 bits of a value: with a million values the odds that two different ones agree are one in 37 million.
fn fingerprint(column: usize, value: &str) -> u64 {
    let digest =
        Sha256::new().chain_update([u8::try_from(column).unwrap_or(u8::MAX)]).chain_update(value).finalize();
    digest.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn take_values(row: &mut Row, csv: &Csv<impl BufRead>, header: &Header, encoding: Encoding, noun: Noun) {
    let values = csv.values();
    let (found, wanted) = (values.len(), header.places.len());
    let mut surplus = Vec::new();
    for (at, value) in values.enumerate() {
        match header.places.get(at) {
            Some(Some(column)) => {
                let decoded = encoding.decode(value);
                if let Err(lossy) = &decoded {
                    row.problems.push(undecoded(noun.columns()[*column].name, lossy, encoding));
                }
                row.cells[*column] = Some(decoded.map_or_else(|lossy| lossy, Into::into));
            }
            Some(None) => {}
            None => surplus.push(encoding.decode(value).map_or_else(|lossy| lossy, Into::into)),
        }
    }
    if found != wanted {
        let why = format!("{found} values, the header has {wanted} columns");
        let allowed = "as many values as columns; a value with a delimiter, a quote or a line end stands in quotes (\")";
        // What stands here first is what is wrong: a value of the wrong column would be told as well.
        row.problems.insert(0, Problem::new("", &surplus.join(","), why, allowed));
    }
}

fn take_members(row: &mut Row, line: &[u8], encoding: Encoding, noun: Noun, ignore_unknown: bool) {
    let text = match encoding.decode(line) {
        Ok(text) => text,
        Err(lossy) => {
            row.problems.push(undecoded("", &lossy, encoding));
            row.text = Some(lossy);
            return;
        }
    };
    let Members(members) = match serde_json::from_str(&text) {
        Ok(members) => members,
        Err(error) => {
            let why = format!("not a JSON object: {}", without_line(&error));
            let allowed = "one JSON object a line, such as {\"staff_id\":\"123\"}";
            row.problems.push(Problem::new("", &text, why, allowed));
            row.text = Some(text.into_owned());
            return;
        }
    };
    for (name, value) in members {
        let Some(column) = noun.column(&name) else {
            if !ignore_unknown && !is_of_report(&name) {
                let known: Vec<_> = noun.columns().iter().map(|c| c.name).collect();
                let allowed = format!("{}; --ignore-unknown passes over others", known.join(", "));
                row.problems.push(Problem::new(&name, value.get(), "unknown member", allowed));
            }
            continue;
        };
        let place = noun.columns()[column].name;
        if row.cells[column].is_some() {
            row.problems.push(Problem::new(place, value.get(), "given twice", "each member once"));
        }
        let text = text_of(value);
        if let Err(instead) = text {
            let why = format!("{instead} instead of a text");
            row.problems.push(Problem::new(place, value.get(), why, "a text, a number or null"));
        }
        row.cells[column] = Some(text.unwrap_or_else(|_| value.get().to_owned()));
    }
}

/// serde's message without its "at line 1", which is not the file's line.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if error.column() > 0 { format!("{message} at byte {}", error.column()) } else { message.to_owned() }
}

fn undecoded(column: &str, lossy: &str, encoding: Encoding) -> Problem {
    Problem::new(column, lossy, format!("bytes that are not {}", encoding.word()), other(encoding))
}

fn not_in(encoding: Encoding) -> Error {
    Error::Header(format!("the header is not {}: {}", encoding.word(), other(encoding)))
}

fn other(encoding: Encoding) -> String {
    let other = match encoding {
        Encoding::Utf8 => Encoding::Gb18030,
        Encoding::Gb18030 => Encoding::Utf8,
    };
    format!("{}; if the whole file is {other}, say --encoding {other}", encoding.word(), other = other.word())
}
