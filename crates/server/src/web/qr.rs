//! QR codes: a picture for pages and print, a drawing, and characters for a terminal.
//!
//! Always dark on light with the full quiet zone of four modules. Error correction M: a code of ours holds some
//! sixty characters, so the modules stay large.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

/// Modules of white around the code, as the standard asks.
const QUIET: usize = 4;
/// Pixels of the picture for one module.
const SCALE: usize = 8;

/// Why no code could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    /// More than a code can hold (2,331 bytes).
    #[error("text of {0} bytes is too long for a QR code")]
    TooLong(usize),
    /// The picture could not be written.
    #[error("writing the PNG failed")]
    Png(#[from] png::EncodingError),
}

/// A code with its quiet zone.
struct Code {
    /// Modules on a side, quiet zone included.
    size: usize,
    dark: Vec<bool>,
}

impl Code {
    fn new(text: &str) -> Result<Self, QrError> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| QrError::TooLong(text.len()))?;
        let size = code.size + 2 * QUIET;
        let mut dark = vec![false; size * size];
        for y in 0..code.size {
            for (x, module) in code[y].iter().enumerate() {
                dark[(y + QUIET) * size + x + QUIET] = module.value();
            }
        }
        Ok(Self { size, dark })
    }

    /// Outside the code it is light.
    fn dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.dark[y * self.size + x]
    }

    /// The code in half-block characters, two modules above each other in one; `on` tells which modules the
    /// terminal's foreground colour paints.
    fn half_blocks(&self, start: &str, end: &str, on: impl Fn(bool) -> bool) -> String {
        let mut out = String::new();
        for y in (0..self.size).step_by(2) {
            out.push_str(start);
            for x in 0..self.size {
                out.push(match (on(self.dark(x, y)), on(self.dark(x, y + 1))) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            out.push_str(end);
            out.push('\n');
        }
        out
    }
}

/// A 1-bit PNG, eight pixels a module.
pub fn png(text: &str) -> Result<Vec<u8>, QrError> {
    let code = Code::new(text)?;
    // Eight pixels of one bit: a module is one byte of a row.
    let mut pixels = Vec::with_capacity(code.size * code.size * SCALE);
    for row in code.dark.chunks(code.size) {
        for _ in 0..SCALE {
            pixels.extend(row.iter().map(|dark| if *dark { 0u8 } else { 0xff }));
        }
    }
    let side = u32::try_from(code.size * SCALE).map_err(|_| QrError::TooLong(text.len()))?;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(out)
}

/// A drawing: a white square and one path, each run of dark modules in a row one stroke. It stands alone as a file
/// and inside a page; what it is called (`aria-label`) is the page's business.
pub fn svg(text: &str) -> Result<String, QrError> {
    let runs = Runs::of(text)?;
    let size = runs.size;
    let path = runs.strokes();
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path fill=\"none\" stroke=\"#000\" d=\"{path}\"/></svg>\n"
    ))
}

/// A code as bars: runs of dark modules in a row.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    /// Modules on a side, quiet zone included.
    pub(super) size: usize,
    /// Where each bar begins (column, row) and how long it is, row by row.
    pub(super) bars: Vec<(usize, usize, usize)>,
}

impl Runs {
    /// The code of a text.
    pub(super) fn of(text: &str) -> Result<Self, QrError> {
        let code = Code::new(text)?;
        let mut bars = Vec::new();
        for y in 0..code.size {
            let mut x = 0;
            while x < code.size {
                let run = (x..code.size).take_while(|x| code.dark(*x, y)).count();
                if run > 0 {
                    bars.push((x, y, run));
                }
                x += run.max(1);
            }
        }
        Ok(Self { size: code.size, bars })
    }

    /// The bars as strokes of an SVG path, one unit a module.
    pub(super) fn strokes(&self) -> String {
        let mut out = String::new();
        let mut pen = None;
        for &(x, y, run) in &self.bars {
            // Writing to a String cannot fail.
            let _ = match pen {
                Some((row, end)) if row == y => write!(out, "m{} 0h{run}", x - end),
                _ => write!(out, "M{x} {y}.5h{run}"),
            };
            pen = Some((y, x + run));
        }
        out
    }
}

/// Characters for a terminal that knows colours: black on white whatever its theme is.
pub fn terminal(text: &str) -> Result<String, QrError> {
    // Entries 16 and 231 of the 256 colours are real black and white; themes change only the first sixteen.
    Ok(Code::new(text)?.half_blocks("\x1b[38;5;16;48;5;231m", "\x1b[0m", |dark| dark))
}

