//! Text from outside, made fit to be shown. Escaping is the templates' work; this removes what escaping leaves:
//! control characters and the marks that reverse or hide the text around them.

/// One line: every run of white space becomes one space, what cannot be seen or reorders text is dropped.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !deceives(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Several lines: as [`line`], but line breaks stay; never more than one empty line in a row.
pub(crate) fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for raw in text.lines() {
        let clean = line(raw);
        if clean.is_empty() && (out.is_empty() || out.ends_with("\n\n")) {
            continue;
        }
        out.push_str(&clean);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// The sign in a round or square picture of a person or company: the first letter or figure of the name.
pub(super) fn initial(name: &str) -> String {
    let first = line(name).chars().find(|c| c.is_alphanumeric());
    first.map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
}

/// Controls, bidirectional overrides, embeddings and isolates, invisible fillers and tag characters.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The same, as filters for templates.
#[expect(
    unreachable_pub,
    clippy::inline_always,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the shape of a filter, and what its attribute writes"
)]
pub(super) mod filters {
    use askama::filters::Safe;

    /// `{{ "check"|icon }}`: a sign from the sprite, hidden from screen readers because words stand beside it.
    #[askama::filter_fn]
    pub(crate) fn icon(name: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
        Ok(Safe(format!("<svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>")))
    }

    #[askama::filter_fn]
    pub(crate) fn line(text: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::line(&text.to_string()))
    }

    #[askama::filter_fn]
    pub(crate) fn block(text: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::block(&text.to_string()))
    }

    #[askama::filter_fn]
    pub(crate) fn initial(text: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::initial(&text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reorders_or_hides_is_dropped() {
        assert_eq!(line("  a\u{202e}gpj.exe\u{2066}\t\n b \u{0}"), "agpj.exe b");
        assert_eq!(line("陈女士\u{3000}你好"), "陈女士 你好");
        assert_eq!(line("שלום"), "שלום");
        assert_eq!(line("\u{202e}"), "");
        assert_eq!(block("\n\n a\r\n\r\n\n\nb \n c\n\n"), "a\n\nb\nc");
    }

    #[test]
    fn the_initial_is_a_letter_or_a_figure() {
        assert_eq!(initial("【高】陈女士"), "高");
        assert_eq!(initial("  «lin»"), "L");
        assert_eq!(initial("!!"), "·");
    }
}
