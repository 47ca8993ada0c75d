//! `GET B/files/{id}` and `…/thumb`: the bytes, for who may see them.
//!
//! Invariant: what a browser is told to show is a picture or sound by its content. Everything else is to be saved, and
//! nothing may run.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use store::blobs::Blob;
use tokio_util::io::ReaderStream;

use super::upload::id_of;
use crate::{
    app::App,
    chat::{Refused, Seated},
    domain::attachment::{self, Attachment, Looked},
    media,
};

/// How much is read from the disk at a time.
const CHUNK: usize = 64 << 10;
/// The bytes of a file never change; a day, so that a phone that was handed on forgets.
const CACHE: &str = "private, max-age=86400, immutable";
/// What may stand unescaped in a name's extended form: `attr-char` of RFC 8187.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

const RECALLED: Refused =
    Refused::new(StatusCode::GONE, "recalled", "这个文件已被撤回", "This file was recalled");

/// What the address may say.
#[derive(Debug, Deserialize)]
pub struct How {
    /// To be saved, although a browser could show it.
    #[serde(default)]
    download: Option<String>,
}

/// The file.
pub async fn file(
    State(app): State<Arc<App>>,
    seated: Seated,
    Path(path): Path<BTreeMap<String, String>>,
    how: Result<Query<How>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let file = look(&app, &seated, &path).await?;
    let is_asked = how.is_ok_and(|Query(how)| how.download.is_some());
    let blob = open(&app, &file.blob).await?;
    let shown = Shown {
        media_type: &file.media_type,
        disposition: disposition(&file, is_asked || !media::is_shown(&file.media_type)),
        etag: &file.blob,
    };
    answer(blob, &shown, &headers).await
}

/// The small picture.
pub async fn thumb(
    State(app): State<Arc<App>>,
    seated: Seated,
    Path(path): Path<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let file = look(&app, &seated, &path).await?;
    let name = file.thumb.as_deref().ok_or(Refused::NOT_FOUND)?;
    let mut blob = open(&app, name).await?;
    let media_type = if blob.begin(4).await? == b"RIFF" { "image/webp" } else { "image/jpeg" };
    let shown = Shown { media_type, disposition: "inline".to_owned(), etag: name };
    answer(blob, &shown, &headers).await
}

async fn look(app: &App, seated: &Seated, path: &BTreeMap<String, String>) -> Result<Attachment, Refused> {
    let id = id_of(path)?;
    let seat = seated.seat.clone();
    match app.store.read("attachment.look", move |r| attachment::look(r, &seat, id)).await? {
        Looked::Seen(file) => Ok(*file),
        Looked::Recalled => Err(RECALLED),
        Looked::Nothing => Err(Refused::NOT_FOUND),
    }
}

async fn open(app: &App, name: &str) -> Result<Blob, Refused> {
    let found = app.blobs.read(name).await?;
    found.ok_or_else(|| {
        let folder = app.blobs.folder().display();
        tracing::error!(blob = name, %folder, "a file's bytes are not there; is it the folder that all servers share?");
        Refused::NOT_FOUND
    })
}

/// How a file is given.
struct Shown<'a> {
    media_type: &'a str,
    disposition: String,
    /// The content's digest.
    etag: &'a str,
}

async fn answer(blob: Blob, shown: &Shown<'_>, asked: &HeaderMap) -> Result<Response, Refused> {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let etag = format!("\"{}\"", shown.etag);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CACHE_CONTROL, CACHE),
        (header::VARY, "cookie"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::ACCEPT_RANGES, "bytes"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(header::ETAG, value(&etag)?);
    let known = text(header::IF_NONE_MATCH).unwrap_or_default();
    if known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == etag || one == "*") {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, value(shown.media_type)?);
    headers.insert(header::CONTENT_DISPOSITION, value(&shown.disposition)?);
    let bytes = blob.bytes();
    // A part of another version would be wrong; there is no other version.
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|known| known == etag));
    let (status, part) = match range.map_or(Part::Whole, |range| part(range, bytes)) {
        Part::Whole => (StatusCode::OK, 0..=bytes.saturating_sub(1)),
        Part::Some(part) => {
            let told = format!("bytes {}-{}/{bytes}", part.start(), part.end());
            headers.insert(header::CONTENT_RANGE, value(&told)?);
            (StatusCode::PARTIAL_CONTENT, part)
        }
        Part::None => {
            headers.insert(header::CONTENT_RANGE, value(&format!("bytes */{bytes}"))?);
            headers.remove(header::CONTENT_DISPOSITION);
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    let length = (part.end() - part.start() + 1).min(bytes);
    headers.insert(header::CONTENT_LENGTH, length.into());
    let content = blob.part(*part.start(), length).await?;
    Ok((status, headers, Body::from_stream(ReaderStream::with_capacity(content, CHUNK))).into_response())
}

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Some(RangeInclusive<u64>),
    None,
}

/// Reads a `Range`. One that is no range, or several, is answered with the whole, as one may.
fn part(range: &str, bytes: u64) -> Part {
    let Ok(parsed) = http_range_header::parse_range_header(range) else { return Part::Whole };
    match parsed.validate(bytes) {
        Ok(parts) => match parts.as_slice() {
            [part] => Part::Some(part.clone()),
            _ => Part::Whole,
        },
        Err(_) => Part::None,
    }
}

/// How the browser is to take it, and under which name it is saved: for old ones in ASCII, for all others as it is.
fn disposition(file: &Attachment, is_saved: bool) -> String {
    let how = if is_saved { "attachment" } else { "inline" };
    let plain: String =
        file.name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    // A quote or a backslash is none of a cleaned name's, and would end the text.
    let plain = plain.replace(['"', '\\'], "_");
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(&file.name, NAME))
}

fn value(text: &str) -> Result<HeaderValue, Refused> {
    HeaderValue::from_str(text).map_err(|_| Refused::FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_part_the_whole_or_none() {
        for (range, found) in [
            ("bytes=0-1", Part::Some(0..=1)),
            ("bytes=5-", Part::Some(5..=9)),
            ("bytes=-3", Part::Some(7..=9)),
            ("bytes=0-99", Part::Some(0..=9)),
            ("bytes=10-", Part::None),
            ("bytes=0-1,4-5", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=", Part::Whole),
        ] {
            assert_eq!(part(range, 10), found, "{range}");
        }
    }
}
