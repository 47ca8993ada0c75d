//! Which lines are logged: a level, or levels by the part of the program that speaks.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// A filter such as `info` or `warn,store=debug`; the error says what is wrong with it.
pub fn parse(text: &str) -> Result<Targets, String> {
    let mut filter = Targets::new();
    for part in text.split(',').map(str::trim) {
        match part.split_once('=') {
            None => filter = filter.with_default(level(part)?),
            Some((target, word)) if is_target(target) => filter = filter.with_target(target, level(word)?),
            Some((target, _)) => {
                return Err(format!(
                    "`{target}` is no part of the program; laqun, store, or a module as in laqun::jobs"
                ));
            }
        }
    }
    Ok(filter)
}

/// A word that is no level is a slip, not the name of a part: taken for one, it would silence everything else.
fn level(word: &str) -> Result<LevelFilter, String> {
    const WORDS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return word.parse().map_err(|_| format!("`{word}` is no level"));
    }
    let near = super::mistake::meant(word, WORDS.into_iter());
    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Err(format!("`{word}` is no level{near}"))
}

fn is_target(target: &str) -> bool {
    !target.is_empty() && target.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_level_alone_and_levels_by_part_are_understood() {
        let filter = parse("warn, store=debug,laqun::jobs=off").unwrap();
        assert!(filter.would_enable("laqun::gateway", &Level::WARN));
        assert!(!filter.would_enable("laqun::gateway", &Level::INFO));
        assert!(filter.would_enable("store::sqlite", &Level::DEBUG));
        assert!(!filter.would_enable("laqun::jobs", &Level::ERROR));
        assert!(!parse("OFF").unwrap().would_enable("laqun", &Level::ERROR));
    }

    #[test]
    fn a_slip_is_told_with_the_level_that_was_meant() {
        assert!(parse("inof").unwrap_err().contains("did you mean info?"));
        for text in ["", "loud", "store=loud", "laqun", "info,", "=info", "a b=info", "3"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
