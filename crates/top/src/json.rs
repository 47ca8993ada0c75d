//! A forgiving JSON reader.
//!
//! Callers write arguments by hand or hand a Python `dict` to an SDK that sends its `repr`. So besides JSON it
//! takes single-quoted strings, `None`, `True`, `False`, a `u` before a string, an `L` after a number, Python's
//! `\x` and `\U`, and control characters inside strings. What has no clear meaning (text after the value, a
//! missing quote, half a surrogate pair) is refused.

use std::borrow::Cow;

/// Deeper nesting is refused: no API needs it, and a reader that calls itself must stop somewhere.
const MAX_DEPTH: u32 = 64;

/// Not JSON, not even nearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A JSON value. Strings without escapes, and numbers, borrow the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Boolean(bool),
    /// As it was written, which is how it becomes text.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// In the order written; a name may occur more than once.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// Reads one value, with nothing but white space around it.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, Malformed> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.value(MAX_DEPTH)?;
    if reader.peek().is_some() { Err(Malformed) } else { Ok(node) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blank;
        rest.get(blank).copied()
    }

    fn take(&mut self, expected: u8) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u32) -> Result<Node<'a>, Malformed> {
        let deeper = depth.checked_sub(1).ok_or(Malformed)?;
        match self.peek().ok_or(Malformed)? {
            b'{' => self.object(deeper),
            b'[' => self.list(deeper),
            b'"' | b'\'' | b'u' => self.string().map(Node::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: u32) -> Result<Node<'a>, Malformed> {
        self.at += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Node::Object(members));
        }
        loop {
            self.peek();
            let name = self.string()?;
            if !self.take(b':') {
                return Err(Malformed);
            }
            members.push((name, self.value(depth)?));
            if self.take(b'}') {
                return Ok(Node::Object(members));
            }
            if !self.take(b',') {
                return Err(Malformed);
            }
        }
    }

    fn list(&mut self, depth: u32) -> Result<Node<'a>, Malformed> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Node::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.take(b']') {
                return Ok(Node::List(items));
            }
            if !self.take(b',') {
                return Err(Malformed);
            }
        }
    }

    fn word(&mut self) -> Result<Node<'a>, Malformed> {
        let words = [
            ("null", Node::Null),
            ("None", Node::Null),
            ("true", Node::Boolean(true)),
            ("True", Node::Boolean(true)),
            ("false", Node::Boolean(false)),
            ("False", Node::Boolean(false)),
        ];
        let rest = &self.text[self.at..];
        let (word, node) = words.into_iter().find(|(word, _)| rest.starts_with(word)).ok_or(Malformed)?;
        self.at += word.len();
        Ok(node)
    }

    fn number(&mut self) -> Result<Node<'a>, Malformed> {
        let rest = &self.text[self.at..];
        let length =
            rest.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
        let number = &rest[..length];
        if !is_number(number) {
            return Err(Malformed);
        }
        // Python 2 writes long integers as 1L.
        self.at += length + usize::from(rest[length..].starts_with('L'));
        Ok(Node::Number(number))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Malformed> {
        let bytes = self.text.as_bytes();
        // Python 2 writes u'…'.
        self.at += usize::from(bytes.get(self.at) == Some(&b'u'));
        let quote = *bytes.get(self.at).filter(|b| matches!(b, b'"' | b'\'')).ok_or(Malformed)?;
        self.at += 1;
        let mut owned = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = memchr::memchr2(quote, b'\\', rest.as_bytes()).ok_or(Malformed)?;
            let plain = &rest[..end];
            self.at += end + 1;
            if rest.as_bytes()[end] == quote {
                return Ok(if owned.is_empty() {
                    Cow::Borrowed(plain)
                } else {
                    owned.push_str(plain);
                    Cow::Owned(owned)
                });
            }
            owned.push_str(plain);
            self.escape(&mut owned)?;
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self, out: &mut String) -> Result<(), Malformed> {
        let kind = *self.text.as_bytes().get(self.at).ok_or(Malformed)?;
        self.at += 1;
        out.push(match kind {
            b'"' | b'\'' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.utf16()?,
            b'U' => char::from_u32(self.hex(8)?).ok_or(Malformed)?,
            b'x' => return self.python_bytes(out),
            _ => return Err(Malformed),
        });
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Result<u32, Malformed> {
        let text = self.text.get(self.at..self.at + digits).ok_or(Malformed)?;
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Malformed);
        }
        self.at += digits;
        u32::from_str_radix(text, 16).map_err(|_| Malformed)
    }

    /// One `\uXXXX`, or two of them that are a surrogate pair.
    fn utf16(&mut self) -> Result<char, Malformed> {
        let first = self.hex(4)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(Malformed);
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Err(Malformed);
        }
        self.at += 2;
        let second = self.hex(4)?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(Malformed)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + second).ok_or(Malformed)
    }

    /// A run of `\xNN`. Python 2 writes UTF-8 bytes this way, Python 3 characters below U+0100 that cannot be
    /// shown; the latter never look like the former, because Python 3 shows every letter that is a lead byte.
    fn python_bytes(&mut self, out: &mut String) -> Result<(), Malformed> {
        let mut bytes = Vec::new();
        loop {
            bytes.push(u8::try_from(self.hex(2)?).map_err(|_| Malformed)?);
            if !self.text[self.at..].starts_with("\\x") {
                break;
            }
            self.at += 2;
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => out.push_str(text),
            Err(_) => out.extend(bytes.into_iter().map(char::from)),
        }
        Ok(())
    }
}

