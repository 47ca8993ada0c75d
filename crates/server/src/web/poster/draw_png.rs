//! A sheet as a picture: the SVG, drawn with the fonts that this machine has.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};
use skrifa::{FontRef, MetadataProvider as _};

use super::{PosterError, Size, draw_svg, sheet::Sheet};

/// This machine's fonts, looked for when the first picture is asked for. Their files are mapped, not read.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    if fonts.is_empty() {
        tracing::warn!("no font is installed: posters as PNG have no text; PDF and SVG do");
    }
    Arc::new(fonts)
});

/// Pixels for a millimetre: 300 dpi on the card, 200 dpi (what receipt printers have) on the others.
const fn resolution(size: Size) -> f32 {
    match size {
        Size::A6 => 12.0,
        Size::A4 | Size::Receipt => 8.0,
    }
}

/// The picture: grey, eight bits.
pub(super) fn draw(sheet: &Sheet, size: Size) -> Result<Vec<u8>, PosterError> {
    let scale = resolution(size);
    let svg = draw_svg::draw_texts(sheet, is_there);
    let options = Options { fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(&svg, &options).map_err(|e| PosterError::Picture(e.to_string()))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousand pixels")]
    let (width, height) = ((sheet.width * scale).round() as u32, (sheet.height * scale).round() as u32);
    let mut pixels =
        Pixmap::new(width, height).ok_or_else(|| PosterError::Picture("no memory".to_owned()))?;
    pixels.fill(Color::WHITE);
    let drawn = tree.size();
    let factor = |pixels: u32, units: f32| f32::from(u16::try_from(pixels).unwrap_or(u16::MAX)) / units;
    let transform = Transform::from_scale(factor(width, drawn.width()), factor(height, drawn.height()));
    resvg::render(&tree, transform, &mut pixels.as_mut());
    // Only black on white: one channel says it all.
    let grey: Vec<u8> = pixels.data().chunks_exact(4).map(|pixel| pixel[0]).collect();
    encode(&grey, width, height, scale).map_err(|e| PosterError::Picture(e.to_string()))
}

fn encode(grey: &[u8], width: u32, height: u32, scale: f32) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "8,000 or 12,000")]
    let metre = (scale * 1000.0) as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: metre, yppu: metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(grey)?;
    writer.finish()?;
    Ok(out)
}

/// Whether this machine's fonts have every character of the text: a line of empty boxes tells nobody anything.
fn is_there(text: &str) -> bool {
    let mut missing: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    for face in FONTS.faces() {
        if missing.is_empty() {
            break;
        }
        let _ = FONTS.with_face_data(face.id, |data, index| {
            if let Ok(font) = FontRef::from_index(data, index) {
                let characters = font.charmap();
                missing.retain(|c| characters.map(*c).is_none());
            }
        });
    }
    missing.is_empty()
}
