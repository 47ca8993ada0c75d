//! What stands where on the paper, in millimetres from its upper left corner.

use super::{Poster, PosterError, Size, measure};
use crate::web::{qr::Runs, show};

/// A sheet of paper with black things on it.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) width: f32,
    pub(super) height: f32,
    /// What it is called by programs that show it.
    pub(super) title: String,
    pub(super) lang: &'static str,
    pub(super) texts: Vec<Text>,
    /// The square behind the company's initial: corner and side.
    pub(super) mark: (f32, f32, f32),
    /// The line above the foot: left, right, height, thickness.
    pub(super) rule: (f32, f32, f32, f32),
    /// The code with its quiet zone: corner and side.
    pub(super) code: (f32, f32, f32),
    pub(super) runs: Runs,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) words: String,
    /// Where the anchor is.
    pub(super) x: f32,
    /// The line that letters stand on.
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) mono: bool,
    pub(super) white: bool,
    pub(super) anchor: Anchor,
}

/// Which point of a line stands at its `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Text {
    /// The width that it is expected to have.
    pub(super) fn width(&self) -> f32 {
        let sizes = if self.mono {
            f32::from(u16::try_from(self.words.chars().count()).unwrap_or(u16::MAX)) * measure::MONO
        } else {
            measure::width(&self.words, self.bold)
        };
        sizes * self.size
    }

    /// Where it begins.
    pub(super) fn left(&self) -> f32 {
        match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - self.width() / 2.0,
            Anchor::End => self.x - self.width(),
        }
    }
}

/// Measures of a paper.
struct Form {
    width: f32,
    /// None: as long as what stands on it.
    height: Option<f32>,
    margin: f32,
    /// Everything as many times as large as on A6.
    scale: f32,
    /// The side of the code where there is room.
    code: f32,
}

impl Form {
    const fn of(size: Size) -> Self {
        match size {
            Size::A6 => Self { width: 105.0, height: Some(148.0), margin: 8.0, scale: 1.0, code: 61.0 },
            Size::A4 => Self { width: 210.0, height: Some(297.0), margin: 16.0, scale: 2.0, code: 122.0 },
            Size::Receipt => Self { width: 80.0, height: None, margin: 5.0, scale: 0.9, code: 60.0 },
        }
    }
}

/// The least side of the code, in millimetres of A6: below it, cameras need a steady hand.
const LEAST_CODE: f32 = 36.0;

/// Places lines below each other.
struct Flow {
    form: Form,
    y: f32,
    texts: Vec<Text>,
}

/// How a line looks.
#[derive(Clone, Copy)]
struct Look {
    /// Millimetres on A6.
    size: f32,
    bold: bool,
    /// Height of a line, in sizes.
    line: f32,
    most: usize,
}

impl Flow {
    fn inner(&self) -> f32 {
        self.form.width - 2.0 * self.form.margin
    }

    /// Lines of `text` in a column, from `y` on; the height they take.
    fn put(&mut self, text: &str, look: Look, x: f32, y: f32, room: f32, anchor: Anchor) -> f32 {
        let size = look.size * self.form.scale;
        let mut down = 0.0;
        for words in measure::wrap(text, room / size, look.bold, look.most) {
            // Letters stand about a third of a size above the middle of their line's lower half.
            let y = y + down + size * (look.line / 2.0 + 0.36);
            let bold = look.bold;
            self.texts.push(Text { words, x, y, size, bold, mono: false, white: false, anchor });
            down += size * look.line;
        }
        down
    }

    /// Lines in the middle, below what is there.
    fn centre(&mut self, text: &str, look: Look) {
        let (x, room) = (self.form.width / 2.0, self.inner());
        self.y += self.put(text, look, x, self.y, room, Anchor::Middle);
    }

    /// The largest of these sizes at which the text takes no more than so many lines.
    fn size(text: &str, sizes: [f32; 3], room: f32, bold: bool, lines: usize) -> f32 {
        let fits = |size: &f32| measure::wrap(text, room / size, bold, usize::MAX).len() <= lines;
        sizes.into_iter().find(fits).unwrap_or(sizes[2])
    }

    /// The company beside its mark; the mark's place.
    fn company(&mut self, company: &str) -> (f32, f32, f32) {
        let (scale, side) = (self.form.scale, 8.0 * self.form.scale);
        let gap = 2.4 * scale;
        let room = self.inner() - side - gap;
        let letters = Self::size(company, [3.6, 3.1, 2.7], room / scale, true, 2);
        let look = Look { size: letters, bold: true, line: 1.35, most: 3 };
        let first = self.texts.len();
        let height = self.put(company, look, 0.0, 0.0, room, Anchor::Start).max(side);
        let lines = &mut self.texts[first..];
        let widest = lines.iter().map(Text::width).fold(0.0, f32::max);
        let left = (self.form.width - side - gap - widest) / 2.0;
        let block = f32::from(u8::try_from(lines.len()).unwrap_or(3)) * letters * scale * 1.35;
        for line in lines {
            line.x = left + side + gap;
            line.y += self.y + (height - block) / 2.0;
        }
        let top = self.y + (height - side) / 2.0;
        self.texts.push(Text {
            words: show::initial(company),
            x: left + side / 2.0,
            y: top + side * 0.68,
            size: side * 0.54,
            bold: true,
            mono: false,
            white: true,
            anchor: Anchor::Middle,
        });
        self.y += height;
        (left, top, side)
    }

