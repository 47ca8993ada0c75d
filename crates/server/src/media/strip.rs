//! A picture without what it tells beside the picture: where it was taken, with which device, by whom.
//!
//! Kept are the colour profile and, where a viewer needs it, which side is up.

use bytes::Bytes;
use image::{ImageFormat, metadata::Orientation};
use img_parts::{ImageEXIF, jpeg, jpeg::Jpeg, png::Png, webp, webp::WebP};

/// The same picture without its metadata; none if there is nothing to do, or it cannot be taken apart.
pub(super) fn strip(format: ImageFormat, content: &[u8], turned: Orientation) -> Option<Vec<u8>> {
    let upright = orientation_only(turned);
    let bytes = Bytes::copy_from_slice(content);
    let stripped = match format {
        ImageFormat::Jpeg => {
            let mut parts = Jpeg::from_bytes(bytes).ok()?;
            parts.segments_mut().retain(is_of_the_picture);
            if upright.is_some() {
                parts.set_exif(upright);
            }
            let mut whole = parts.encoder().bytes().to_vec();
            // What follows the picture are further pictures, or a film, with metadata of their own.
            whole.truncate(end_of_jpeg(&whole)?);
            whole
        }
        ImageFormat::Png => {
            let mut parts = Png::from_bytes(bytes).ok()?;
            parts
                .chunks_mut()
                .retain(|chunk| !matches!(&chunk.kind(), b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" | b"eXIf"));
            parts.set_exif(upright);
            parts.encoder().bytes().to_vec()
        }
        ImageFormat::WebP => {
            let mut parts = WebP::from_bytes(bytes).ok()?;
            if !parts.has_chunk(webp::CHUNK_EXIF) && !parts.has_chunk(webp::CHUNK_XMP) {
                return None;
            }
            parts.remove_chunks_by_id(webp::CHUNK_XMP);
            parts.set_exif(upright);
            parts.encoder().bytes().to_vec()
        }
        _ => return None,
    };
    (stripped != content).then_some(stripped)
}

/// Whether a segment of a JPEG file is needed to show the picture: of the ones that applications add, JFIF, the colour
/// profile and Adobe's colour transform are.
fn is_of_the_picture(segment: &jpeg::JpegSegment) -> bool {
    match segment.marker() {
        jpeg::markers::APP2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        jpeg::markers::APP0 => segment.contents().starts_with(b"JFIF\0"),
        jpeg::markers::APP14 => segment.contents().starts_with(b"Adobe"),
        jpeg::markers::APP1..=jpeg::markers::APP15 | jpeg::markers::COM => false,
        _ => true,
    }
}

/// Where a JPEG picture ends: behind its EOI marker.
fn end_of_jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        at += memchr::memchr(0xff, bytes.get(at..)?)? + 1;
        match *bytes.get(at)? {
            0xd9 => return Some(at + 1),
            // Fill, data, restarts: nothing to jump over.
            0xff => {}
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            _ => {
                let length = bytes.get(at + 1..at + 3)?;
                at += 1 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
}

/// An EXIF block that says which side is up and nothing else; none where the picture stands as it is stored.
fn orientation_only(turned: Orientation) -> Option<Bytes> {
    if turned == Orientation::NoTransforms {
        return None;
    }
    // Big-endian TIFF, one directory, one entry: tag 0x0112, a SHORT, once.
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([turned.to_exif(), 0, 0, 0, 0, 0, 0]);
    Some(exif.into())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageDecoder, ImageReader, RgbImage};

    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256).try_into().unwrap(), (y % 256).try_into().unwrap(), 7])
        })
        .write_to(&mut bytes, ImageFormat::Jpeg)
        .unwrap();
        bytes.into_inner()
    }

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xff, marker];
        bytes.extend(u16::try_from(contents.len() + 2).unwrap().to_be_bytes());
        bytes.extend(contents);
        bytes
    }

    #[test]
    fn a_photograph_loses_its_place_and_keeps_its_pixels_and_which_side_is_up() {
        let plain = jpeg(40, 20);
        let mut exif = b"Exif\0\0".to_vec();
        exif.extend(orientation_only(Orientation::Rotate90).unwrap());
        exif.extend(b"GPS 31.2304 121.4737");
        let mut photo = plain[..2].to_vec();
        photo.extend(segment(0xe1, &exif));
        photo.extend(segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>GPS</x:xmpmeta>"));
        photo.extend(segment(0xed, b"Photoshop 3.0\0GPS"));
        photo.extend(segment(0xfe, b"GPS in a comment"));
        photo.extend(segment(0xe2, b"MPF\0GPS"));
        photo.extend(&plain[2..]);
        photo.extend(b"\xff\xd8\xff\xe1a second picture with GPS\xff\xd9");
        let stripped = strip(ImageFormat::Jpeg, &photo, Orientation::Rotate90).unwrap();
        assert!(memchr::memmem::find(&stripped, b"GPS").is_none());
        let read = |bytes: Vec<u8>| ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
        assert_eq!(read(stripped.clone()).decode().unwrap(), read(plain.clone()).decode().unwrap());
        let mut decoder = read(stripped.clone()).into_decoder().unwrap();
        assert_eq!(decoder.orientation().unwrap(), Orientation::Rotate90);
        assert_eq!(strip(ImageFormat::Jpeg, &stripped, Orientation::Rotate90), None, "nothing is left to do");
        assert_eq!(strip(ImageFormat::Jpeg, &plain, Orientation::NoTransforms), None);
        for cut in (0..photo.len()).step_by(7) {
            let _ = strip(ImageFormat::Jpeg, &photo[..cut], Orientation::NoTransforms);
        }
    }

    #[test]
    fn png_and_webp_lose_their_words() {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let mut bytes = Cursor::new(Vec::new());
            RgbImage::new(9, 5).write_to(&mut bytes, format).unwrap();
            let plain = bytes.into_inner();
            let told =
                orientation_only(Orientation::Rotate180).map(|exif| [exif.as_ref(), b"GPS"].concat().into());
            let with = match format {
                ImageFormat::Png => {
                    let mut parts = Png::from_bytes(plain.clone().into()).unwrap();
                    parts.set_exif(told);
                    let words = img_parts::png::PngChunk::new(*b"tEXt", Bytes::from_static(b"Comment\0GPS"));
                    parts.chunks_mut().insert(1, words);
                    parts.encoder().bytes().to_vec()
                }
                _ => {
                    let mut parts = WebP::from_bytes(plain.clone().into()).unwrap();
                    parts.set_exif(told);
                    parts.encoder().bytes().to_vec()
                }
            };
            assert!(memchr::memmem::find(&with, b"GPS").is_some());
            let stripped = strip(format, &with, Orientation::Rotate180).unwrap();
            assert!(memchr::memmem::find(&stripped, b"GPS").is_none(), "{format:?}");
            let mut decoder = ImageReader::with_format(Cursor::new(stripped), format).into_decoder().unwrap();
            assert_eq!(decoder.dimensions(), (9, 5));
            assert_eq!(decoder.orientation().unwrap(), Orientation::Rotate180);
        }
    }
}
