//! Code that the manual shows is the samples' own: a block in a programming language stands in one of them, and the
//! chapter that shows it links it.

use std::fs;

use super::{pages, root};

const LANGUAGES: [&str; 7] = ["java", "csharp", "php", "bash", "python", "cpp", "js"];

#[test]
fn every_program_of_the_samples_is_shown_as_it_is() {
    let folder = root().join("docs/samples");
    let files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("the samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .map(|path| {
            let name = path.file_name().expect("a name").display().to_string();
            (name, fs::read_to_string(path).expect("a text"))
        })
        .collect();
    assert_eq!(files.len(), 8);
    for language in ["en", "zh"] {
        let page = pages(&format!("docs/{language}/connect.md")).remove(0);
        for (name, _) in &files {
            assert!(page.text.contains(&format!("](../samples/{name})")), "{} lacks {name}", page.name());
        }
        let blocks = page.blocks();
        for shown in LANGUAGES {
            let of = blocks.iter().filter(|block| block.language == shown).collect::<Vec<_>>();
            assert_eq!(of.len(), 1, "{}: {shown}", page.name());
            let found = files.iter().any(|(_, text)| text.contains(&of[0].text));
            assert!(found, "{}: no sample has this\n{}", page.name(), of[0].text);
        }
    }
}
