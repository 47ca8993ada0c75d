//! Every page in every state and both languages: well formed, escaped, within the content policy, in its own words.

use super::samples::{self, HOSTILE};
use super::{GroupState, Lang, LinkProblem, assets, poster};

const BOTH: [Lang; 2] = [Lang::Zh, Lang::En];
const PROBLEMS: [LinkProblem; 4] =
    [LinkProblem::Malformed, LinkProblem::Unknown, LinkProblem::Removed, LinkProblem::Renewed];

/// All pages of a language, with a label for messages.
fn pages(lang: Lang, text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for state in GroupState::ALL {
        out.push((format!("group {state:?}"), samples::group(lang, state, text, text).render().unwrap()));
        out.push((format!("staff {state:?}"), samples::staff(lang, state).render().unwrap()));
    }
    for problem in PROBLEMS {
        out.push((
            format!("{problem:?}"),
            samples::link_problem(lang, problem, Some(text)).render().unwrap(),
        ));
        out.push((format!("{problem:?} bare"), samples::link_problem(lang, problem, None).render().unwrap()));
    }
    for status in [400, 404, 405, 410, 429, 500, 503] {
        out.push((status.to_string(), samples::error(lang, status, Some(text)).render().unwrap()));
    }
    for size in poster::Size::ALL {
        out.push((format!("poster {size:?}"), samples::poster(lang, size, text).render().unwrap()));
    }
    out.push(("gate".to_owned(), samples::gate(lang).render().unwrap()));
    out.push(("no group".to_owned(), samples::no_group(lang, text).render().unwrap()));
    out.push(("staff filled".to_owned(), samples::staff_filled(lang, text).render().unwrap()));
    out.push(("staff bare".to_owned(), samples::staff_bare(lang).render().unwrap()));
    out
}

/// The values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Tags that are opened are closed, in order.
fn assert_balanced(label: &str, html: &str) {
    const VOID: [&str; 12] =
        ["meta", "link", "img", "br", "hr", "input", "path", "circle", "rect", "use", "!doctype", "g"];
    let mut open = Vec::new();
    for tag in html.split('<').skip(1).map(|t| t.split('>').next().unwrap()) {
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{label}: </{closed}>");
        } else if !VOID.contains(&name.trim_end_matches('/')) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{label}: {open:?} left open");
}

#[test]
fn every_page_renders_in_both_languages_and_is_well_formed() {
    for lang in BOTH {
        for text in ["云杉家电售后", HOSTILE, &samples::long_name(), "שלום עולם", ""] {
            for (label, html) in pages(lang, text) {
                assert_balanced(&label, &html);
                assert!(html.starts_with("<!doctype html>\n"), "{label}");
                assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{label}");
                assert!(html.contains("name=\"robots\" content=\"noindex"), "{label}");
                let title = html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
                assert!(title.chars().count() > 3, "{label}: title {title:?}");
                assert_eq!(html.matches("<main").count(), 1, "{label}");
                assert!(html.contains("<h1"), "{label}");
                assert!(!html.contains("{{") || text.contains("{{"), "{label}: a placeholder is left");
                for placeholder in ["{company}", "{n}", "{name}", "{time}", "{what}"] {
                    assert!(!html.contains(placeholder), "{label}: {placeholder} is left");
                }
            }
        }
    }
}

#[test]
fn names_cannot_leave_their_place() {
    for lang in BOTH {
        for (label, html) in pages(lang, HOSTILE) {
            assert!(!html.contains("<script>") && !html.contains("<b>"), "{label}");
            let text = html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
            let spoken = values(&html, "aria-label").into_iter().chain(values(&html, "alt"));
            assert!(!text.chain(spoken).any(|t| t.contains('\u{202e}')), "{label}: an override is left");
            assert!(!html.contains("alert('x')"), "{label}: a quote is not escaped");
            assert_eq!(html.matches("</title>").count(), 1, "{label}");
        }
    }
}

