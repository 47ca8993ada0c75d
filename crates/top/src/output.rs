//! In which shape the caller wants its answer.

/// The two formats TOP answers in. `json2` and `xml2` belong to another gateway and are refused (code 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The default when the caller names none.
    #[default]
    Xml,
    /// `format=json`
    Json,
}

/// The shape of an answer: the format, and whether JSON wrappers are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Output {
    /// XML or JSON.
    pub format: Format,
    /// Leave out the root wrapper and every list wrapper. Means nothing for XML and for faults.
    pub simplify: bool,
}

impl Output {
    /// XML, the default of the protocol.
    pub const XML: Output = Output { format: Format::Xml, simplify: false };
    /// JSON with its wrappers.
    pub const JSON: Output = Output { format: Format::Json, simplify: false };
    /// JSON without its wrappers.
    pub const SIMPLE_JSON: Output = Output { format: Format::Json, simplify: true };

    /// The `Content-Type` of the answer. SDKs take the character set from here.
    pub const fn content_type(self) -> &'static str {
        match self.format {
            Format::Xml => "text/xml;charset=UTF-8",
            Format::Json => "text/javascript;charset=UTF-8",
        }
    }

    /// From the decoded parameters. An unknown format is XML here; that it is refused is said elsewhere (23).
    ///
    /// Only the literal `true` simplifies: the new PHP SDK sends `simplify=1` and still unwraps the root itself.
    pub(crate) fn of(format: Option<&str>, simplify: Option<&str>) -> Output {
        let format = if format == Some("json") { Format::Json } else { Format::Xml };
        Output { format, simplify: format == Format::Json && simplify == Some("true") }
    }

    /// The best guess for a request that cannot be read: looks for the plain text only, later ones win.
    pub(crate) fn guess(query: &[u8], body: &[u8]) -> Output {
        let (mut format, mut simplify) = (None, None);
        for pair in query.split(|b| *b == b'&').chain(body.split(|b| *b == b'&')) {
            if let Some(value) = pair.strip_prefix(b"format=") {
                format = std::str::from_utf8(value).ok();
            } else if let Some(value) = pair.strip_prefix(b"simplify=") {
                simplify = std::str::from_utf8(value).ok();
            }
        }
        Output::of(format, simplify)
    }
}
