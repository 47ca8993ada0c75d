//! The headers that every page carries.

/// What a page may load and do: its own style sheets, scripts, pictures and voice messages, nothing inline, nothing foreign.
/// `blob:` is a picture that the visitor has chosen and that is still on its way up.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The headers of every HTML answer, errors included.
///
/// A later form must know: under `no-referrer` a browser sends `Origin: null` with a form's POST; a `fetch` in its
/// default mode sends the real origin.
pub const PAGE_HEADERS: [(&str, &str); 7] = [
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow"),
    ("vary", "accept-language, cookie"),
];

/// `cache-control` of an asset whose name carries the hash of its content.
pub const ASSET_CACHE_CONTROL: &str = "public, max-age=31536000, immutable";
