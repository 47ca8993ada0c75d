//! Horizontal bars, as SVG that is readable on light and on dark pages.

use std::fmt::Write as _;

/// A chart: groups of bars on one scale.
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What the scale counts.
    pub(crate) axis: String,
    /// Each line is ten times the one before; else the scale begins at nothing.
    pub(crate) logarithmic: bool,
    pub(crate) groups: Vec<Group>,
}

/// Bars that belong together.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
}

pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// Which colour.
    pub(crate) series: usize,
}

const WIDTH: f64 = 860.0;
/// Where the scale begins; the labels stand before it.
const LEFT: f64 = 190.0;
/// Room behind the longest bar for its figure.
const RIGHT: f64 = 110.0;
const TOP: f64 = 56.0;
const BAR: f64 = 20.0;
const GAP: f64 = 6.0;
const HEAD: f64 = 26.0;

/// Bars stand on the page itself, so the colours are of middle lightness and the text follows the page's scheme.
const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2a2e}\
.t{font-size:16px;font-weight:600}.h{font-weight:600}.m{fill:#5a686d;font-size:12px}.g{stroke:#c9d3d6;stroke-width:1}\
.b{fill:#fff}.s0{fill:#0b7a75}.s1{fill:#4c9f9b}.s2{fill:#c9822b}.s3{fill:#7a6fa8}\
@media(prefers-color-scheme:dark){text{fill:#e6edef}.m{fill:#9fb0b5}.g{stroke:#3a474c}.b{fill:#12191b}\
.s0{fill:#2fb3ac}.s1{fill:#7cc9c4}.s2{fill:#e0a458}.s3{fill:#a79dd3}}";

impl Chart {
    pub(crate) fn svg(&self) -> String {
        let values = || self.groups.iter().flat_map(|group| &group.bars).map(|bar| bar.value);
        let highest = values().fold(0.0, f64::max);
        let low = if self.logarithmic { values().fold(f64::INFINITY, f64::min).log10().floor() } else { 0.0 };
        let place = |value: f64| if self.logarithmic { value.log10() } else { value };
        let step = if self.logarithmic { 1.0 } else { nice_step(highest) };
        let high = (place(highest) / step).ceil().max(low / step + 1.0) * step;
        let x = |value: f64| LEFT + (place(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT);
        let mut body = String::new();
        let mut y = TOP;
        for group in &self.groups {
            let _ =
                write!(body, r#"<text class="h" x="16" y="{:.0}">{}</text>"#, y + 17.0, escape(&group.title));
            y += HEAD;
            for bar in &group.bars {
                let _ = write!(
                    body,
                    r#"<text x="{:.0}" y="{:.0}" text-anchor="end">{}</text><rect class="s{}" x="{LEFT}" y="{y:.0}" width="{:.1}" height="{BAR}" rx="2"/><text x="{:.1}" y="{:.0}">{}</text>"#,
                    LEFT - 10.0,
                    y + 15.0,
                    escape(&bar.label),
                    bar.series % 4,
                    (x(bar.value) - LEFT).max(2.0),
                    x(bar.value).max(LEFT + 2.0) + 7.0,
                    y + 15.0,
                    figure(bar.value),
                );
                y += BAR + GAP;
            }
            y += GAP;
        }
        let mut grid = String::new();
        let mut mark = low;
        while mark <= high {
            let value = if self.logarithmic { 10f64.powf(mark) } else { mark };
            let _ = write!(
                grid,
                r#"<line class="g" x1="{0:.1}" y1="{1:.0}" x2="{0:.1}" y2="{y:.0}"/><text class="m" x="{0:.1}" y="{2:.0}" text-anchor="middle">{3}</text>"#,
                x(value),
                TOP,
                y + 18.0,
                figure(value),
            );
            mark += step;
        }
        let height = y + 52.0;
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0}" width="{WIDTH}" height="{height:.0}" role="img" aria-label="{title}"><style>{STYLE}</style><rect class="b" width="{WIDTH}" height="{height:.0}" rx="6"/><text class="t" x="16" y="30">{title}</text>{grid}{body}<text class="m" x="{LEFT}" y="{axis_y:.0}">{axis}</text></svg>
"#,
            title = escape(&self.title),
            axis = escape(&self.axis),
            axis_y = y + 40.0,
        )
    }
}

/// 1, 2 or 5 times a power of ten: at least four lines up to `highest`.
fn nice_step(highest: f64) -> f64 {
    let power = 10f64.powf((highest / 4.0).log10().floor());
    [5.0, 2.0].into_iter().find(|times| times * power * 4.0 <= highest).unwrap_or(1.0) * power
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value {
        v if v >= 1000.0 => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a rate of less than 10^9"
            )]
            let whole = v.round() as u64;
            crate::results::grouped(whole)
        }
        v if v >= 100.0 || v.fract() == 0.0 => format!("{v:.0}"),
        v if v >= 1.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
