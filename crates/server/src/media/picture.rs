//! Pictures: measured by their header first, decoded only within bounds, made small, cleared of what they tell beside.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    codecs::webp::WebPEncoder, metadata::Orientation,
};

use super::strip::strip;

/// The most pixels of a picture: what the cameras of phones make at their largest.
pub const PIXELS_MAX: u64 = 50_000_000;
/// The side of a small picture, pixels.
pub const SMALL: u32 = 480;
/// How much memory all decoding at a time may take, MiB.
pub const DECODE_MIB: u32 = 256;
/// At most so many are decoded at once, however small.
const AT_ONCE: u32 = 2;
/// A picture that is small already, in pixels and in bytes, needs no smaller one.
const SMALL_BYTES: usize = 64 << 10;
/// How good small pictures are, of 100.
const QUALITY: u8 = 80;

/// Why it is no picture that anybody should be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It would take more memory than its file lets one expect: on our side, and on everybody's phone.
    TooLarge {
        /// As its header says.
        width: u32,
        /// As its header says.
        height: u32,
    },
    /// It only begins as a picture.
    Broken,
}

/// What its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    format: ImageFormat,
    /// How much decoding takes, bytes.
    memory: u64,
}

impl Measured {
    /// How many of [`DECODE_MIB`] permits preparing takes.
    pub fn permits(&self) -> u32 {
        u32::try_from(self.memory >> 20).unwrap_or(u32::MAX).clamp(DECODE_MIB / AT_ONCE, DECODE_MIB)
    }

    /// Whether decoding stays within what there is; one that does not is a picture without a small one.
    fn is_decodable(&self) -> bool {
        self.memory <= u64::from(DECODE_MIB) << 20
    }
}

/// A picture that people may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// As it is shown: after it was turned upright.
    pub width: u32,
    /// As it is shown.
    pub height: u32,
    /// At most [`SMALL`] pixels on each side; none where the picture is small itself.
    pub small: Option<Vec<u8>>,
    /// The picture without metadata, if it had any.
    pub stripped: Option<Vec<u8>>,
}

/// Reads the header, and nothing else.
pub fn measure(format: ImageFormat, content: &[u8]) -> Result<Measured, Unfit> {
    let decoder = decoder(format, content)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX {
        return Err(Unfit::TooLarge { width, height });
    }
    let bytes = decoder.total_bytes();
    let more = match format {
        // Coefficients of the whole picture are kept until the last of its passes.
        ImageFormat::Jpeg if is_progressive(content) => pixels * 6,
        ImageFormat::Jpeg | ImageFormat::Png => 0,
        _ => bytes,
    };
    Ok(Measured { format, memory: bytes + more + content.len() as u64 })
}

/// Makes the small picture, and takes the metadata away. Takes up to a second and the memory that was measured.
pub fn prepare(measured: Measured, content: &[u8]) -> Result<Picture, Unfit> {
    let format = measured.format;
    let mut decoder = decoder(format, content)?;
    let (mut width, mut height) = decoder.dimensions();
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let is_small = width <= SMALL && height <= SMALL && content.len() <= SMALL_BYTES;
    let mut small = None;
    if measured.is_decodable() {
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(u64::from(DECODE_MIB) << 20);
        decoder.set_limits(limits).map_err(|_| Unfit::Broken)?;
        // Also what is small already: whether it is a picture, only this says.
        let whole = DynamicImage::from_decoder(decoder).map_err(|_| Unfit::Broken)?;
        if !is_small {
            small = Some(shrink(&whole, turned).ok_or(Unfit::Broken)?);
        }
    }
    if turns_sides(turned) {
        std::mem::swap(&mut width, &mut height);
    }
    Ok(Picture { width, height, small, stripped: strip(format, content, turned) })
}

fn decoder(format: ImageFormat, content: &[u8]) -> Result<impl ImageDecoder, Unfit> {
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(u64::from(DECODE_MIB) << 20);
    reader.limits(limits);
    reader.into_decoder().map_err(|_| Unfit::Broken)
}

/// The small picture: JPEG, or WebP where something shines through.
fn shrink(whole: &DynamicImage, turned: Orientation) -> Option<Vec<u8>> {
    let mut small = if whole.width() > SMALL || whole.height() > SMALL {
        whole.thumbnail(SMALL, SMALL)
    } else {
        whole.clone()
    };
    small.apply_orientation(turned);
    let mut bytes = Vec::new();
    if small.color().has_alpha() {
        let rgba = small.to_rgba8();
        if rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
            let encoder = WebPEncoder::new_lossless(&mut bytes);
            encoder.encode(&rgba, rgba.width(), rgba.height(), image::ExtendedColorType::Rgba8).ok()?;
            return Some(bytes);
        }
    }
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&small.to_rgb8()).ok()?;
    Some(bytes)
}