#[test]
fn nothing_inline_and_nothing_foreign() {
    for lang in BOTH {
        for (label, html) in pages(lang, "云杉家电售后") {
            assert!(!html.contains(" style=") && !html.contains("<style"), "{label}");
            assert!(!html.contains(" on") || !html.contains(" onclick="), "{label}");
            for script in html.split("<script").skip(1) {
                assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "{label}");
                assert!(script.split_once('>').unwrap().1.starts_with("</script>"), "{label}");
            }
            for url in values(&html, "src").into_iter().chain(values(&html, "href")) {
                let own = url.starts_with('/')
                    || url.starts_with('#')
                    || url.starts_with("https://help.example.com/");
                assert!(own && !url.starts_with("//"), "{label}: {url}");
                assert!(!url.starts_with("/assets/") || assets::asset(url).is_some(), "{label}: {url}");
            }
        }
    }
}

#[test]
fn references_inside_a_page_lead_somewhere_and_ids_are_unique() {
    for lang in BOTH {
        for (label, html) in pages(lang, "x") {
            let mut ids = values(&html, "id");
            // `#/mobileOperator/…` is a route of the page's script, and no place in it.
            let places = values(&html, "href").into_iter().filter_map(|h| h.strip_prefix('#'));
            for target in places.filter(|h| !h.starts_with('/')) {
                assert!(ids.contains(&target), "{label}: #{target}");
            }
            for target in values(&html, "aria-labelledby") {
                assert!(ids.contains(&target), "{label}: aria-labelledby {target}");
            }
            ids.sort_unstable();
            assert!(ids.windows(2).all(|w| w[0] != w[1]), "{label}: an id twice");
        }
    }
}

#[test]
fn each_state_says_something_of_its_own() {
    for lang in BOTH {
        let title =
            |html: String| html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
        let mut titles: Vec<_> = GroupState::ALL
            .into_iter()
            .map(|s| title(samples::group(lang, s, "C", "G").render().unwrap()))
            .chain(
                PROBLEMS.into_iter().map(|p| title(samples::link_problem(lang, p, None).render().unwrap())),
            )
            .collect();
        titles.sort_unstable();
        titles.dedup();
        // reserved = creating, active = waiting_customer, sealed = archived
        assert_eq!(titles.len(), 11, "{titles:?}");
    }
}

#[test]
fn a_page_that_waits_looks_again_and_others_do_not() {
    for state in GroupState::ALL {
        let html = samples::group(Lang::En, state, "C", "G").render().unwrap();
        let waits = html.contains("/assets/wait-");
        assert_eq!(waits, state.is_pending(), "{state:?}");
        assert!(html.contains(&format!("data-state=\"{}\"", state.name())), "{state:?}");
        assert_eq!(waits, html.contains("data-wait"), "{state:?}");
    }
}

#[test]
fn the_gate_tells_nothing_and_unknown_equals_foreign() {
    for lang in BOTH {
        let html = samples::gate(lang).render().unwrap();
        assert!(!html.contains("200110004\"") && html.contains("laqun staff link"));
        for panel in ["busy", "expired", "used", "invalid", "refused", "offline"] {
            assert!(html.contains(&format!("data-panel=\"{panel}\" hidden")), "{panel}");
        }
    }
}

#[test]
fn only_what_is_proven_is_ticked() {
    let mut page = samples::staff(Lang::Zh, GroupState::Active);
    let html = page.render().unwrap();
    assert!(html.contains("4 步完成，2 步要看"));
    for entry in &mut page.timeline {
        entry.evidence = Some(" \u{202e}".to_owned());
    }
    assert!(page.render().unwrap().contains("0 步完成，2 步要看"));
}

#[test]
fn a_page_on_a_phone_is_light() {
    for lang in BOTH {
        for state in GroupState::ALL {
            let html = samples::group(lang, state, "云杉家电售后", "群").render().unwrap();
            let mut pressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut pressed, html.as_bytes()).unwrap();
            let mut bytes = pressed.finish().unwrap().len();
            let mut urls = values(&html, "src");
            urls.extend(values(&html, "href"));
            urls.sort_unstable();
            urls.dedup();
            bytes += urls.into_iter().filter_map(assets::asset).map(|asset| asset.gzip.len()).sum::<usize>();
            // The words, which the page's script fetches in the reader's language, and room for headers and the code's drawing.
            let words = super::scripts::address(&format!("chat/words.{}.js", lang.code()));
            bytes += assets::asset(&words).unwrap().gzip.len() + 5_000;
            assert!(bytes < 60_000, "{state:?}: {bytes} bytes");
        }
    }
}
