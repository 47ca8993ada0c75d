//! The QR poster: something on paper that brings a customer into the group.
//!
//! What stands where is decided once, in `sheet`, in millimetres; `svg`, `pdf` and `png` draw it. The page that is
//! printed from the browser is HTML with the same words.
//!
//! The address for those who cannot scan is the link itself, its token printed in groups of four characters. There is no
//! shorter one: the token is what lets somebody in, and its 128 bits are why it cannot be guessed.

mod draw_pdf;
mod draw_png;
mod draw_svg;
mod measure;
mod page;
mod sheet;

use super::{lang::Lang, qr::QrError, words::PosterWords};

pub use page::PosterPage;

/// What a poster tells. All of it may be shown to whoever has the token: of the ticket only what the group's name says.
#[derive(Debug, Clone)]
pub struct Poster {
    /// The language of its words.
    pub lang: Lang,
    /// Whom the customer will be talking to.
    pub company: String,
    /// The group's name.
    pub group_name: String,
    /// The day it was made for: `2026-11-23`.
    pub date: String,
    /// What the code holds: `{public_url}/g/{token}`.
    pub link: String,
}

/// The paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 105 × 148 mm.
    A6,
    /// 210 × 297 mm.
    A4,
    /// A roll, 80 mm wide.
    Receipt,
}

impl Size {
    /// All, the usual one first.
    pub const ALL: [Self; 3] = [Self::A6, Self::A4, Self::Receipt];

    /// The word in `?size=`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::A6 => "a6",
            Self::A4 => "a4",
            Self::Receipt => "80mm",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.word().eq_ignore_ascii_case(word))
    }
}

/// Why there is no poster.
#[derive(Debug, thiserror::Error)]
pub enum PosterError {
    /// The code cannot be drawn.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The picture cannot be made.
    #[error("the drawing could not be made a picture: {0}")]
    Picture(String),
}

impl Poster {
    /// A drawing, its text as text: whoever opens it shows it with his own fonts.
    pub fn svg(&self, size: Size) -> Result<String, PosterError> {
        Ok(draw_svg::draw(&sheet::Sheet::of(self, size)?))
    }

    /// A page for printers. Its fonts are named, not embedded: Helvetica, Courier, and for Chinese Adobe's STSong-Light, for
    /// which every reader of PDF has a substitute.
    pub fn pdf(&self, size: Size) -> Result<Vec<u8>, PosterError> {
        Ok(draw_pdf::draw(&sheet::Sheet::of(self, size)?))
    }

    /// A picture, drawn with this machine's fonts. Lines whose characters none of them has are left out: without a Chinese
    /// font, the Chinese ones; without any, all but the code.
    pub fn png(&self, size: Size) -> Result<Vec<u8>, PosterError> {
        draw_png::draw(&sheet::Sheet::of(self, size)?, size)
    }

    fn words(&self) -> &'static PosterWords {
        PosterWords::of(self.lang)
    }

    /// The address as people type it: up to the token, and the token in groups of four. Browsers add `https://` themselves.
    fn typed(&self) -> (String, Vec<String>) {
        let (base, token) = self.link.rsplit_once('/').unwrap_or(("", &self.link));
        let base = base.strip_prefix("https://").unwrap_or(base);
        let token: Vec<char> = token.chars().collect();
        (format!("{base}/"), token.chunks(4).map(|group| group.iter().collect()).collect())
    }
}

#[cfg(test)]
mod tests;