/// `-?digits(.digits)?([eE][+-]?digits)?`; leading zeros are let through, since a String member keeps them.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Result<String, Malformed> {
        match parse(json)? {
            Node::Text(text) => Ok(text.into_owned()),
            other => panic!("{json} is {other:?}"),
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(text(r#""a\/b\\\"\n\u5ba2\ud83d\ude00""#).unwrap(), "a/b\\\"\n客😀");
        assert_eq!(text(r"'it\'s \U0001f600'").unwrap(), "it's 😀");
        assert_eq!(text(r"'\xe5\xae\xa2\xa0\x07'").unwrap(), "å®¢\u{a0}\u{7}");
        assert_eq!(text(r"u'\xe5\xae\xa2'").unwrap(), "客");
        assert_eq!(text(r"'\xa0'").unwrap(), "\u{a0}");
        for bad in
            [r#""\ud83d""#, r#""\ud83dx""#, r#""\ud83d\u0041""#, r#""\u12""#, r#""\q""#, r#""\"#, "\"a"]
        {
            assert_eq!(parse(bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn strings_without_escapes_borrow() {
        assert!(matches!(parse("\"客服\""), Ok(Node::Text(Cow::Borrowed("客服")))));
    }

    #[test]
    fn python_text() {
        let node = parse("{u'a': None, 'b': [True, 12L], \"c\": 'x\"y'}").unwrap();
        let Node::Object(members) = node else { panic!("an object") };
        assert_eq!(members[0], (Cow::Borrowed("a"), Node::Null));
        assert_eq!(members[1].1, Node::List(vec![Node::Boolean(true), Node::Number("12")]));
        assert_eq!(members[2].1, Node::Text(Cow::Borrowed("x\"y")));
    }

    #[test]
    fn refuses_what_is_not_one_value() {
        for bad in [
            "",
            " ",
            "{",
            "{}}",
            "{} x",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1,]",
            "[1 2]",
            "nul",
            "+1",
            "-",
            "1.",
            ".5",
            "1e",
            "--1",
            "u",
            "undefined",
            "NaN",
            "{\"a\":1",
        ] {
            assert_eq!(parse(bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(64)).is_ok());
        assert_eq!(parse(&nested(65)), Err(Malformed));
        assert_eq!(parse(&"[".repeat(1 << 20)), Err(Malformed));
    }
}
