//! Style sheets, scripts and the icon, inside the program. Their names carry the hash of their content, so a
//! browser may keep them for ever and never shows an old one.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// One file that a page refers to.
#[derive(Debug)]
pub struct Asset {
    /// The `content-type` header.
    pub content_type: &'static str,
    /// What to send.
    pub bytes: &'static [u8],
    /// The name carries the content's hash: send [`super::ASSET_CACHE_CONTROL`].
    pub immutable: bool,
}

/// The addresses that templates write.
#[derive(Debug)]
pub(super) struct Urls {
    /// The style sheet of all pages.
    pub(super) css: String,
    /// Looks whether a group that is being made is ready.
    pub(super) wait: String,
    /// Copy buttons.
    pub(super) copy: String,
    /// Redeems a sign-in ticket.
    pub(super) session: String,
    /// The style sheet of the poster.
    pub(super) poster: String,
    /// The product's mark.
    pub(super) icon: String,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const APP_CSS: &str = concat!(
    include_str!("../../assets/tokens.css"),
    include_str!("../../assets/base.css"),
    include_str!("../../assets/components.css"),
    include_str!("../../assets/customer.css"),
    include_str!("../../assets/staff.css"),
);
const WAIT_JS: &str = include_str!("../../assets/wait.js");
const COPY_JS: &str = include_str!("../../assets/copy.js");
const SESSION_JS: &str = include_str!("../../assets/session.js");
const POSTER_CSS: &str = include_str!("../../assets/poster.css");
const ICON: &str = include_str!("../../assets/icon.svg");

static ALL: LazyLock<(Urls, Vec<(String, Asset)>)> = LazyLock::new(|| {
    let mut files = Vec::new();
    let mut add = |name: &str, end: &str, content_type, content: &'static str| {
        let hash = HEXLOWER.encode(&Sha256::digest(content)[..4]);
        let path = format!("/assets/{name}-{hash}.{end}");
        files.push((path.clone(), Asset { content_type, bytes: content.as_bytes(), immutable: true }));
        path
    };
    let urls = Urls {
        css: add("app", "css", CSS, APP_CSS),
        wait: add("wait", "js", JS, WAIT_JS),
        copy: add("copy", "js", JS, COPY_JS),
        session: add("session", "js", JS, SESSION_JS),
        poster: add("poster", "css", CSS, POSTER_CSS),
        icon: add("icon", "svg", SVG, ICON),
    };
    // Browsers ask for this one by themselves when they open a picture.
    let asset = Asset { content_type: SVG, bytes: ICON.as_bytes(), immutable: false };
    files.push(("/favicon.ico".to_owned(), asset));
    (urls, files)
});

/// The file at `path` (`/assets/app-0123abcd.css`, `/favicon.ico`).
pub fn asset(path: &str) -> Option<&'static Asset> {
    ALL.1.iter().find(|(p, _)| p == path).map(|(_, asset)| asset)
}

/// The addresses for templates.
pub(super) fn urls() -> &'static Urls {
    &ALL.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_hash_and_are_found() {
        let urls = urls();
        for path in [&urls.css, &urls.wait, &urls.copy, &urls.session, &urls.poster, &urls.icon] {
            let found = asset(path).unwrap();
            assert!(found.immutable && !found.bytes.is_empty(), "{path}");
            let hash = path.rsplit(['-', '.']).nth(1).unwrap();
            assert_eq!((hash.len(), hash), (8, &HEXLOWER.encode(&Sha256::digest(found.bytes)[..4])[..]));
        }
        assert!(asset("/assets/app.css").is_none() && asset("/assets/../Cargo.toml").is_none());
        assert!(!asset("/favicon.ico").unwrap().immutable);
    }

    #[test]
    fn nothing_comes_from_another_host() {
        for content in [APP_CSS, POSTER_CSS, WAIT_JS, COPY_JS, SESSION_JS] {
            assert!(!content.contains("://") && !content.contains("@import") && !content.contains("url("));
        }
    }
}
