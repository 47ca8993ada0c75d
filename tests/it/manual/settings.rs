//! The chapter on settings has every setting of `laqun.example.toml` (which another test compares with the code), with
//! its default and whether it can be changed while the server runs.

use std::{collections::BTreeMap, fs};

use super::{pages, root};
use crate::harness::laqun;

/// Default and whether it is read again, by name.
type Settings = BTreeMap<String, (Option<String>, bool)>;

fn example() -> Settings {
    let text = fs::read_to_string(root().join("laqun.example.toml")).expect("the example");
    let (mut section, mut reload, mut settings) = (String::new(), false, Settings::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((name, _)) = line.strip_prefix("#= ").and_then(|rest| rest.split_once(" = ")) {
            settings.insert(format!("{section}{name}"), (None, reload));
        } else if line.starts_with('#') {
            reload |= line.starts_with("# (reload)");
        } else if let Some((name, value)) = line.split_once(" = ") {
            settings.insert(format!("{section}{name}"), (Some(value.to_owned()), reload));
        } else {
            reload = false;
        }
    }
    assert!(settings.len() > 10 && settings.values().any(|(_, reload)| *reload), "{settings:?}");
    settings
}

#[test]
fn the_chapter_on_settings_has_each_of_them_with_its_default() {
    for (language, yes, none) in [("en", "yes", "none"), ("zh", "是", "无")] {
        let page = pages(&format!("docs/{language}/configure.md")).remove(0);
        let code =
            |cell: &str| cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).map(str::to_owned);
        let mut told = Settings::new();
        for row in page.rows() {
            let (Some(name), Some(default)) = (code(row[0]), row.get(1)) else { continue };
            let default = code(default);
            assert!(default.is_some() || row[1] == none, "{}: {row:?}", page.name());
            assert!(["", yes].contains(&row[2]) && !row[3].is_empty(), "{}: {row:?}", page.name());
            told.insert(name, (default, row[2] == yes));
        }
        assert_eq!(told, example(), "{}", page.name());
    }
}

#[test]
fn every_configuration_that_the_manual_shows_is_without_mistakes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = 0;
    for page in pages("docs") {
        for block in page.blocks().iter().filter(|block| block.language == "toml") {
            let file = folder.path().join("laqun.toml");
            fs::write(&file, &block.text).expect("a file");
            let said = laqun().args(["config", "check"]).arg(&file).output().expect("it runs");
            let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
            assert!(said.status.success() && !out.contains("warning"), "{}: {out}{err}", page.name());
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen} configurations");
}
