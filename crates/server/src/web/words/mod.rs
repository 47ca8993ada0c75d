//! Every word on the pages, in both languages side by side. A word that one language lacks does not compile; a
//! word that no page uses is reported by the compiler.

mod customer;
mod desk;
mod errors;
mod poster;
mod staff;
mod transcript;

use super::lang::Lang;

pub(super) use customer::CustomerWords;
pub(super) use desk::DeskWords;
pub(super) use errors::ErrorWords;
pub(super) use poster::PosterWords;
pub(super) use staff::StaffWords;
pub(super) use transcript::TranscriptWords;

/// Declares a table of words: a struct with one field a word, and its value in each language.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $zh:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(in crate::web) struct $name { $(pub(in crate::web) $key: &'static str,)+ }

        impl $name {
            const ZH: Self = Self { $($key: $zh,)+ };
            const EN: Self = Self { $($key: $en,)+ };
            #[cfg(test)]
            pub(in crate::web) const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $zh, $en),)+];

            /// The words of a language.
            pub(in crate::web) fn of(lang: $crate::web::Lang) -> &'static Self {
                match lang {
                    $crate::web::Lang::Zh => &Self::ZH,
                    $crate::web::Lang::En => &Self::EN,
                }
            }
        }
    };
}
use words;

words! {
    /// What all pages share.
    SharedWords {
        product: "拉群", "laqun";
        switch: "EN", "中文";
        switch_label: "Switch to English", "切换到中文";
        skip: "跳到正文", "Skip to content";
        copied: "已复制", "Copied";
        copy_failed: "没能复制，请选中后手动复制。", "Could not copy. Please select it and copy by hand.";
        refresh: "现在刷新", "Refresh now";
        state_making: "正在建群", "Being made";
        state_retrying: "正在重试", "Trying again";
        state_failed: "没有建成", "Not made";
        state_open: "进行中", "Open";
        state_waiting: "等客户回复", "Waiting for customer";
        state_closing: "正在结束", "Closing";
        state_closed: "已结束", "Closed";
        state_dissolved: "已解散", "Dissolved";
        offline: "连不上服务器，会接着试。", "The server cannot be reached. Still trying.";
    }
}

/// `text` with `{name}` replaced by `value`.
pub(super) fn fill(text: &str, name: &str, value: impl std::fmt::Display) -> String {
    text.replace(&format!("{{{name}}}"), &value.to_string())
}

/// English has one more form for the number one.
pub(super) fn plural(lang: Lang, n: usize, one: &'static str, many: &'static str) -> String {
    fill(if lang == Lang::En && n == 1 { one } else { many }, "n", n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<_> = text.split('{').skip(1).filter_map(|p| p.split('}').next()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn the_languages_agree_and_keep_the_house_style() {
        let tables = [
            SharedWords::ALL,
            CustomerWords::ALL,
            StaffWords::ALL,
            DeskWords::ALL,
            ErrorWords::ALL,
            PosterWords::ALL,
            TranscriptWords::ALL,
        ];
        for (key, zh, en) in tables.concat() {
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{key}");
            assert_eq!(placeholders(zh), placeholders(en), "{key}");
            for text in [zh, en] {
                assert!(
                    !text.contains(['!', '！', '…']) && !text.contains("..") && text.trim() == text,
                    "{key}"
                );
            }
            if key.starts_with("switch") {
                continue; // the switch speaks the other language
            }
            assert!(!en.contains(|c| ('\u{3000}'..='\u{9fff}').contains(&c)), "{key}: {en}");
            assert!(!zh.contains([',', ';', '?', ':', '"', '(']), "{key}: {zh}");
            assert_eq!(zh.ends_with('。'), en.ends_with('.'), "{key}: one is a sentence, the other is not");
        }
    }
}
