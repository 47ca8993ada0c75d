//! The page that is printed from the browser.

use askama::Template;

use super::{Poster, Size};
use crate::web::{
    assets::{Urls, urls},
    lang::Lang,
    show::filters,
    words::{PosterWords, SharedWords},
};

/// `/g/{token}/poster`.
#[derive(Debug, Clone)]
pub struct PosterPage {
    /// What it tells.
    pub poster: Poster,
    /// On which paper.
    pub size: Size,
    /// `/g/{token}`: the addresses of pictures begin with it.
    pub path: String,
    /// Path and query of this request, for the language switch.
    pub self_url: String,
}

#[derive(Template)]
#[template(path = "poster.html")]
struct PosterView<'a> {
    page: &'a PosterPage,
    lang: Lang,
    switch: String,
    a: &'static Urls,
    s: &'static SharedWords,
    w: &'static PosterWords,
    base: String,
    groups: Vec<String>,
}

/// A paper in the chooser.
struct Choice {
    word: &'static str,
    name: &'static str,
    chosen: bool,
}

impl PosterPage {
    /// The page as HTML.
    pub fn render(&self) -> Result<String, askama::Error> {
        let lang = self.poster.lang;
        let (base, groups) = self.poster.typed();
        PosterView {
            page: self,
            lang,
            switch: lang.switch_url(&self.self_url),
            a: urls(),
            s: SharedWords::of(lang),
            w: PosterWords::of(lang),
            base,
            groups,
        }
        .render()
    }
}

impl PosterView<'_> {
    fn choices(&self) -> [Choice; 3] {
        let name = |size| match size {
            Size::A6 => self.w.size_a6,
            Size::A4 => self.w.size_a4,
            Size::Receipt => self.w.size_receipt,
        };
        Size::ALL.map(|size| Choice { word: size.word(), name: name(size), chosen: size == self.page.size })
    }
}
