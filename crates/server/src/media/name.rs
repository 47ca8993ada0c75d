//! A file's name as people may see it and as it may be saved.

/// The most characters of a name.
pub const NAME_MAX: usize = 120;
/// The most characters of what counts as an extension.
const EXTENSION_MAX: usize = 12;

/// The name without what misleads the eye or the file system: no folders, no control characters, no characters that turn
/// the direction of writing, no blanks and dots around it; at most [`NAME_MAX`] characters, the extension kept. A file that
/// browsers show has the extension of what it is: `extensions` are those that fit, the first one is added where none of
/// them is there. What is left without a name is called `file`.
pub fn clean(name: &str, extensions: &[&str]) -> String {
    // Browsers give the name alone; whoever gives a path means its end.
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| is_fit(*c)).collect();
    let kept = kept.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = if kept.is_empty() { "file".to_owned() } else { kept };
    let (stem, mut extension) = split(&kept);
    let mut stem = stem.to_owned();
    let fits = |extension: &str| extensions.iter().any(|fit| extension.eq_ignore_ascii_case(fit));
    if let Some(first) = extensions.first()
        && !extension.is_some_and(fits)
    {
        // What it called itself stays readable, and is not what it is opened as.
        stem.clone_from(&kept);
        extension = Some(first);
    }
    let tail = extension.map_or_else(String::new, |extension| format!(".{extension}"));
    let room = NAME_MAX - tail.chars().count();
    let stem: String = stem.chars().take(room).collect();
    format!("{}{tail}", stem.trim_end())
}

fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, extension))
            if !stem.is_empty() && !extension.is_empty() && extension.chars().count() <= EXTENSION_MAX =>
        {
            (stem, Some(extension))
        }
        _ => (name, None),
    }
}

/// Whether a character may stand in a name.
fn is_fit(c: char) -> bool {
    let is_turning =
        matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let is_mark = matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}');
    let is_path = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    !(c.is_control() || is_turning || is_mark || is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_what_misleads_and_keeps_what_it_says() {
        for (given, cleaned) in [
            ("发票 2026.pdf", "发票 2026.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\林晓\\合同.docx", "合同.docx"),
            ("invoice\u{202e}gpj.exe", "invoicegpj.exe"),
            ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie x=1.txt"),
            ("  .. ", "file"),
            ("", "file"),
            (".htaccess", "htaccess"),
            ("a   b\u{3000}c.txt", "a b c.txt"),
            ("CON<>:\"|?*.txt", "CON.txt"),
            ("no extension", "no extension"),
        ] {
            assert_eq!(clean(given, &[]), cleaned, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_before_its_extension() {
        let cleaned = clean(&format!("{}.xlsx", "长".repeat(300)), &[]);
        assert_eq!(cleaned.chars().count(), NAME_MAX);
        assert!(cleaned.ends_with("长.xlsx"));
        let cleaned = clean(&"x.".repeat(300), &["png"]);
        assert!(
            cleaned.chars().count() <= NAME_MAX
                && cleaned.rsplit_once('.').is_some_and(|(_, end)| end == "png"),
            "{cleaned}"
        );
    }

    #[test]
    fn what_a_browser_shows_is_saved_as_what_it_is() {
        for (given, extensions, cleaned) in [
            ("photo.JPG", &["jpg", "jpeg"][..], "photo.JPG"),
            ("photo.jpeg", &["jpg", "jpeg"], "photo.jpeg"),
            ("page.html", &["png"], "page.html.png"),
            ("image", &["webp"], "image.webp"),
            ("", &["jpg", "jpeg"], "file.jpg"),
        ] {
            assert_eq!(clean(given, extensions), cleaned, "{given:?}");
        }
    }
}
