//! The manual says what is: its links lead somewhere, its commands are the program's, its lists are whole, and both
//! languages tell the same.

mod codes;
mod commands;
mod examples;
mod figures;
mod links;
mod samples;
mod settings;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A page.
#[derive(Debug)]
struct Page {
    path: PathBuf,
    text: String,
}

/// A fenced block of a page.
#[derive(Debug, PartialEq)]
struct Block<'p> {
    /// What stands behind the opening fence.
    language: &'p str,
    text: String,
}

/// A heading: its level and its words.
#[derive(Debug, Clone, Copy)]
struct Heading<'p> {
    level: usize,
    words: &'p str,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Every page under a folder, or the page itself, in a settled order.
fn pages(place: &str) -> Vec<Page> {
    let path = root().join(place);
    if path.is_file() {
        return vec![Page { text: fs::read_to_string(&path).expect("a text"), path }];
    }
    let mut found: Vec<PathBuf> =
        fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    let mut pages = Vec::new();
    for path in found {
        let name = path.strip_prefix(root()).expect("inside").to_str().expect("UTF-8").to_owned();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "md") {
            pages.extend(self::pages(&name));
        }
    }
    pages
}

/// What people read: the manual, and the pages that lead to it.
fn everything() -> Vec<Page> {
    let mut places = vec!["docs", "README.md", "README.zh-CN.md", "CONTRIBUTING.md", "ARCHITECTURE.md"];
    places.extend(["ops", "fuzz"].into_iter().filter(|place| root().join(place).is_dir()));
    let pages: Vec<Page> = places.into_iter().flat_map(pages).collect();
    assert!(pages.len() > 20, "the manual is there: {pages:?}");
    pages
}

impl Page {
    /// Its place in the repository.
    fn name(&self) -> String {
        self.path.strip_prefix(root()).expect("inside").display().to_string()
    }

    /// The lines, each with whether it stands in a fenced block.
    fn lines(&self) -> impl Iterator<Item = (bool, &str)> {
        let mut inside = false;
        self.text.lines().map(move |line| {
            let fence = line.trim_start().starts_with("```");
            let was = inside;
            inside ^= fence;
            (was || fence, line)
        })
    }

    fn headings(&self) -> Vec<Heading<'_>> {
        let headings = self.lines().filter(|(fenced, line)| !fenced && line.starts_with('#'));
        let heading = |(_, line): (bool, &'_ str)| line.trim_start_matches('#').len();
        headings
            .map(|both| {
                let rest = heading(both);
                let level = both.1.len() - rest;
                Heading { level, words: both.1[level..].trim() }
            })
            .collect()
    }

    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks: Vec<Block<'_>> = Vec::new();
        let mut open: Option<(usize, Block<'_>)> = None;
        for line in self.text.lines() {
            let indent = line.len() - line.trim_start().len();
            match (line.trim_start().strip_prefix("```"), open.take()) {
                (Some(_), Some((_, block))) => blocks.push(block),
                (Some(language), None) => {
                    open = Some((indent, Block { language: language.trim(), text: String::new() }));
                }
                (None, Some((margin, mut block))) => {
                    block.text.push_str(line.get(margin..).unwrap_or_default());
                    block.text.push('\n');
                    open = Some((margin, block));
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block has no end", self.name());
        blocks
    }

    /// The rows of its tables, as cells.
    fn rows(&self) -> Vec<Vec<&str>> {
        let rows = self.lines().filter(|(fenced, line)| !fenced && line.starts_with('|'));
        rows.map(|(_, line)| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
    }
}

#[test]
fn both_languages_have_the_same_chapters_with_the_same_sections_and_commands() {
    let (english, chinese) = (pages("docs/en"), pages("docs/zh"));
    let names =
        |pages: &[Page]| pages.iter().map(|page| page.path.file_name().map(ToOwned::to_owned)).collect();
    let (ours, theirs): (Vec<_>, Vec<_>) = (names(&english), names(&chinese));
    assert_eq!(ours, theirs);
    for (english, chinese) in english.iter().zip(&chinese) {
        let levels = |page: &Page| page.headings().iter().map(|heading| heading.level).collect::<Vec<_>>();
        assert_eq!(levels(english), levels(chinese), "{}", english.name());
        let commands = |page: &Page| -> Vec<_> {
            let blocks = page.blocks();
            blocks.iter().map(|block| (block.language.to_owned(), commands::words(block))).collect()
        };
        assert_eq!(commands(english), commands(chinese), "{}", english.name());
        assert_eq!(english.rows().len(), chinese.rows().len(), "{}: rows of tables", english.name());
    }
}

#[test]
fn the_index_names_every_chapter() {
    for language in ["en", "zh"] {
        let pages = pages(&format!("docs/{language}"));
        let (index, chapters): (Vec<_>, Vec<_>) =
            pages.iter().partition(|page| page.path.ends_with("README.md"));
        for chapter in chapters {
            let link = format!("]({})", chapter.path.file_name().expect("a name").display());
            assert!(index[0].text.contains(&link), "{} has no {link}", index[0].name());
        }
    }
}
