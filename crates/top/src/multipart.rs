//! Text parts of a `multipart/form-data` body, as loosely as the SDKs write it.
//!
//! Accepted because a client sends it: a line break before the first boundary and no spaces in part headers
//! (Java, .NET), a blank after the file name's closing quote and no line break after the final boundary (PHP),
//! the disposition `file` (Python), text parts without a content type (C). File parts are skipped: they are
//! neither signed nor arguments of any API here.

use memchr::memmem;

use crate::params::Gathering;

/// No boundary, or a part that does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The boundary named in a content type, quoted or not.
pub(crate) fn boundary(content_type: &str) -> Option<&[u8]> {
    let value = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    (!value.is_empty()).then_some(value.as_bytes())
}

/// Adds every text part of `body`.
pub(crate) fn read(body: &[u8], boundary: &[u8], into: &mut Gathering) -> Result<(), Malformed> {
    let delimiter = [b"--", boundary].concat();
    let mut part: Option<usize> = None;
    for at in memmem::find_iter(body, &delimiter) {
        let Some(before) = line_start(body, at) else { continue };
        let Some(after) = rest_of_line(&body[at + delimiter.len()..]) else { continue };
        if let Some(start) = part {
            // The line break before a delimiter belongs to the delimiter; an empty part has none of its own.
            read_part(&body[start..before.max(start)], into);
        }
        match after {
            Line::Last => return Ok(()),
            Line::Next(length) => part = Some(at + delimiter.len() + length),
        }
    }
    Err(Malformed)
}

/// Where the line break before `at` begins; `None` if `at` is inside a line.
fn line_start(body: &[u8], at: usize) -> Option<usize> {
    match &body[..at] {
        [] => Some(0),
        [.., b'\r', b'\n'] => Some(at - 2),
        [.., b'\n'] => Some(at - 1),
        _ => None,
    }
}

enum Line {
    /// `--`: no part follows.
    Last,
    /// A part begins so many bytes later.
    Next(usize),
}

/// What follows a delimiter; `None` if this was only text that begins like one.
fn rest_of_line(rest: &[u8]) -> Option<Line> {
    if rest.starts_with(b"--") {
        return Some(Line::Last);
    }
    let end = memchr::memchr(b'\n', rest)?;
    rest[..end].iter().all(|b| matches!(b, b' ' | b'\t' | b'\r')).then_some(Line::Next(end + 1))
}

/// A part that has no name, or that is a file, adds nothing.
fn read_part(part: &[u8], into: &mut Gathering) {
    let mut rest = part;
    let mut name = None;
    let mut file = false;
    loop {
        let Some(end) = memchr::memchr(b'\n', rest) else { return };
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        if let Some(disposition) = header(line, b"content-disposition") {
            for (key, value) in Parameters(disposition) {
                match key {
                    b"name" => name = Some(value),
                    b"filename" | b"filename*" => file = true,
                    _ => {}
                }
            }
        }
    }
    match name {
        Some(name) if !file && memchr::memchr(b'\\', name).is_none() => into.pair(name, rest),
        Some(name) if !file => into.pair(&unescape(name), rest),
        _ => {}
    }
}

fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let colon = memchr::memchr(b':', line)?;
    line[..colon].trim_ascii().eq_ignore_ascii_case(name).then(|| &line[colon + 1..])
}

/// `form-data; name="x"; filename="y" `: the pairs, with quotes taken off but `\"` left as it is.
struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.0.iter().position(|b| !matches!(b, b' ' | b'\t' | b';'))?;
            let rest = &self.0[start..];
            let end = rest.iter().position(|b| matches!(b, b'=' | b';')).unwrap_or(rest.len());
            let key = rest[..end].trim_ascii_end();
            let Some(value) = rest[end..].strip_prefix(b"=") else {
                self.0 = &rest[end..];
                continue;
            };
            let value = value.trim_ascii_start();
            let (value, after) = if let Some(quoted) = value.strip_prefix(b"\"") {
                let end = closing_quote(quoted);
                (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
            } else {
                let end = memchr::memchr(b';', value).unwrap_or(value.len());
                (value[..end].trim_ascii_end(), &value[end..])
            };
            self.0 = after;
            return Some((key, value));
        }
    }
}

fn closing_quote(text: &[u8]) -> usize {
    memchr::memchr_iter(b'"', text).find(|at| *at == 0 || text[at - 1] != b'\\').unwrap_or(text.len())
}

/// Only `\"` is an escape: names may hold backslashes that mean themselves.
fn unescape(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    for (at, byte) in name.iter().enumerate() {
        if *byte != b'\\' || name.get(at + 1) != Some(&b'"') {
            out.push(*byte);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(body: &str, boundary: &str) -> Result<Vec<(String, String)>, Malformed> {
        let mut gathering = Gathering::with_capacity(body.len());
        read(body.as_bytes(), boundary.as_bytes(), &mut gathering)?;
        let params = gathering.finish().unwrap();
        Ok(params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn finds_the_boundary_wherever_it_stands() {
        for content_type in [
            "multipart/form-data; boundary=abc",
            "multipart/form-data;charset=UTF-8;boundary=abc",
            "multipart/form-data; BOUNDARY=\"abc\"; charset=utf-8",
        ] {
            assert_eq!(boundary(content_type), Some(&b"abc"[..]), "{content_type}");
        }
        assert_eq!(boundary("multipart/form-data"), None);
        assert_eq!(boundary("multipart/form-data; boundary="), None);
    }

    #[test]
    fn a_delimiter_is_a_whole_line() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--b\r\n--bb\r\n\r\n--b--";
        assert_eq!(pairs(body, "b").unwrap(), owned(&[("a", "x--b\r\n--bb\r\n")]));
    }

    #[test]
    fn empty_parts_names_with_quotes_and_bare_names() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"a\\\"\\c\"\r\n\r\n\r\n--b \r\n\
                    content-disposition:form-data;name=d\r\n\r\n1\r\n--b--\r\n";
        assert_eq!(pairs(body, "b").unwrap(), owned(&[("a\"\\c", ""), ("d", "1")]));
    }

    #[test]
    fn parts_without_name_or_end_of_headers_add_nothing() {
        let body = "--b\r\nX: y\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n--b--";
        assert_eq!(pairs(body, "b").unwrap(), owned(&[]));
    }

    #[test]
    fn bare_line_feeds_will_do_and_an_extended_file_name_is_a_file_name() {
        let body = "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n2\n\
                    --b\nContent-Disposition: form-data; name=\"f\"; filename*=utf-8''x\n\n3\n--b--\n";
        assert_eq!(pairs(body, "b").unwrap(), owned(&[("a", "1\n2")]));
    }

    #[test]
    fn refuses_what_has_no_end() {
        assert_eq!(
            pairs("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n", "b"),
            Err(Malformed)
        );
        assert_eq!(pairs("", "b"), Err(Malformed));
    }
}
