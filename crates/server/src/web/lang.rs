//! Which language a page speaks, and how a reader changes it.

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// 中文
    Zh,
    /// English
    En,
}

/// A sentence written by the server in both languages, such as a line of a group's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilingual {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Bilingual {
    /// Both versions of a sentence.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The version that a reader of `lang` gets.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl Lang {
    /// The cookie that remembers a reader's choice.
    pub const COOKIE: &str = "lq_lang";

    /// `?lang=` wins over the cookie, the cookie over `Accept-Language`. Who asks for nothing reads Chinese; who
    /// asks only for languages that are not here reads English.
    pub fn negotiate(query_lang: Option<&str>, cookie: Option<&str>, accept_language: &str) -> Self {
        query_lang
            .and_then(Self::from_tag)
            .or_else(|| cookie.and_then(Self::from_tag))
            .unwrap_or_else(|| Self::from_accept(accept_language))
    }

    /// The value of the `set-cookie` header that remembers this language for a year.
    pub fn set_cookie(self) -> String {
        format!("{}={}; Path=/; Max-Age=31536000; SameSite=Lax", Self::COOKIE, self.code())
    }

    /// The short name, as in `?lang=`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The tag for an HTML `lang` attribute.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language that the switch leads to.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// `self_url` (path and query of this page) in the other language; every other parameter stays as it is.
    pub(super) fn switch_url(self, self_url: &str) -> String {
        let url = own_path(self_url);
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let mut out = format!("{path}?");
        for pair in query.split('&').filter(|p| !p.is_empty() && p.split('=').next() != Some("lang")) {
            out.push_str(pair);
            out.push('&');
        }
        out + "lang=" + self.other().code()
    }

    fn from_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    fn from_accept(header: &str) -> Self {
        let mut best: Option<(f32, Self)> = None;
        let mut foreign = false;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())
                .filter(|q| *q > 0.0);
            let Some(weight) = weight else { continue };
            match Self::from_tag(tag) {
                Some(lang) if best.is_none_or(|(w, _)| weight > w) => best = Some((weight, lang)),
                Some(_) => {}
                None => foreign |= !tag.is_empty() && tag != "*",
            }
        }
        best.map_or(if foreign { Self::En } else { Self::Zh }, |(_, lang)| lang)
    }
}

/// A link that stays on this host: exactly one leading slash, no fragment, whatever path was asked for.
pub(super) fn own_path(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    format!("/{}", url.trim_start_matches(['/', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_wins_then_the_cookie_then_the_header() {
        assert_eq!(Lang::negotiate(Some("en"), Some("zh"), "zh-CN"), Lang::En);
        assert_eq!(Lang::negotiate(Some("zh-Hant"), Some("en"), "en"), Lang::Zh);
        assert_eq!(Lang::negotiate(Some("klingon"), Some("en"), "zh-CN"), Lang::En);
        assert_eq!(Lang::negotiate(None, Some("<b>"), "zh-CN"), Lang::Zh);
        assert_eq!(Lang::negotiate(None, None, ""), Lang::Zh);
        assert_eq!(Lang::negotiate(None, None, "*"), Lang::Zh);
        assert_eq!(Lang::negotiate(None, None, "fr-FR, de;q=0.5"), Lang::En);
        assert_eq!(Lang::negotiate(None, None, "fr, zh;q=0.3, en;q=0.7"), Lang::En);
        assert_eq!(Lang::negotiate(None, None, "en;q=0, zh-TW;q=0.1"), Lang::Zh);
        assert_eq!(Lang::negotiate(None, None, "en-GB,en;q=0.9,zh-CN;q=0.8"), Lang::En);
        assert_eq!(Lang::negotiate(None, None, ";;;,,zh;q=abc"), Lang::Zh);
    }

    #[test]
    fn the_switch_keeps_the_other_parameters_and_the_host() {
        assert_eq!(Lang::Zh.switch_url("/g/abc"), "/g/abc?lang=en");
        assert_eq!(Lang::En.switch_url("/g/abc?lang=en"), "/g/abc?lang=zh");
        assert_eq!(
            Lang::Zh.switch_url("/customer-service/index.html?corpId=a%26b&lang=zh&x=1&language=q#/st"),
            "/customer-service/index.html?corpId=a%26b&x=1&language=q&lang=en"
        );
        assert_eq!(Lang::Zh.switch_url("//evil.example/x"), "/evil.example/x?lang=en");
        assert_eq!(Lang::Zh.switch_url("/\\evil.example"), "/evil.example?lang=en");
    }
}
