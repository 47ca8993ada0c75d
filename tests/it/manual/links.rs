//! Every link inside the repository leads to a file that is there, and to a heading in it.

use std::path::Path;

use super::{Page, everything};

/// The links of a line, without what is code.
fn links(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (n, part) in line.split('`').enumerate() {
        if n % 2 == 0 {
            found.extend(part.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)));
        }
    }
    // A link whose words are code: [`name`](target).
    found.extend(line.split("`](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)));
    found
}

/// The name that a heading has in an address.
fn anchor(words: &str) -> String {
    let kept = words.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn check(page: &Page, link: &str) {
    if link.contains("://") || link.starts_with("mailto:") {
        return;
    }
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    let folder = page.path.parent().expect("a folder");
    let target = if file.is_empty() { page.path.clone() } else { folder.join(file) };
    assert!(Path::new(&target).exists(), "{}: {link} leads nowhere", page.name());
    let Some(heading) = heading else { return };
    let text = std::fs::read_to_string(&target).expect("a text");
    let target = Page { path: target, text };
    let there = target.headings().iter().any(|candidate| anchor(candidate.words) == heading);
    assert!(there, "{}: {link} names no heading of {}", page.name(), target.path.display());
}

#[test]
fn every_link_leads_somewhere() {
    let mut seen = 0;
    for page in everything() {
        for (_, line) in page.lines().filter(|(fenced, _)| !fenced) {
            for link in links(line) {
                check(&page, link);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} links");
}

#[test]
fn the_manual_can_be_reached_from_the_first_page() {
    for (page, manual) in [("README.md", "docs/en/README.md"), ("README.zh-CN.md", "docs/zh/README.md")] {
        let page = super::pages(page).remove(0);
        let found = page.lines().any(|(_, line)| links(line).contains(&manual));
        assert!(found, "{} does not lead to {manual}", page.name());
    }
}
