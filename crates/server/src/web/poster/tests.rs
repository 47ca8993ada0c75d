//! Nothing leaves the paper, nothing covers the code, whatever the names are.

use super::{Poster, Size, sheet::Sheet};
use crate::web::{Lang, poster::sheet::Text};

fn poster(lang: Lang, company: &str, group_name: &str, base: &str) -> Poster {
    Poster {
        lang,
        company: company.to_owned(),
        group_name: group_name.to_owned(),
        date: "2026-11-23".to_owned(),
        link: format!("{base}/g/4uQeVj5tqViQh7yWWGStvk"),
    }
}

/// Posters with short, long and hostile names.
fn posters() -> Vec<Poster> {
    let long = "云杉家电售后服务中心，华东大区上海浦东新区".repeat(6);
    let words = "Spruce Home Appliances After-Sales Service of the Eastern Region ".repeat(2);
    let host =
        format!("https://{}.example.com", "a-very-long-name-of-a-host.".repeat(2).trim_end_matches('.'));
    let mut posters = Vec::new();
    for lang in [Lang::Zh, Lang::En] {
        for company in ["云杉家电售后", "", &long, &words, &"W".repeat(128), "<b>&\"\u{202e}x", "שלום 👋"]
        {
            let base = if company == long { host.as_str() } else { "https://kf.yunshan.example" };
            posters.push(poster(lang, company, company, base));
            posters.push(poster(lang, company, "洗碗机 W3 门下漏水", "http://192.168.1.2:7700"));
        }
    }
    posters
}

fn shown(sheet: &Sheet) -> String {
    sheet.texts.iter().map(|text| text.words.as_str()).collect::<Vec<_>>().join("|")
}

#[test]
fn nothing_leaves_the_paper_and_nothing_covers_the_code() {
    for poster in posters() {
        for size in Size::ALL {
            let sheet = Sheet::of(&poster, size).unwrap();
            let (x, y, side) = sheet.code;
            let (left, right, rule, _) = sheet.rule;
            assert!(x >= 0.0 && x + side <= sheet.width && y + side <= rule, "{size:?} {poster:?}");
            assert!(
                side / f32::from(u16::try_from(sheet.runs.size).unwrap()) >= 0.6,
                "modules too small: {poster:?}"
            );
            for text in &sheet.texts {
                let Text { y: foot, size: height, .. } = *text;
                let (from, to) = (text.left(), text.left() + text.width());
                assert!(from >= left - 0.1 && to <= right + 0.1, "{size:?}: {text:?}");
                assert!(foot - height >= 0.0 && foot + height * 0.3 <= sheet.height, "{size:?}: {text:?}");
                assert!(
                    foot <= y || foot - height * 0.8 >= y + side - 0.1,
                    "{size:?}: {text:?} on the code {:?}",
                    sheet.code
                );
            }
        }
    }
}

#[test]
fn no_line_lies_on_another() {
    for poster in posters() {
        for size in Size::ALL {
            let sheet = Sheet::of(&poster, size).unwrap();
            for (n, a) in sheet.texts.iter().enumerate() {
                for b in &sheet.texts[n + 1..] {
                    let apart =
                        a.left() + a.width() <= b.left() + 0.1 || b.left() + b.width() <= a.left() + 0.1;
                    let below = a.y <= b.y - b.size * 0.9 || b.y <= a.y - a.size * 0.9;
                    assert!(apart || below, "{size:?}: {a:?} and {b:?}");
                }
            }
        }
    }
}

#[test]
fn everything_is_said_and_the_address_is_whole() {
    let poster = poster(Lang::Zh, "云杉家电售后", "洗碗机 W3 门下漏水", "https://kf.yunshan.example");
    for size in Size::ALL {
        let sheet = Sheet::of(&poster, size).unwrap();
        let all = shown(&sheet);
        for said in [
            "云杉家电售后",
            "扫一扫，直接和我们说",
            "不用注册，不用下载。",
            "洗碗机 W3 门下漏水",
            "2026-11-23",
        ] {
            assert!(all.contains(said), "{size:?}: {said} in {all}");
        }
        let typed: String =
            sheet.texts.iter().filter(|text| text.mono).map(|text| text.words.as_str()).collect();
        assert_eq!(typed, "kf.yunshan.example/g/4uQeVj5tqViQh7yWWGStvk");
    }
    let plain = Poster { link: "http://192.168.1.2:7700/g/4uQeVj5tqViQh7yWWGStvk".to_owned(), ..poster };
    assert_eq!(plain.typed().0, "http://192.168.1.2:7700/g/", "browsers try https first");
}

#[test]
fn a_drawing_is_well_formed_whatever_the_names_are() {
    for poster in posters() {
        let svg = poster.svg(Size::A6).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert!(!svg.contains("style=") && !svg.contains('\u{202e}'));
        assert_eq!(document.root_element().attribute("width"), Some("105mm"));
    }
}
