//! An input as an HTTP message, and what another library reads in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use top::HttpRequest;

/// Larger than any input.
pub(crate) const CAP: usize = 1 << 20;

/// Parameters by name.
pub(crate) type Params = BTreeMap<String, String>;

/// A message as the captured ones are stored: request line, headers, an empty line, the body.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    verb: Cow<'a, str>,
    query: Cow<'a, str>,
    content_type: Cow<'a, str>,
    /// `top-api-separator`.
    pub(crate) separator: Option<Cow<'a, str>>,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes whatever comes for a message: what has no empty line is all head.
    pub(crate) fn of(input: &'a [u8]) -> Message<'a> {
        let end = input.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = end.map_or((input, &[][..]), |end| (&input[..end], &input[end + 4..]));
        let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let mut line = lines.next().unwrap_or_default().splitn(3, |byte| *byte == b' ');
        let verb = String::from_utf8_lossy(line.next().unwrap_or_default());
        let target = line.next().unwrap_or_default();
        let question = target.iter().position(|byte| *byte == b'?').map_or(target.len(), |at| at + 1);
        let headers: Vec<_> = lines
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                Some((&line[..colon], line[colon + 1..].trim_ascii()))
            })
            .collect();
        let header = |name: &str| {
            let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()));
            found.map(|(_, value)| String::from_utf8_lossy(value))
        };
        Message {
            verb,
            query: String::from_utf8_lossy(&target[question..]),
            content_type: header("content-type").unwrap_or_default(),
            separator: header("top-api-separator"),
            body,
        }
    }

    pub(crate) fn http(&self) -> HttpRequest<'_> {
        HttpRequest {
            verb: &self.verb,
            query: &self.query,
            content_type: &self.content_type,
            body: self.body,
        }
    }
}

/// What `form_urlencoded` reads, the last of equal names; it reads broken encoding as something else.
pub(crate) fn urlencoded(form: &[u8], into: &mut Params) {
    into.extend(form_urlencoded::parse(form).map(|(name, value)| (name.into_owned(), value.into_owned())));
}

/// Whether every name and value of a form is well encoded, found without the code under test.
pub(crate) fn well_encoded(form: &[u8]) -> bool {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        [sides.next(), sides.next()].into_iter().flatten().all(|side| {
            let mut decoded = Vec::new();
            let mut bytes = side.iter();
            while let Some(byte) = bytes.next() {
                let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
                decoded.push(match byte {
                    b'+' => b' ',
                    b'%' => match (digit(bytes.next()), digit(bytes.next())) {
                        (Some(high), Some(low)) => u8::try_from(high * 16 + low).expect("two hex digits"),
                        _ => return false,
                    },
                    byte => *byte,
                });
            }
            std::str::from_utf8(&decoded).is_ok()
        })
    })
}

/// Writes parameters as a form.
pub(crate) fn encode(params: &Params) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

/// The parameters that the code under test read.
pub(crate) fn read(request: &top::Request) -> Params {
    request.params().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
