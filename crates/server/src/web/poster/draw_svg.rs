//! A sheet as SVG: attributes only, no style, so that it may also stand in a page under a strict content policy.

use std::fmt::Write as _;

use super::sheet::{Anchor, Sheet};

/// Fonts with Chinese on phones, Windows, macOS and Linux, the first that is there.
const SANS: &str = "'PingFang SC','HarmonyOS Sans SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC',\
    'WenQuanYi Micro Hei',sans-serif";
const MONO: &str = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace";

/// The drawing.
pub(super) fn draw(sheet: &Sheet) -> String {
    draw_texts(sheet, |_| true)
}

/// The drawing with those lines of text only.
pub(super) fn draw_texts(sheet: &Sheet, shown: impl Fn(&str) -> bool) -> String {
    let Sheet { width, height, lang, .. } = sheet;
    let title = escape(&sheet.title);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\" \
         xml:lang=\"{lang}\" font-family=\"{SANS}\" fill=\"#000\"><title>{title}</title>\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>"
    );
    let (x, y, side) = sheet.mark;
    let round = side * 0.3;
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{side:.2}\" height=\"{side:.2}\" rx=\"{round:.2}\"/>"
    );
    let (left, right, y, thick) = sheet.rule;
    let _ = write!(
        out,
        "<path fill=\"none\" stroke=\"#000\" stroke-width=\"{thick:.2}\" d=\"M{left:.2} {y:.2}H{right:.2}\"/>"
    );
    let (x, y, side) = sheet.code;
    let module = side / f32::from(u16::try_from(sheet.runs.size).unwrap_or(u16::MAX));
    let _ = write!(
        out,
        "<path fill=\"none\" stroke=\"#000\" shape-rendering=\"crispEdges\" \
         transform=\"translate({x:.3} {y:.3}) scale({module:.5})\" d=\"{}\"/>",
        sheet.runs.strokes()
    );
    for text in sheet.texts.iter().filter(|text| shown(&text.words)) {
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if text.bold { " font-weight=\"700\"" } else { "" };
        let fill = if text.white { " fill=\"#fff\"" } else { "" };
        let family = if text.mono { format!(" font-family=\"{MONO}\"") } else { String::new() };
        let _ = write!(
            out,
            "<text x=\"{:.2}\" y=\"{:.2}\" font-size=\"{:.2}\"{anchor}{weight}{fill}{family}>{}</text>",
            text.x,
            text.y,
            text.size,
            escape(&text.words)
        );
    }
    out.push_str("</svg>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
