//! Which encoding a file is in, and its text.

use std::borrow::Cow;

use super::Error;

/// An encoding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// GB18030, of which GBK and GB2312 are parts.
    Gb18030,
}

/// What UTF-8 files of some programs begin with.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

impl Encoding {
    /// The word of `--encoding`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
        }
    }

    /// The text of a value. Otherwise what could be read of it, with U+FFFD in the place of what could not.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, String> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes)
                .map(Cow::Borrowed)
                .map_err(|_| String::from_utf8_lossy(bytes).into_owned()),
            Self::Gb18030 => {
                let encoding = encoding_rs::GB18030;
                encoding
                    .decode_without_bom_handling_and_without_replacement(bytes)
                    .ok_or_else(|| encoding.decode_without_bom_handling(bytes).0.into_owned())
            }
        }
    }
}

/// Finds the encoding of a text that is shown piece by piece.
///
/// GB18030 takes nearly any bytes, so "it can be read" says nothing. But bytes of it are hardly ever UTF-8, and a UTF-8
/// file with a few broken places is still mostly UTF-8: whichever there is more of decides.
#[derive(Debug, Default)]
pub(super) struct Detector {
    begun: bool,
    bom: bool,
    wide: bool,
    bytes: u64,
    nulls: u64,
    valid: u64,
    invalid: u64,
}

impl Detector {
    /// Looks at some whole lines.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        if !std::mem::replace(&mut self.begun, true) {
            self.bom = bytes.starts_with(BOM);
            self.wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        }
        self.bytes += bytes.len() as u64;
        self.nulls += memchr::memchr_iter(0, bytes).count() as u64;
        if bytes.is_ascii() {
            return;
        }
        for chunk in bytes.utf8_chunks() {
            self.valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count() as u64;
            self.invalid += u64::from(!chunk.invalid().is_empty());
        }
    }

    /// What it is.
    pub(super) fn found(&self) -> Result<Encoding, Error> {
        if self.wide || self.nulls > self.bytes / 8 {
            return Err(Error::Text(
                "this is UTF-16 or no text at all: save it as CSV in UTF-8 (or GBK) and import that"
                    .to_owned(),
            ));
        }
        Ok(if self.bom || self.invalid <= self.valid { Encoding::Utf8 } else { Encoding::Gb18030 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(bytes: &[u8]) -> Option<Encoding> {
        let mut detector = Detector::default();
        detector.look(bytes);
        detector.found().ok()
    }

    #[test]
    fn an_encoding_is_found_by_what_most_of_the_text_is() {
        let chinese = "工号,姓名\n1,张三\n2,李四\n";
        let (gbk, ..) = encoding_rs::GB18030.encode(chinese);
        assert_eq!(detect(chinese.as_bytes()), Some(Encoding::Utf8));
        assert_eq!(detect(&gbk), Some(Encoding::Gb18030));
        assert_eq!(detect(b"staff_id,name\n1,Ada\n"), Some(Encoding::Utf8));
        assert_eq!(detect(b""), Some(Encoding::Utf8));
        assert_eq!(detect(&[BOM, &gbk].concat()), Some(Encoding::Utf8), "a mark is believed");
        let broken = [chinese.as_bytes(), b"3,\xe5\xbc\n"].concat();
        assert_eq!(detect(&broken), Some(Encoding::Utf8), "a broken place does not make it another encoding");
        let wide: Vec<u8> =
            [0xfeff].into_iter().chain("a,b\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(detect(&wide), None);
        assert_eq!(detect(b"a\0,\0"), None);
    }

    #[test]
    fn what_cannot_be_decoded_is_given_as_far_as_it_can() {
        assert_eq!(Encoding::Utf8.decode("张".as_bytes()).as_deref(), Ok("张"));
        assert_eq!(Encoding::Gb18030.decode(b"\xd5\xc5").as_deref(), Ok("张"));
        assert_eq!(Encoding::Gb18030.decode(b"\x81\x30\x81\x30").as_deref(), Ok("\u{80}"), "four bytes too");
        assert_eq!(Encoding::Utf8.decode(b"a\xff"), Err("a\u{fffd}".to_owned()));
        assert_eq!(Encoding::Gb18030.decode(b"a\xff"), Err("a\u{fffd}".to_owned()));
    }
}
