//! A sheet as PDF: one page, strokes and text, no font inside.
//!
//! Chinese is written in `STSong-Light` by `UniGB-UCS2-H`, one of the fonts that readers of PDF know by name and have a
//! substitute for; a font for any company's name would be ten megabytes. What Unicode keeps outside its first 65,536
//! characters (emoji) is written as `〓`.

use pdf_writer::{
    Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, TextRenderingMode},
};

use super::{
    measure,
    sheet::{Sheet, Text},
};

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const LATIN: Ref = Ref::new(5);
const LATIN_BOLD: Ref = Ref::new(6);
const MONO: Ref = Ref::new(7);
const CHINESE: Ref = Ref::new(8);
const CHINESE_CID: Ref = Ref::new(9);
const CHINESE_LOOK: Ref = Ref::new(10);
const INFO: Ref = Ref::new(11);

/// The document.
pub(super) fn draw(sheet: &Sheet) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(PAGES).lang(TextStr(sheet.lang));
    catalog.viewer_preferences().display_doc_title(true);
    catalog.finish();
    pdf.document_info(INFO).title(TextStr(&sheet.title)).producer(TextStr("laqun"));
    pdf.pages(PAGES).kids([PAGE]).count(1);
    let mut page = pdf.page(PAGE);
    page.parent(PAGES).contents(CONTENT);
    page.media_box(Rect::new(0.0, 0.0, sheet.width * POINTS, sheet.height * POINTS));
    page.resources()
        .fonts()
        .pair(Name(b"L"), LATIN)
        .pair(Name(b"B"), LATIN_BOLD)
        .pair(Name(b"M"), MONO)
        .pair(Name(b"C"), CHINESE);
    page.finish();
    for (id, name) in [(LATIN, &b"Helvetica"[..]), (LATIN_BOLD, b"Helvetica-Bold"), (MONO, b"Courier-Bold")] {
        pdf.type1_font(id).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    chinese(&mut pdf);
    pdf.stream(CONTENT, &content(sheet));
    pdf.finish()
}

fn chinese(pdf: &mut Pdf) {
    const NAME: Name<'_> = Name(b"STSong-Light");
    pdf.type0_font(CHINESE)
        .base_font(NAME)
        .encoding_predefined(Name(b"UniGB-UCS2-H"))
        .descendant_font(CHINESE_CID);
    let system_info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 4 };
    pdf.cid_font(CHINESE_CID)
        .subtype(CidFontType::Type0)
        .base_font(NAME)
        .system_info(system_info)
        .default_width(1000.0)
        .font_descriptor(CHINESE_LOOK);
    pdf.font_descriptor(CHINESE_LOOK)
        .name(NAME)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(880.0)
        .stem_v(93.0);
}

fn content(sheet: &Sheet) -> Vec<u8> {
    let mut c = Content::new();
    // Millimetres, and down as on paper; letters are turned up again where they are written.
    c.transform([POINTS, 0.0, 0.0, -POINTS, 0.0, sheet.height * POINTS]);
    let (x, y, side) = sheet.mark;
    c.rect(x, y, side, side).fill_nonzero();
    let (left, right, y, thick) = sheet.rule;
    c.rect(left, y - thick / 2.0, right - left, thick).fill_nonzero();
    let (x, y, side) = sheet.code;
    let place = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
    let module = side / place(sheet.runs.size);
    for (column, row, run) in &sheet.runs.bars {
        c.rect(x + place(*column) * module, y + place(*row) * module, place(*run) * module, module);
    }
    c.fill_nonzero();
    for text in &sheet.texts {
        write(&mut c, text);
    }
    c.finish().to_vec()
}

/// One line: parts in Chinese and in Latin, each in its font.
fn write(c: &mut Content, text: &Text) {
    let grey = if text.white { 1.0 } else { 0.0 };
    c.set_fill_gray(grey).set_stroke_gray(grey).begin_text();
    c.set_text_matrix([1.0, 0.0, 0.0, -1.0, text.left(), text.y]);
    for (part, is_latin) in parts(&text.words) {
        if is_latin {
            let font: &[u8] = if text.mono {
                b"M"
            } else if text.bold {
                b"B"
            } else {
                b"L"
            };
            let bytes: Vec<u8> = part.chars().filter_map(latin).collect();
            c.set_font(Name(font), text.size).show(Str(&bytes));
        } else {
            // There is one weight only: a line around the letters makes them bold.
            if text.bold {
                c.set_text_rendering_mode(TextRenderingMode::FillStroke).set_line_width(text.size * 0.035);
            }
            let bytes: Vec<u8> = part.chars().flat_map(|ch| ucs2(ch).to_be_bytes()).collect();
            c.set_font(Name(b"C"), text.size).show(Str(&bytes));
            c.set_text_rendering_mode(TextRenderingMode::Fill);
        }
    }
    c.end_text();
}

/// Runs of characters that one font has.
fn parts(text: &str) -> Vec<(String, bool)> {
    let mut parts: Vec<(String, bool)> = Vec::new();
    for ch in text.chars() {
        let is_latin = latin(ch).is_some() && !measure::is_wide(ch);
        match parts.last_mut() {
            Some((part, last)) if *last == is_latin => part.push(ch),
            _ => parts.push((ch.to_string(), is_latin)),
        }
    }
    parts
}

/// Its byte in `WinAnsiEncoding`, as far as that is Latin-1.
fn latin(c: char) -> Option<u8> {
    u8::try_from(u32::from(c)).ok().filter(|byte| matches!(byte, 0x20..=0x7e | 0xa0..=0xff))
}

/// Its code unit; one that needs two is shown as 〓, the printer's sign for a letter that is missing.
fn ucs2(c: char) -> u16 {
    u16::try_from(u32::from(c)).unwrap_or(0x3013)
}
