//! What a file is, by its first bytes.

use image::ImageFormat;

/// How many of the first bytes are looked at.
pub const HEAD: usize = 64 << 10;
/// What is to be downloaded and nothing else.
pub const OCTETS: &str = "application/octet-stream";
const TEXT: &str = "text/plain; charset=utf-8";

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// It begins as a picture; only decoding says whether it is one.
    Picture(ImageFormat),
    /// Sound: its media type, and the extensions that fit.
    Sound(&'static str, &'static [&'static str]),
    /// Anything else: its media type.
    Other(&'static str),
}

/// Documents, archives and films that keep their media type; they are downloaded.
const KNOWN: &[&str] = &[
    "application/pdf",
    "application/rtf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/zip",
    "application/gzip",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/x-tar",
    "image/heif",
    "image/avif",
    "image/tiff",
    "image/bmp",
    "video/mp4",
    "video/x-m4v",
    "video/webm",
    "video/quicktime",
    "video/x-matroska",
    "video/x-msvideo",
];

const MP4: Sniffed = Sniffed::Sound("audio/mp4", &["m4a", "mp4"]);
const WEBM: Sniffed = Sniffed::Sound("audio/webm", &["webm", "weba"]);

/// What the file is that begins so. `spoken`: the sender recorded it here; then a container that could hold a film is taken
/// for sound, which it is played as.
pub fn sniff(head: &[u8], spoken: bool) -> Sniffed {
    let Some(found) = infer::get(head) else {
        return match head {
            // A brand of the container that is younger than the list.
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => {
                if spoken {
                    MP4
                } else {
                    Sniffed::Other("video/mp4")
                }
            }
            [0x1a, 0x45, 0xdf, 0xa3, ..] if spoken => WEBM,
            _ => Sniffed::Other(if is_text(head) { TEXT } else { OCTETS }),
        };
    };
    match found.mime_type() {
        "image/jpeg" => Sniffed::Picture(ImageFormat::Jpeg),
        "image/png" => Sniffed::Picture(ImageFormat::Png),
        "image/webp" => Sniffed::Picture(ImageFormat::WebP),
        "image/gif" => Sniffed::Picture(ImageFormat::Gif),
        "audio/m4a" => MP4,
        "video/mp4" | "video/x-m4v" | "video/quicktime" if spoken => MP4,
        "video/webm" | "video/x-matroska" if spoken => WEBM,
        "audio/x-wav" => Sniffed::Sound("audio/wav", &["wav"]),
        "audio/ogg" | "audio/opus" => Sniffed::Sound("audio/ogg", &["ogg", "oga", "opus"]),
        "audio/mpeg" => Sniffed::Sound("audio/mpeg", &["mp3"]),
        "audio/amr" => Sniffed::Sound("audio/amr", &["amr"]),
        "audio/aac" => Sniffed::Sound("audio/aac", &["aac"]),
        other => Sniffed::Other(KNOWN.iter().find(|known| **known == other).copied().unwrap_or(OCTETS)),
    }
}

/// Whether a browser may show or play what has this media type where it stands. All else is saved.
pub fn is_shown(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/webp" | "image/gif")
        || media_type.starts_with("audio/")
}

/// Readable text that is no markup: nothing in it that a browser that guesses could take for a page.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character that is cut at the end of what we look at.
        Err(error) if error.error_len().is_none() && head.len() >= HEAD => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_plain =
        !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    is_plain && !begin.starts_with('<') && !begin.starts_with("%!")
}

/// How long a WAV file plays, milliseconds, as its header says.
pub fn wav_ms(head: &[u8]) -> Option<i64> {
    let number = |at: usize| {
        head.get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| u64::from(u32::from_le_bytes(bytes)))
    };
    if head.get(..4)? != b"RIFF" || head.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut a_second) = (12, 0);
    loop {
        let (name, length) = (head.get(at..at + 4)?, number(at + 4)?);
        match name {
            b"fmt " => a_second = number(at + 16)?,
            b"data" if a_second > 0 => return i64::try_from(length * 1000 / a_second).ok(),
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(usize::try_from(length + length % 2).ok()?)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with_and_markup_is_for_download_only() {
        for (head, found) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Sniffed::Picture(ImageFormat::Png)),
            (b"GIF89a", Sniffed::Picture(ImageFormat::Gif)),
            (b"\xff\xd8\xff\xe0", Sniffed::Picture(ImageFormat::Jpeg)),
            (b"%PDF-1.7\n", Sniffed::Other("application/pdf")),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", Sniffed::Other(OCTETS)),
            (b"<?xml version='1.0'?><svg/>", Sniffed::Other(OCTETS)),
            (b"\xef\xbb\xbf <!doctype html><script>", Sniffed::Other(OCTETS)),
            (b"<script>alert(1)</script>", Sniffed::Other(OCTETS)),
            (b"#!/bin/sh\nrm -rf ~\n", Sniffed::Other(OCTETS)),
            (b"MZ\x90\x00", Sniffed::Other(OCTETS)),
            (b"\x7fELF\x02\x01\x01", Sniffed::Other(OCTETS)),
            (b"", Sniffed::Other(OCTETS)),
            (b"name,phone\nLin,1\n", Sniffed::Other(TEXT)),
            ("订单号,金额\r\n".as_bytes(), Sniffed::Other(TEXT)),
            (b"text with \0 in it", Sniffed::Other(OCTETS)),
            (b"\xd6\xd0\xce\xc4", Sniffed::Other(OCTETS)),
            (b"#!AMR\n\x3c\0\0\0\0\0\0", Sniffed::Sound("audio/amr", &["amr"])),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", MP4),
            (b"\0\0\0\x20ftypisom\0\0\0\0", Sniffed::Other("video/mp4")),
            (b"\0\0\0\x20ftypiso9\0\0\0\0", Sniffed::Other("video/mp4")),
        ] {
            assert_eq!(sniff(head, false), found, "{}", String::from_utf8_lossy(head));
        }
        assert_eq!(sniff(b"\0\0\0\x20ftypiso9\0\0\0\0", true), MP4, "recorded here");
        assert_eq!(sniff(b"\x1a\x45\xdf\xa3\x01", true), WEBM);
        assert_eq!(sniff(b"<svg/>", true), Sniffed::Other(OCTETS), "whatever is claimed");
    }

    #[test]
    fn a_character_that_is_cut_at_the_end_of_the_head_is_text_all_the_same() {
        let long = "字".repeat(HEAD);
        assert_eq!(sniff(&long.as_bytes()[..HEAD], false), Sniffed::Other(TEXT));
        assert_eq!(
            sniff(&"字".as_bytes()[..2], false),
            Sniffed::Other(OCTETS),
            "at the end of a file it is none"
        );
    }

    #[test]
    fn a_wav_file_says_how_long_it_plays() {
        let mut wav = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wav.extend(16_000_u32.to_le_bytes());
        wav.extend(32_000_u32.to_le_bytes());
        wav.extend(b"\x02\0\x10\0data");
        wav.extend(48_000_u32.to_le_bytes());
        assert_eq!(wav_ms(&wav), Some(1500));
        assert_eq!(sniff(&wav, true), Sniffed::Sound("audio/wav", &["wav"]));
        for cut in 0..wav.len() - 1 {
            let _ = wav_ms(&wav[..cut]);
        }
        wav[28..32].fill(0xff);
        assert_eq!(wav_ms(&wav), None);
    }
}