    /// The address, its last part in groups with gaps, which a copy of the text does not have.
    fn address(&mut self, base: &str, groups: &[String]) {
        let size = 3.45 * self.form.scale;
        let letter = size * measure::MONO;
        let middle = self.form.width / 2.0;
        let mut put = |words: String, x: f32, y: f32, anchor| {
            self.texts.push(Text { words, x, y, size, bold: true, mono: true, white: false, anchor });
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some forty letters")]
        let most = ((self.form.width - 2.0 * self.form.margin) / letter).max(8.0) as usize;
        let mut y = self.y;
        for line in base.chars().collect::<Vec<_>>().chunks(most) {
            y += size * 1.4;
            put(line.iter().collect(), middle, y - size * 0.3, Anchor::Middle);
        }
        y += size * 1.4;
        let letters: f32 = groups.iter().map(|g| f32::from(u8::try_from(g.len()).unwrap_or(4))).sum();
        let gaps = f32::from(u8::try_from(groups.len().saturating_sub(1)).unwrap_or(5)) * 0.7;
        let mut x = middle - (letters + gaps) * letter / 2.0;
        for group in groups {
            put(group.clone(), x, y - size * 0.3, Anchor::Start);
            x += (f32::from(u8::try_from(group.len()).unwrap_or(4)) + 0.7) * letter;
        }
        self.y = y;
    }

    /// What group it is and since when, in two columns; the height from the rule on.
    fn foot(&mut self, poster: &Poster, top: f32) -> f32 {
        let (w, scale, inner) = (poster.words(), self.form.scale, self.inner());
        let (left, right) = (self.form.margin, self.form.width - self.form.margin);
        let (name, small) = (
            Look { size: 3.5, bold: true, line: 1.5, most: 2 },
            Look { size: 3.0, bold: false, line: 1.5, most: 2 },
        );
        let y = top + 3.0 * scale;
        let (wide, narrow) = (inner * 0.58, inner * 0.38);
        let mut l = self.put(&show::line(&poster.group_name), name, left, y, wide, Anchor::Start);
        l += self.put(w.valid, small, left, y + l, wide, Anchor::Start);
        let r = self.put(&poster.date, small, right, y, narrow, Anchor::End);
        3.0 * scale + l.max(r)
    }
}

impl Sheet {
    /// Puts everything on the paper.
    pub(super) fn of(poster: &Poster, paper: Size) -> Result<Self, PosterError> {
        let form = Form::of(paper);
        let (width, margin, scale, code) = (form.width, form.margin, form.scale, form.code);
        let fixed = form.height;
        let w = poster.words();
        let company = show::line(&poster.company);
        let mut flow = Flow { y: form.margin, form, texts: Vec::new() };
        let mark = flow.company(&company);
        flow.y += 5.0 * scale;
        let head = Flow::size(w.head, [7.6, 6.6, 5.8], flow.inner() / scale, true, 1);
        flow.centre(w.head, Look { size: head, bold: true, line: 1.25, most: 2 });
        flow.y += 1.4 * scale;
        let plain = Look { size: 3.5, bold: false, line: 1.5, most: 2 };
        flow.centre(w.scan, plain);
        flow.centre(w.no_account, plain);
        let above = flow.y + 2.6 * scale;

        // What stands below the code is laid out from there, and moved when the code's side is known.
        let first = flow.texts.len();
        flow.y = 0.0;
        flow.centre(w.typed, Look { size: 3.0, bold: false, line: 1.5, most: 2 });
        let (base, groups) = poster.typed();
        flow.address(&base, &groups);
        let address = flow.y + 1.0 * scale;
        let below = flow.texts.len();
        let gap = 3.0 * scale;
        let foot = flow.foot(poster, 0.0);

        let side = match fixed {
            Some(height) => (height - margin - foot - gap - address - above).clamp(LEAST_CODE * scale, code),
            None => code,
        };
        let height = fixed.unwrap_or_else(|| (above + side + address + gap + foot + margin).ceil());
        // Where paper is left, the code stands in the middle of it.
        let rule = height - margin - foot;
        let spare = (rule - gap - address - side - above).max(0.0);
        let top = above + spare / 2.0;
        flow.texts[first..below].iter_mut().for_each(|text| text.y += top + side);
        flow.texts[below..].iter_mut().for_each(|text| text.y += rule);
        Ok(Self {
            width,
            height,
            title: format!("{} · {company}", w.title),
            lang: poster.lang.tag(),
            texts: flow.texts,
            mark,
            rule: (margin, width - margin, rule, 0.3 * scale),
            code: ((width - side) / 2.0, top, side),
            runs: Runs::of(&poster.link)?,
        })
    }
}
