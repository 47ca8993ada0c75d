//! The page of any error.

use askama::Template;

use super::assets::{Urls, urls};
use super::lang::Lang;
use super::show::filters;
use super::words::{ErrorWords, SharedWords, fill};

/// A page for a status of 400 or more.
#[derive(Debug, Clone)]
pub struct ErrorPage {
    /// The reader's language.
    pub lang: Lang,
    /// The HTTP status; 404, 405, 500 and 503 have words of their own.
    pub status: u16,
    /// The number under which the log has the cause.
    pub request_id: Option<String>,
    /// Path and query of this request, for the language switch and "try again".
    pub self_url: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorView<'a> {
    page: &'a ErrorPage,
    lang: Lang,
    switch: String,
    again: Option<String>,
    a: &'static Urls,
    s: &'static SharedWords,
    w: &'static ErrorWords,
    icon: &'static str,
    title: &'static str,
    lead: &'static str,
    code: String,
}

impl ErrorPage {
    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let w = ErrorWords::of(self.lang);
        let (icon, title, lead) = match self.status {
            404 | 410 => ("search", w.not_found, w.not_found_lead),
            405 => ("end", w.method, w.method_lead),
            429 | 503 => ("clock", w.busy, w.busy_lead),
            500.. => ("alert", w.internal, w.internal_lead),
            _ => ("end", w.refused, w.refused_lead),
        };
        ErrorView {
            page: self,
            lang: self.lang,
            switch: self.lang.switch_url(&self.self_url),
            again: (self.status >= 500 || self.status == 429).then(|| super::lang::own_path(&self.self_url)),
            a: urls(),
            s: SharedWords::of(self.lang),
            w,
            icon,
            title,
            lead,
            code: fill(w.code, "status", self.status),
        }
        .render()
    }
}