/// Whether turning it upright makes its width its height.
fn turns_sides(turned: Orientation) -> bool {
    matches!(
        turned,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Whether a JPEG file comes in passes, by its frame's marker.
fn is_progressive(content: &[u8]) -> bool {
    let parts = img_parts::jpeg::Jpeg::from_bytes(bytes::Bytes::copy_from_slice(content));
    parts.is_ok_and(|parts| parts.segment_by_marker(img_parts::jpeg::markers::SOF2).is_some())
}

#[cfg(test)]
mod tests {
    use image::{ImageEncoder as _, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn prepared(format: ImageFormat, content: &[u8]) -> Result<Picture, Unfit> {
        prepare(measure(format, content)?, content)
    }

    /// A PNG whose header says so, with next to nothing behind it.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().unwrap();
        // No data, well packed.
        writer.write_chunk(png::chunk::IDAT, b"\x78\x9c\x03\0\0\0\0\x01").unwrap();
        drop(writer);
        bytes
    }

    #[test]
    fn a_large_picture_gets_a_small_one_the_right_way_up() {
        let wide = DynamicImage::from(RgbImage::from_fn(1200, 300, |x, _| {
            Rgb([u8::try_from(x / 5).unwrap(), 0, 0])
        }));
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let picture = prepared(format, &encoded(&wide, format)).unwrap();
            assert_eq!((picture.width, picture.height, &picture.stripped), (1200, 300, &None), "{format:?}");
            let small = image::load_from_memory(&picture.small.unwrap()).unwrap();
            assert_eq!((small.width(), small.height()), (480, 120));
        }
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new(&mut bytes);
        encoder
            .set_exif_metadata(b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec())
            .unwrap();
        encoder.encode_image(&wide).unwrap();
        let picture = prepared(ImageFormat::Jpeg, &bytes).unwrap();
        assert_eq!((picture.width, picture.height), (300, 1200));
        let small = image::load_from_memory(&picture.small.unwrap()).unwrap().to_rgb8();
        assert_eq!((small.width(), small.height()), (120, 480));
        assert!(small.get_pixel(60, 470).0[0] > small.get_pixel(60, 10).0[0], "right became down");
    }

    #[test]
    fn what_shines_through_goes_on_shining_and_what_is_small_stays_as_it_is() {
        let clear = DynamicImage::from(RgbaImage::from_pixel(900, 900, Rgba([9, 9, 9, 100])));
        let picture = prepared(ImageFormat::Png, &encoded(&clear, ImageFormat::Png)).unwrap();
        let small = image::load_from_memory(&picture.small.unwrap()).unwrap();
        assert_eq!(small.to_rgba8().get_pixel(5, 5).0, [9, 9, 9, 100]);
        let little = encoded(&DynamicImage::new_rgb8(48, 48), ImageFormat::Gif);
        assert_eq!(prepared(ImageFormat::Gif, &little).unwrap().small, None);
    }

    #[test]
    fn a_bomb_is_told_by_its_header() {
        let bytes = bomb(50_000, 50_000);
        assert!(bytes.len() < 1000);
        let unfit = Unfit::TooLarge { width: 50_000, height: 50_000 };
        assert_eq!(measure(ImageFormat::Png, &bytes), Err(unfit));
        // Within the bounds, and there is nothing behind the header.
        assert_eq!(prepared(ImageFormat::Png, &bomb(7_000, 7_000)), Err(Unfit::Broken));
        let gif = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
        assert!(matches!(prepared(ImageFormat::Gif, gif), Err(Unfit::TooLarge { .. })));
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = encoded(&DynamicImage::new_rgb8(600, 600), format);
            for cut in [0, 1, 10, 30] {
                assert!(prepared(format, &whole[..cut]).is_err(), "{format:?} {cut}");
            }
            // Some show what there is of it, as browsers do.
            let _ = prepared(format, &whole[..whole.len() / 2]);
        }
    }

    #[test]
    fn two_are_decoded_at_once_and_a_large_one_alone() {
        let permits = |mib: u64| Measured { format: ImageFormat::Png, memory: mib << 20 }.permits();
        assert_eq!([permits(1), permits(128), permits(200), permits(4096)], [128, 128, 200, 256]);
        assert!(!Measured { format: ImageFormat::Png, memory: 257 << 20 }.is_decodable());
    }
}