/// Characters alone, for `NO_COLOR` and logs. The *light* modules are the blocks, quiet zone included: right way
/// round on a dark terminal, and on a light one a complete code with its colours exchanged, which many readers take
/// and some do not; print the address beside it.
pub fn terminal_plain(text: &str) -> Result<String, QrError> {
    Ok(Code::new(text)?.half_blocks("", "", |dark| !dark))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://help.example.com/g/4uQeVj5tqViQh7yWWGStvk";

    /// Reads a picture with a decoder that is not the encoder's.
    fn read(width: usize, height: usize, dark: impl Fn(usize, usize) -> bool) -> String {
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(
                width,
                height,
                |x, y| if dark(x, y) { 0 } else { 255 },
            );
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code in the picture");
        grids[0].decode().unwrap().1
    }

    /// Paints half-block characters as a terminal does, four pixels a module.
    fn paint(text: &str, foreground_dark: bool) -> (usize, usize, Vec<bool>) {
        let rows: Vec<Vec<char>> = text
            .lines()
            .map(|l| {
                l.trim_start_matches("\x1b[38;5;16;48;5;231m").trim_end_matches("\x1b[0m").chars().collect()
            })
            .collect();
        let (width, height) = (rows[0].len() * 4, rows.len() * 8);
        let mut dark = vec![false; width * height];
        for (i, pixel) in dark.iter_mut().enumerate() {
            let (x, y) = (i % width / 4, i / width / 4);
            let on = match rows[y / 2][x] {
                '█' => true,
                '▀' => y % 2 == 0,
                '▄' => y % 2 == 1,
                ' ' => false,
                other => panic!("{other:?} in a code"),
            };
            *pixel = on == foreground_dark;
        }
        (width, height, dark)
    }

    #[test]
    fn the_picture_is_read_and_small() {
        let file = png(LINK).unwrap();
        assert!(file.len() < 1500, "{} bytes", file.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        let mut bits = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bits).unwrap();
        assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
        let width = frame.width as usize;
        let dark = |x: usize, y: usize| bits[y * frame.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
        assert_eq!(read(width, width, dark), LINK);
        let quiet = QUIET * SCALE;
        assert!((0..width).all(|i| (0..quiet).all(|q| !dark(i, q) && !dark(q, i))));
        assert!(dark(quiet, quiet), "no more than the quiet zone");
    }

    #[test]
    fn the_drawing_holds_the_same_modules() {
        let drawing = svg(LINK).unwrap();
        let path = drawing.split(" d=\"").nth(2).unwrap().split('"').next().unwrap();
        let code = Code::new(LINK).unwrap();
        let mut drawn = vec![false; code.size * code.size];
        for line in path.split('M').skip(1) {
            let (start, rest) = line.split_once(' ').unwrap();
            let (y, runs) = rest.split_once(".5").unwrap();
            let (mut x, y): (usize, usize) = (start.parse().unwrap(), y.parse().unwrap());
            for run in runs.split('m') {
                let (gap, length) = run.split_once('h').unwrap();
                x += gap.split(' ').next().unwrap().parse().unwrap_or(0);
                for _ in 0..length.parse().unwrap() {
                    drawn[y * code.size + x] = true;
                    x += 1;
                }
            }
        }
        assert_eq!(drawn, code.dark);
        assert!(!drawing.contains("style") && drawing.len() < 5000);
    }

    #[test]
    fn terminals_dark_and_light_are_read() {
        let (w, h, dark) = paint(&terminal(LINK).unwrap(), true);
        assert_eq!(read(w, h, |x, y| dark[y * w + x]), LINK);

        let plain = terminal_plain(LINK).unwrap();
        assert!(!plain.contains('\x1b'));
        let (w, h, dark) = paint(&plain, false);
        assert_eq!(read(w, h, |x, y| dark[y * w + x]), LINK, "on a dark terminal");
        let (w, h, dark) = paint(&plain, true);
        assert_eq!(read(w, h, |x, y| !dark[y * w + x]), LINK, "on a light terminal, colours exchanged");
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(matches!(png(&"x".repeat(2332)), Err(QrError::TooLong(2332))));
        assert!(svg(&"x".repeat(2331)).is_ok());
        assert_eq!(read_svg_len(&"中".repeat(20)), 1);
    }

    fn read_svg_len(text: &str) -> usize {
        svg(text).unwrap().matches("stroke").count()
    }
}
