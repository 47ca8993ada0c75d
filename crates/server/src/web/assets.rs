//! Style sheets, scripts and the icon, inside the program. Their names carry the hash of their content, so a
//! browser may keep them for ever and never shows an old one.

use std::{io::Write, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::scripts::{self, SCRIPTS};

/// One file that a page refers to.
#[derive(Debug)]
pub struct Asset {
    /// The `content-type` header.
    pub content_type: &'static str,
    /// What to send.
    pub bytes: Vec<u8>,
    /// The same for a browser that takes gzip: pressed once, as small as it gets.
    pub gzip: Vec<u8>,
    /// The name carries the content's hash: send [`super::ASSET_CACHE_CONTROL`].
    pub immutable: bool,
}

/// The addresses that templates write.
#[derive(Debug)]
pub(super) struct Urls {
    /// The style sheet of all pages but the customer's.
    pub(super) css: String,
    /// The style sheet of the customer's page: what a phone needs and no more.
    pub(super) customer_css: String,
    /// The style sheet of the staff page.
    pub(super) staff_css: String,
    /// What the staff page looks like without JavaScript.
    pub(super) plain_css: String,
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

macro_rules! css {
    ($($name:literal),+) => { concat!($(include_str!(concat!("../../assets/", $name))),+) };
}

const APP_CSS: &str = css!("tokens.css", "base.css", "components.css", "customer.css");
const CUSTOMER_CSS: &str =
    css!("tokens.css", "base.css", "components.css", "chat.css", "compose.css", "customer.css");
const STAFF_CSS: &str = css!(
    "tokens.css",
    "base.css",
    "components.css",
    "chat.css",
    "compose.css",
    "staff.css",
    "staff-panes.css",
    "staff-dialogs.css",
    "staff-chat.css"
);
const PLAIN_CSS: &str = css!("staff-plain.css");
const WAIT_JS: &str = include_str!("../../assets/wait.js");
const COPY_JS: &str = include_str!("../../assets/copy.js");
const SESSION_JS: &str = include_str!("../../assets/session.js");
const POSTER_CSS: &str = include_str!("../../assets/poster.css");
const ICON: &str = include_str!("../../assets/icon.svg");

/// What a browser needs of a script or style sheet: no comment that has a line of its own, no indentation. Comments are for
/// people who read the source; on a phone they cost a tenth of the page.
fn slim(content: &str) -> String {
    let comment = |line: &str| line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
    let mut out = String::with_capacity(content.len());
    for line in content.lines().map(str::trim).filter(|line| !line.is_empty() && !comment(line)) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

impl Asset {
    fn new(content_type: &'static str, content: &'static str, immutable: bool) -> Self {
        let content = if content_type == SVG { content.to_owned() } else { slim(content) };
        let mut pressed = GzEncoder::new(Vec::new(), Compression::best());
        // Into memory: it cannot fail. If it did, the browser would get an empty file rather than a wrong one.
        let gzip = pressed.write_all(content.as_bytes()).and_then(|()| pressed.finish()).unwrap_or_default();
        Self { content_type, bytes: content.into_bytes(), gzip, immutable }
    }
}

static ALL: LazyLock<(Urls, Vec<(String, Asset)>)> = LazyLock::new(|| {
    let mut files = Vec::new();
    let mut add = |name: &str, end: &str, content_type, content: &'static str| {
        let asset = Asset::new(content_type, content, true);
        let hash = HEXLOWER.encode(&Sha256::digest(&asset.bytes)[..4]);
        let path = format!("/assets/{name}-{hash}.{end}");
        files.push((path.clone(), asset));
        path
    };
    let urls = Urls {
        css: add("app", "css", CSS, APP_CSS),
        customer_css: add("customer", "css", CSS, CUSTOMER_CSS),
        staff_css: add("staff", "css", CSS, STAFF_CSS),
        plain_css: add("staff-plain", "css", CSS, PLAIN_CSS),
        wait: add("wait", "js", JS, WAIT_JS),
        copy: add("copy", "js", JS, COPY_JS),
        session: add("session", "js", JS, SESSION_JS),
        poster: add("poster", "css", CSS, POSTER_CSS),
        icon: add("icon", "svg", SVG, ICON),
    };
    // Browsers ask for this one by themselves when they open a picture.
    files.push(("/favicon.ico".to_owned(), Asset::new(SVG, ICON, false)));
    files.extend(
        SCRIPTS.iter().map(|(name, content)| (scripts::address(name), Asset::new(JS, content, true))),
    );
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
        for path in
            [&urls.css, &urls.customer_css, &urls.wait, &urls.copy, &urls.session, &urls.poster, &urls.icon]
        {
            let found = asset(path).unwrap();
            assert!(found.immutable && !found.bytes.is_empty(), "{path}");
            let hash = path.rsplit(['-', '.']).nth(1).unwrap();
            assert_eq!((hash.len(), hash), (8, &HEXLOWER.encode(&Sha256::digest(&found.bytes)[..4])[..]));
        }
        assert!(asset("/assets/app.css").is_none() && asset("/assets/../Cargo.toml").is_none());
        assert!(!asset("/favicon.ico").unwrap().immutable);
    }

    #[test]
    fn what_is_left_out_is_only_for_people() {
        assert_eq!(
            slim("// a\n/** b */\n\n  let c = 1; // d\n/* e */\n.f { }\n"),
            "let c = 1; // d\n.f { }\n"
        );
        for (name, content) in SCRIPTS {
            // A text over several lines would lose its own lines.
            assert!(content.lines().all(|line| line.matches('`').count() % 2 == 0), "{name}");
            assert!(!content.contains("/*\n"), "{name}: a comment over several lines");
        }
    }

    #[test]
    fn what_is_pressed_is_the_same_file() {
        for (path, asset) in &ALL.1 {
            let mut bytes = Vec::new();
            std::io::copy(&mut flate2::read::GzDecoder::new(&asset.gzip[..]), &mut bytes).unwrap();
            assert_eq!(bytes, asset.bytes, "{path}");
        }
    }

    #[test]
    fn nothing_comes_from_another_host() {
        for content in [APP_CSS, CUSTOMER_CSS, STAFF_CSS, PLAIN_CSS, POSTER_CSS, WAIT_JS, COPY_JS, SESSION_JS]
        {
            assert!(!content.contains("://") && !content.contains("@import") && !content.contains("url("));
        }
        for (name, content) in SCRIPTS {
            // The one address is that of SVG itself, a name and no place.
            let content = content.replace("http://www.w3.org/2000/svg", "");
            let mut after = content.split("://").skip(1).filter_map(|rest| rest.chars().next());
            assert!(!after.any(char::is_alphanumeric), "{name}");
            assert!(!content.contains("innerHTML") && !content.contains("eval("), "{name}");
        }
    }
}
