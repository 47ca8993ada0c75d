//! How wide text is, and where its lines break, without a font at hand.

use unicode_width::UnicodeWidthChar as _;

/// Widths of Helvetica's characters from space to tilde, thousandths of the size.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Other fonts are wider than Helvetica: so much is left free in a line of narrow letters.
const ROOM: f32 = 1.08;

/// A letter of a typewriter face, in sizes.
pub(super) const MONO: f32 = 0.6;

/// Whether it stands in a square of its own, as Chinese does.
pub(super) fn is_wide(c: char) -> bool {
    c.width_cjk() == Some(2) && !c.is_ascii()
}

/// The width of a character, in sizes.
fn advance(c: char, bold: bool) -> f32 {
    if is_wide(c) {
        return 1.0;
    }
    let place = u32::from(c).checked_sub(32).and_then(|n| usize::try_from(n).ok());
    let thousandths = place.and_then(|n| HELVETICA.get(n)).copied().unwrap_or(600);
    f32::from(thousandths) / 1000.0 * if bold { 1.06 } else { 1.0 }
}

/// The width of a line, in sizes.
pub(super) fn width(text: &str, bold: bool) -> f32 {
    text.chars().map(|c| advance(c, bold)).sum()
}

/// Characters that do not begin a line.
fn stays_behind(c: char) -> bool {
    "，。、；：？！）」』】》”’%,.;:?!)".contains(c)
}

/// Lines that are at most `room` sizes wide, and at most `most` of them: what is too much ends in an ellipsis.
pub(super) fn wrap(text: &str, room: f32, bold: bool, most: usize) -> Vec<String> {
    let fits = |line: &str| width(line, bold) * ROOM <= room.max(1.1);
    let mut lines = vec![String::new()];
    for piece in pieces(text) {
        let line = lines.last_mut().expect("never empty");
        if fits(&format!("{line}{}", piece.trim_end())) {
            line.push_str(piece);
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        // A word that is longer than a line is broken anywhere.
        for c in piece.chars() {
            let line = lines.last_mut().expect("never empty");
            if line.is_empty() || fits(&format!("{line}{c}")) || c == ' ' {
                line.push(c);
            } else {
                lines.push(c.to_string());
            }
        }
    }
    let mut lines: Vec<String> = lines.into_iter().map(|line| line.trim_end().to_owned()).collect();
    lines.retain(|line| !line.is_empty());
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && !fits(&format!("{last}…")) {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}

/// What is never broken: a wide character with the punctuation behind it, a word with its blanks.
fn pieces(text: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let begins = match before {
            None => true,
            Some(_) if stays_behind(c) || c == ' ' => false,
            Some(before) => before == ' ' || is_wide(c) || is_wide(before),
        };
        if begins {
            starts.push(at);
        }
        before = Some(c);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_breaks_anywhere_but_before_punctuation_and_english_between_words() {
        assert_eq!(wrap("云杉家电售后服务，中心", 8.7, false, 9), ["云杉家电售后服", "务，中心"]);
        assert_eq!(wrap("Spruce home appliances", 6.0, false, 9), ["Spruce", "home", "appliances"]);
        assert_eq!(wrap("洗碗机 W3 门下", 5.5, true, 9), ["洗碗机 W3", "门下"]);
        assert_eq!(wrap("", 5.0, false, 2), [""; 0]);
    }

    #[test]
    fn what_is_too_long_is_broken_and_then_cut_with_an_ellipsis() {
        let long = "x".repeat(100);
        assert!(wrap(&long, 10.0, false, 99).iter().all(|line| width(line, false) <= 10.0));
        assert_eq!(wrap(&long, 10.0, false, 99).concat(), long);
        let cut = wrap(&"长".repeat(100), 10.0, false, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('…') && width(&cut[1], false) <= 10.0, "{cut:?}");
    }
}
