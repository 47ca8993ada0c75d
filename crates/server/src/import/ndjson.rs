//! Objects of an NDJSON file: one a line.

use std::{fmt, io::BufRead, io::Read as _};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Error, ROW_MAX};

/// Reads lines; blank ones are passed over.
pub(super) struct Lines<R> {
    source: R,
    line: u64,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, line: 0, bytes: Vec::new() }
    }

    /// Goes to the next line that is not blank and gives its number; none at the end.
    pub(super) fn advance(&mut self) -> Result<Option<u64>, Error> {
        loop {
            self.bytes.clear();
            let most = ROW_MAX as u64 + 1;
            let read = (&mut self.source).take(most).read_until(b'\n', &mut self.bytes);
            let read = read.map_err(Error::io("reading the file"))?;
            self.line += 1;
            match read {
                0 => return Ok(None),
                read if read > ROW_MAX => return Err(Error::TooLong { line: self.line }),
                _ if !self.bytes.trim_ascii().is_empty() => return Ok(Some(self.line)),
                _ => {}
            }
        }
    }

    /// The line, without its end.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.trim_ascii_end()
    }
}

/// The members of an object in the order written, those of one name as often as they are there.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A value as text: `123` equals `"123"`, `null` is empty. Otherwise what it is instead.
pub(super) fn text_of(value: &RawValue) -> Result<String, &'static str> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_err(|_| "a text that cannot be read"),
        Some(b'n') => Ok(String::new()),
        Some(b'-' | b'0'..=b'9') => Ok(text.to_owned()),
        Some(b'[') => Err("a list"),
        Some(b'{') => Err("an object"),
        _ => Err("true or false"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_a_name_is_seen_as_often_as_it_is_there() {
        let text = r#"{"a":12345678901234567890123,"b":1.50,"c":"工\n","d":null,"a":[],"e":{},"f":true,"g":"\u0041"}"#;
        let Members(members) = serde_json::from_str(text).expect("an object");
        let found: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), text_of(value))).collect();
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(
            found,
            [
                ("a", ok("12345678901234567890123")),
                ("b", ok("1.50")),
                ("c", ok("工\n")),
                ("d", ok("")),
                ("a", Err("a list")),
                ("e", Err("an object")),
                ("f", Err("true or false")),
                ("g", ok("A")),
            ]
        );
        for wrong in ["", "[]", "1", "{", r#"{"a":1}x"#, r#"{"a"}"#, r#"{"a":"\ud800"}"#] {
            let read =
                serde_json::from_str::<Members<'_>>(wrong).map(|m| m.0.iter().all(|v| text_of(v.1).is_ok()));
            assert!(!matches!(read, Ok(true)), "{wrong}");
        }
    }

    #[test]
    fn blank_lines_count_and_a_line_without_end_is_refused() {
        let mut lines = Lines::new(&b"\n{}\r\n  \n[]"[..]);
        assert_eq!(lines.advance().expect("read"), Some(2));
        assert_eq!(lines.bytes(), b"{}");
        assert_eq!(lines.advance().expect("read"), Some(4));
        assert_eq!(lines.bytes(), b"[]");
        assert_eq!(lines.advance().expect("read"), None);
        let long = vec![b'x'; ROW_MAX + 1];
        assert!(matches!(Lines::new(&long[..]).advance(), Err(Error::TooLong { line: 1 })));
    }
}
