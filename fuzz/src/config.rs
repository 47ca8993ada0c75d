//! Any text as laqun's configuration: read, or refused with a place for each mistake, and never with the database's address.

use crate::settings::{ConfigError, SETTINGS, Source, origin, parse};

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match parse(text) {
        Ok(settings) => {
            let table: toml::Table = text.parse().expect("what is taken is TOML");
            for (key, value) in &table {
                match value.as_table() {
                    Some(section) => section.keys().for_each(|inner| known(&format!("{key}.{inner}"))),
                    None => known(key),
                }
            }
            if let Some(url) = &settings.public_url {
                let normal = origin(url).expect("it was taken");
                assert_eq!(origin(&normal).as_deref(), Ok(normal.as_str()), "one spelling");
            }
        }
        Err(error) => placed(&error, text),
    }
    if !text.contains("topsecret") {
        let error =
            parse(&format!("database_url = [\"topsecret\"]\n{text}")).expect_err("a list is no address");
        let said = format!("{error} {error:?}");
        assert!(!said.contains("topsecret"), "{said}");
    }
}

fn known(key: &str) {
    assert!(SETTINGS.iter().any(|setting| setting.key == key), "{key} is no setting, and is taken");
}

/// Each mistake is somewhere in the text, and says something.
fn placed(error: &ConfigError, text: &str) {
    let ConfigError::Mistakes(mistakes) = error else { panic!("no file is read: {error}") };
    assert!(!mistakes.is_empty());
    for mistake in mistakes {
        let Source::File { line, column, .. } = &mistake.source else { panic!("{mistake:?}") };
        let there = text.split('\n').nth(line.wrapping_sub(1));
        let Some(there) = there else { panic!("{mistake:?} is on a line that is not there") };
        assert!(*column >= 1 && *column <= there.chars().count() + 1, "{mistake:?} is beyond `{there}`");
        assert!(!mistake.what.trim().is_empty());
    }
}
