//! A text as people may send one.

use super::{Denied, TEXT_MAX};

/// The text as it is kept: line ends are `\n`, what turns the direction of writing is gone.
///
/// Removed without a word: the overrides, embeddings and isolates of the bidirectional algorithm (U+202A–U+202E,
/// U+2066–U+2069). They show `gpj.exe` as `exe.jpg` and put words into another's line; pages find the direction of each
/// message by themselves (`dir="auto"`), so Arabic and Hebrew need none of them. What ends a line elsewhere (CR, VT, FF, NEL,
/// U+2028, U+2029: office programs paste them) becomes `\n`.
///
/// # Errors
/// [`Denied::Blank`], [`Denied::TooLong`] (counted in characters, after cleaning), and [`Denied::Control`] for any other
/// control character: it cannot be shown, and to drop it would change what was said.
pub fn clean(text: &str) -> Result<String, Denied> {
    let mut out = String::with_capacity(text.len().min(4 * TEXT_MAX));
    let mut length = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let kept = match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                '\n'
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => continue,
            '\n' | '\t' => c,
            c if c.is_control() => return Err(Denied::Control(c)),
            c => c,
        };
        length += 1;
        if length <= TEXT_MAX {
            out.push(kept);
        }
    }
    if length > TEXT_MAX {
        return Err(Denied::TooLong(length));
    }
    if out.chars().all(is_invisible) {
        return Err(Denied::Blank);
    }
    Ok(out)
}

/// Blanks, and characters that show nothing by themselves.
const fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_one_kind_and_what_turns_the_direction_is_gone() {
        assert_eq!(clean("a\r\nb\rc\n\td\u{2028}e\u{b}f").as_deref(), Ok("a\nb\nc\n\td\ne\nf"));
        assert_eq!(clean("\u{202e}gpj.exe\u{2066}!\u{2069}").as_deref(), Ok("gpj.exe!"));
        assert_eq!(clean("مرحبا \u{200f}שלום 👩‍👩‍👧").as_deref(), Ok("مرحبا \u{200f}שלום 👩‍👩‍👧"));
    }

    #[test]
    fn what_nobody_could_read_is_refused() {
        for blank in
            ["", " ", "\n\t\r\n", "\u{200b}\u{feff}", "\u{3000}", "\u{202e}\u{2069}", "\u{3164}", "\u{fe0f}"]
        {
            assert_eq!(clean(blank), Err(Denied::Blank), "{blank:?}");
        }
        for control in ["a\0", "\u{1b}[2J", "\u{7f}", "\u{9f}", "\u{8}"] {
            assert!(matches!(clean(control), Err(Denied::Control(_))), "{control:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_cleaning() {
        assert!(clean(&"单".repeat(TEXT_MAX)).is_ok());
        assert!(clean(&"\r\n\u{202e}x".repeat(TEXT_MAX / 2)).is_ok());
        assert_eq!(clean(&"单".repeat(TEXT_MAX + 1)), Err(Denied::TooLong(TEXT_MAX + 1)));
        assert_eq!(clean(&"\n".repeat(TEXT_MAX + 1)), Err(Denied::TooLong(TEXT_MAX + 1)));
    }
}
