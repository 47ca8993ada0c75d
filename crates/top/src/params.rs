//! Decoded parameters: one text that holds them all, and where each name and value lies in it.

use std::cmp::Ordering;

/// A percent sign without two hex digits, or bytes that are not UTF-8 (code 47).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadEncoding;

#[derive(Debug, Clone, Copy)]
struct Span {
    name: usize,
    value: usize,
    end: usize,
}

/// Parameters in the order of their names (by bytes, which is the order a signature needs), each name once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    text: String,
    spans: Vec<Span>,
}

impl Params {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.spans.binary_search_by(|span| self.text[span.name..span.value].cmp(name)).ok()?;
        Some(&self.text[self.spans[found].value..self.spans[found].end])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.spans.iter().map(|span| (&self.text[span.name..span.value], &self.text[span.value..span.end]))
    }
}

/// Gathers parameters from several places. A later one replaces an earlier one of the same name.
pub(crate) struct Gathering {
    text: Vec<u8>,
    spans: Vec<Span>,
}

impl Gathering {
    /// `bytes`: an upper bound of the decoded text, so that it is allocated once.
    pub(crate) fn with_capacity(bytes: usize) -> Gathering {
        Gathering { text: Vec::with_capacity(bytes), spans: Vec::with_capacity(16) }
    }

    /// Adds a pair as it is.
    pub(crate) fn pair(&mut self, name: &[u8], value: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(name);
        let middle = self.text.len();
        self.text.extend_from_slice(value);
        self.spans.push(Span { name: start, value: middle, end: self.text.len() });
    }

    /// Adds `a=1&b=2`; `+` is a space. Empty segments (`&&`) say nothing and are passed over.
    pub(crate) fn urlencoded(&mut self, form: &[u8]) -> Result<(), BadEncoding> {
        for pair in form.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            let name = self.text.len();
            self.decode(&pair[..equals])?;
            let value = self.text.len();
            self.decode(pair.get(equals + 1..).unwrap_or_default())?;
            self.spans.push(Span { name, value, end: self.text.len() });
        }
        Ok(())
    }

    fn decode(&mut self, mut rest: &[u8]) -> Result<(), BadEncoding> {
        while let Some(at) = memchr::memchr2(b'%', b'+', rest) {
            self.text.extend_from_slice(&rest[..at]);
            if rest[at] == b'+' {
                self.text.push(b' ');
                rest = &rest[at + 1..];
            } else {
                let [high, low] = *rest.get(at + 1..at + 3).ok_or(BadEncoding)? else {
                    return Err(BadEncoding);
                };
                let (high, low) = hex(high).zip(hex(low)).ok_or(BadEncoding)?;
                self.text.push(high << 4 | low);
                rest = &rest[at + 3..];
            }
        }
        self.text.extend_from_slice(rest);
        Ok(())
    }

    /// Checks the encoding, sorts, and keeps the last of equal names.
    pub(crate) fn finish(self) -> Result<Params, BadEncoding> {
        // The whole text being valid is not enough: half a character at the end of one value may be
        // completed by the beginning of the next name. So every border must also lie between characters.
        let text = String::from_utf8(self.text).map_err(|_| BadEncoding)?;
        let mut spans = self.spans;
        if spans.iter().any(|span| !text.is_char_boundary(span.name) || !text.is_char_boundary(span.value)) {
            return Err(BadEncoding);
        }
        let name = |span: &Span| &text[span.name..span.value];
        spans.sort_by(|a, b| name(a).cmp(name(b)));
        spans.dedup_by(|later, kept| {
            let same = name(later).cmp(name(kept)) == Ordering::Equal;
            if same {
                *kept = *later;
            }
            same
        });
        Ok(Params { text, spans })
    }
}

/// The value of a hex digit in either case.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<Vec<(String, String)>, BadEncoding> {
        let mut gathering = Gathering::with_capacity(form.len());
        gathering.urlencoded(form.as_bytes())?;
        Ok(gathering.finish()?.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    }

    #[test]
    fn decodes_plus_and_percent_in_names_and_values() {
        assert_eq!(
            read("b=%2B+%e5%AE%A2&a%20=1").unwrap(),
            [("a ".to_owned(), "1".to_owned()), ("b".to_owned(), "+ 客".to_owned())]
        );
    }

    #[test]
    fn a_name_without_a_value_is_empty_and_values_keep_equals_signs() {
        assert_eq!(
            read("a&b=1=2&&").unwrap(),
            [("a".to_owned(), String::new()), ("b".to_owned(), "1=2".to_owned())]
        );
    }

    #[test]
    fn the_last_of_equal_names_wins() {
        assert_eq!(read("x=1&a=0&x=2&x=3").unwrap()[1], ("x".to_owned(), "3".to_owned()));
    }

    #[test]
    fn refuses_broken_encoding_even_when_neighbours_complete_it() {
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%E5%AE", "a=%E5%AE&%A2=1", "%E5=%AE%A2"] {
            assert_eq!(read(bad), Err(BadEncoding), "{bad}");
        }
    }
}
