//! Rows of a CSV file, with the line each begins on.

use std::io::BufRead;

use csv_core::ReadRecordResult as Got;

use super::{Error, ROW_MAX};

/// The most values of a row.
const VALUES_MAX: usize = 1024;

/// Reads rows; a value is bytes in the file's encoding. That is sound for GB18030 too: the bytes of delimiters, quotes and
/// line ends are never part of its characters.
pub(super) struct Csv<R> {
    source: R,
    core: csv_core::Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl<R: BufRead> Csv<R> {
    pub(super) fn new(source: R, delimiter: u8) -> Self {
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { source, core, bytes: vec![0; 4096], ends: vec![0; 64], count: 0 }
    }

    /// Goes to the next row that is not blank, and gives the line it begins on; none at the end.
    pub(super) fn advance(&mut self) -> Result<Option<u64>, Error> {
        loop {
            let Some(line) = self.read()? else { return Ok(None) };
            if self.values().any(|value| !value.is_empty()) {
                return Ok(Some(line));
            }
        }
    }

    /// The values of the row.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.count).map(|at| {
            let begin = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.bytes[begin..self.ends[at]]
        })
    }

    fn read(&mut self) -> Result<Option<u64>, Error> {
        self.skip_blank_lines()?;
        let line = self.core.line();
        let (mut filled, mut begun) = (0, false);
        self.count = 0;
        loop {
            let input = self.source.fill_buf().map_err(Error::io("reading the file"))?;
            let at_end = input.is_empty();
            if at_end && !begun {
                return Ok(None);
            }
            // The last row may lack its line end; if it is not over even with one, a quote is open.
            let input = if at_end { b"\n" } else { input };
            let (got, read, wrote, values) =
                self.core.read_record(input, &mut self.bytes[filled..], &mut self.ends[self.count..]);
            if !at_end {
                self.source.consume(read);
            }
            begun = true;
            filled += wrote;
            self.count += values;
            match got {
                Got::InputEmpty if at_end => return Err(Error::OpenQuote { line }),
                Got::InputEmpty => {}
                Got::OutputFull if filled < ROW_MAX => self.bytes.resize(self.bytes.len() * 2, 0),
                Got::OutputEndsFull if self.count < VALUES_MAX => self.ends.resize(self.ends.len() * 2, 0),
                Got::OutputFull | Got::OutputEndsFull => return Err(Error::TooLong { line }),
                Got::Record => return Ok(Some(line)),
                Got::End => return Ok(None),
            }
        }
    }

    /// The parser would pass them over too, but say that the row begins on the first of them.
    fn skip_blank_lines(&mut self) -> Result<(), Error> {
        loop {
            let input = self.source.fill_buf().map_err(Error::io("reading the file"))?;
            let Some(first) = input.first().filter(|b| matches!(b, b'\r' | b'\n')) else { return Ok(()) };
            if *first == b'\n' {
                self.core.set_line(self.core.line() + 1);
            }
            self.source.consume(1);
        }
    }
}

/// The delimiter of a header row: which of comma, semicolon and tab it has most of, outside quotes.
pub(super) fn delimiter_of(header: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            byte if !quoted => counts.iter_mut().filter(|(d, _)| d == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    // The first of equals.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    /// Rows with their lines, read through a buffer of so many bytes.
    fn read(text: &str, delimiter: u8, buffer: usize) -> Result<Vec<(u64, Vec<String>)>, Error> {
        let mut csv = Csv::new(BufReader::with_capacity(buffer, text.as_bytes()), delimiter);
        let mut rows = Vec::new();
        while let Some(line) = csv.advance()? {
            let values = csv.values().map(|v| String::from_utf8(v.to_vec()).expect("UTF-8"));
            rows.push((line, values.collect()));
        }
        Ok(rows)
    }

    #[test]
    fn a_row_is_known_by_the_line_it_begins_on() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "1,\"x", "y\"", "", "", "2,z", ",", "3,\"q\"\"q\""].join(end);
            for last in ["", end, &end.repeat(3)] {
                for buffer in [1, 2, 3, 7, 64] {
                    let rows = read(&format!("{text}{last}"), b',', buffer).expect("rows");
                    let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
                    assert_eq!(lines, [1, 3, 7, 9], "{end:?} {last:?} {buffer}");
                    assert_eq!(rows[1].1, ["1", &format!("x{end}y")]);
                    assert_eq!(rows[3].1, ["3", "q\"q"]);
                }
            }
        }
        assert_eq!(read("", b',', 8).expect("rows"), []);
        assert_eq!(read("\n\r\n\n", b',', 8).expect("rows"), []);
        assert_eq!(read("a\rb\r", b',', 1).expect("rows").len(), 2, "old Macintosh line ends");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_with_its_line_and_not_a_long_value() {
        for text in ["a,b\n1,\"x\n2,y\n", "a,b\n1,\"x", "a,b\n1,\"", "a,b\n1,\"x\"\""] {
            assert!(matches!(read(text, b',', 3), Err(Error::OpenQuote { line: 2 })), "{text:?}");
        }
        let long = format!("a,b\n1,\"{}", "x\n".repeat(ROW_MAX));
        assert!(matches!(read(&long, b',', 8192), Err(Error::TooLong { line: 2 })));
        let wide = format!("a,b\n{}", ",x".repeat(VALUES_MAX));
        assert!(matches!(read(&wide, b',', 8192), Err(Error::TooLong { line: 2 })));
    }

    #[test]
    fn a_delimiter_is_what_the_header_has_most_of_outside_quotes() {
        for (header, delimiter) in [
            ("a,b;c,d", b','),
            ("a;b;c,d\n,,,,,", b';'),
            ("a\tb", b'\t'),
            ("\"a,b,c\";d", b';'),
            ("alone", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter_of(header.as_bytes()), delimiter, "{header}");
        }
    }

    proptest! {
        #[test]
        fn what_a_csv_writer_writes_is_read_back(
            rows in prop::collection::vec(prop::collection::vec("[a\",;\r\n \t工]{0,6}", 3), 1..8),
            buffer in 1_usize..40,
        ) {
            // A row of nothing but empty values is a blank line.
            let rows: Vec<_> = rows.into_iter().filter(|row| row.iter().any(|v| !v.is_empty())).collect();
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("written");
            }
            let text = String::from_utf8(writer.into_inner().expect("written")).expect("UTF-8");
            let found: Vec<Vec<String>> =
                read(&text, b',', buffer).expect("rows").into_iter().map(|(_, values)| values).collect();
            prop_assert_eq!(found, rows);
        }
    }
}
