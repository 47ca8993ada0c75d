//! The file of refused rows: what was wrong with each, and its values, so that it can be corrected and imported again.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use super::{Error, Format, Problem, Row, encoding::BOM, header::REFUSED};

/// What a CSV report begins with.
const FIRST_COLUMN: &str = "refused_line";
/// What a line of an NDJSON report begins with.
const FIRST_MEMBER: &str = "{\"refused\":";

/// A report under way.
#[derive(Debug)]
pub struct Report {
    path: PathBuf,
    file: File,
    format: Format,
    /// The columns of the file that is imported, with the names it gives them.
    names: Vec<(usize, String)>,
    length: u64,
}

impl Report {
    /// Begins a report, in the place of an earlier one; with `keep`, goes on with one after so many bytes of it. A file that
    /// is no report is not touched.
    pub fn open(
        path: &Path,
        format: Format,
        names: Vec<(usize, String)>,
        keep: Option<u64>,
    ) -> Result<Self, Error> {
        let failed = || format!("cannot write the report {}", path.display());
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(Error::io(failed()))?;
        let mut begin = Vec::new();
        (&mut file).take(64).read_to_end(&mut begin).map_err(Error::io(failed()))?;
        let text = begin.strip_prefix(BOM).unwrap_or(&begin);
        let ours = text.starts_with(FIRST_COLUMN.as_bytes()) || text.starts_with(FIRST_MEMBER.as_bytes());
        if !text.is_empty() && !ours {
            return Err(Error::Text(format!(
                "{} is there and is not the report of an earlier import: name another file with --errors",
                path.display()
            )));
        }
        let there = file.metadata().map_err(Error::io(failed()))?.len();
        let keep = keep.unwrap_or(0);
        if there < keep {
            return Err(Error::Text(format!(
                "{} is not the report that the import began with ({there} bytes, it had {keep}): name that one with \
                 --errors, or begin anew with --restart",
                path.display()
            )));
        }
        file.set_len(keep).map_err(Error::io(failed()))?;
        file.seek(SeekFrom::Start(keep)).map_err(Error::io(failed()))?;
        let mut report = Self { path: path.to_owned(), file, format, names, length: keep };
        if keep == 0 && format == Format::Csv {
            report.begin()?;
        }
        Ok(report)
    }

    /// How long it is. What it says up to here is on disk after [`Report::sync`].
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds a row.
    pub fn refuse(&mut self, row: &Row) -> Result<(), Error> {
        match self.format {
            Format::Csv => {
                let each = |part: fn(&Problem) -> &str| {
                    row.problems.iter().map(part).collect::<Vec<_>>().join(" | ")
                };
                let mut values = vec![
                    row.line.to_string(),
                    each(|p| &p.column),
                    each(|p| &p.value),
                    each(|p| &p.why),
                    each(|p| &p.allowed),
                ];
                let cells = self.names.iter().map(|(at, _)| row.cells[*at].clone().unwrap_or_default());
                values.extend(cells);
                self.csv(&values)
            }
            Format::Ndjson => {
                let mut object = Map::new();
                let mut refused = json!({"line": row.line, "problems": row.problems});
                if let Some(text) = &row.text {
                    refused["text"] = text.as_str().into();
                }
                object.insert(REFUSED.to_owned(), refused);
                for (at, name) in &self.names {
                    if let Some(value) = &row.cells[*at] {
                        object.insert(name.clone(), value.as_str().into());
                    }
                }
                let mut line = Value::Object(object).to_string();
                line.push('\n');
                self.write(line.as_bytes())
            }
        }
    }

    /// Puts on disk what was added.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io(format!("cannot write the report {}", self.path.display())))
    }

    fn begin(&mut self) -> Result<(), Error> {
        // Without the mark, spreadsheets take it for the local encoding.
        self.write(BOM)?;
        let ours = [FIRST_COLUMN, "refused_column", "refused_value", "refused_why", "refused_allowed"];
        let names = self.names.iter().map(|(_, name)| name.clone());
        let header: Vec<String> = ours.into_iter().map(str::to_owned).chain(names).collect();
        self.csv(&header)
    }

    fn csv(&mut self, values: &[String]) -> Result<(), Error> {
        let mut writer =
            ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
        let failed = |error: std::io::Error| Error::io("cannot write a row of the report")(error);
        writer.write_record(values).map_err(|error| failed(error.into()))?;
        let line = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        self.write(&line)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.length += bytes.len() as u64;
        let written = self.file.write_all(bytes);
        written.map_err(Error::io(format!("cannot write the report {}", self.path.display())))
    }
}
