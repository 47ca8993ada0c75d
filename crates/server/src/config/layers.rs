//! Reading the layers and laying one over the other.

use std::{ffi::OsString, path::Path, path::PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::Settings;

/// What a setting looks like outside a TOML file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Taken as it stands.
    Text,
    /// A number or `true`/`false`, as TOML writes it.
    Literal,
    /// Texts separated by commas.
    List,
}

/// Every setting by its dotted name. The environment variable is `LAQUN_` and the name in capitals, dots as `_`.
pub const KEYS: &[(&str, Shape)] = &[
    ("listen", Shape::Text),
    ("public_url", Shape::Text),
    ("data", Shape::Text),
    ("database_url", Shape::Text),
    ("master_key_file", Shape::Text),
    ("unsafe_durability", Shape::Literal),
    ("trusted_proxies", Shape::List),
    ("gateway.clock_skew", Shape::Literal),
    ("gateway.business_error_code", Shape::Literal),
    ("gateway.failed_signatures_per_minute", Shape::Literal),
    ("channel.patience", Shape::Literal),
    ("channel.pending", Shape::Text),
    ("log.format", Shape::Text),
    ("log.level", Shape::Text),
];

/// What the command line sets, by dotted name.
pub type Overrides = Vec<(&'static str, String)>;

/// What a command does about the layers below its flags.
#[derive(Debug, Clone, Copy, Default)]
pub struct Below {
    /// Settings that file and environment do not give: only a flag does.
    pub flag_only: &'static [&'static str],
    /// Defaults of the command's own, below the file.
    pub defaults: &'static [(&'static str, &'static str)],
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be; the message has line and column.
    #[error("{path}: {message}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Where, and what is allowed.
        message: String,
    },
    /// Values are refused, wherever they came from.
    #[error("the configuration has {} mistake(s):\n  {}", .0.len(), .0.join("\n  "))]
    Values(Vec<String>),
}

/// Reads the settings. `file` is `--config`; without it `./laqun.toml` is taken if it is there.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: &Overrides,
    below: Below,
) -> Result<Settings, ConfigError> {
    let default = Path::new("laqun.toml");
    let mut table = match file.or_else(|| default.is_file().then_some(default)) {
        Some(path) => read(path)?,
        None => Table::new(),
    };
    let mut wrong = Vec::new();
    for (key, value) in below.defaults {
        if !has(&table, key) {
            put(&mut table, key, shape(key), key, value, &mut wrong);
        }
    }
    for key in below.flag_only {
        table.remove(*key);
    }
    for (name, value) in environment {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let Some((key, shape)) = KEYS.iter().find(|(key, _)| variable(key) == name) else { continue };
        if below.flag_only.contains(key) {
            continue;
        }
        put(&mut table, key, *shape, name, value, &mut wrong);
    }
    for (key, value) in flags {
        put(&mut table, key, shape(key), &format!("--{}", key.replace(['_', '.'], "-")), value, &mut wrong);
    }
    if !wrong.is_empty() {
        return Err(ConfigError::Values(wrong));
    }
    let settings = Settings::deserialize(table)
        .map_err(|e| ConfigError::Values(vec![e.to_string().trim().to_owned()]))?;
    settings.check().map_err(ConfigError::Values)?;
    Ok(settings)
}

fn read(path: &Path) -> Result<Table, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
    // Read twice: as settings for a message with the line, as a table to lay other layers over it.
    toml::from_str::<Settings>(&text)
        .and_then(|_| toml::from_str::<Table>(&text))
        .map_err(|e| ConfigError::File { path: path.into(), message: without_the_line(&text, &e) })
}

/// What is wrong and where. Not the line itself, as the parser would print it: a password may stand there.
fn without_the_line(text: &str, error: &toml::de::Error) -> String {
    let what = error.message().trim();
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return what.to_owned() };
    let (line, start) = (before.matches('\n').count() + 1, before.rfind('\n').map_or(0, |at| at + 1));
    let column = before[start..].chars().count() + 1;
    let name =
        text[start..].lines().next().and_then(|line| line.split_once('=')).map(|(name, _)| name.trim());
    let known = name.filter(|name| KEYS.iter().any(|(key, _)| key.rsplit('.').next() == Some(*name)));
    let of = known.map_or_else(String::new, |name| format!(", {name}"));
    format!("line {line}, column {column}{of}: {what}")
}

fn shape(key: &str) -> Shape {
    KEYS.iter().find(|(k, _)| *k == key).map_or(Shape::Text, |(_, shape)| *shape)
}

fn has(table: &Table, key: &str) -> bool {
    match key.split_once('.') {
        None => table.contains_key(key),
        Some((section, key)) => {
            table.get(section).and_then(Value::as_table).is_some_and(|inner| inner.contains_key(key))
        }
    }
}

fn variable(key: &str) -> String {
    format!("LAQUN_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn put(table: &mut Table, key: &str, shape: Shape, source: &str, text: &str, wrong: &mut Vec<String>) {
    let value = match shape {
        Shape::Text => Value::String(text.to_owned()),
        Shape::List => text
            .split(',')
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
        Shape::Literal => {
            let Ok(mut parsed) = format!("v = {text}").parse::<Table>() else {
                wrong.push(format!("{source}: `{text}` is neither a number nor true or false"));
                return;
            };
            match parsed.remove("v") {
                Some(value) => value,
                None => return,
            }
        }
    };
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, key)) => {
            if let Value::Table(inner) = table.entry(section).or_insert_with(|| Table::new().into()) {
                inner.insert(key.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect()
    }

    #[test]
    fn flags_lie_over_the_environment_and_that_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:1\"\ndata = \"f\"\n[gateway]\nclock_skew = 1\n").unwrap();
        let environment =
            env(&[("LAQUN_LISTEN", "127.0.0.1:2"), ("LAQUN_GATEWAY_CLOCK_SKEW", "2"), ("OTHER", "x")]);
        let settings =
            load(Some(&file), environment, &vec![("listen", "127.0.0.1:3".into())], Below::default())
                .unwrap();
        assert_eq!(settings.listen.port(), 3);
        assert_eq!(settings.gateway.clock_skew, 2);
        assert_eq!(settings.data, Path::new("f"));
        assert_eq!(settings.gateway.business_error_code, 50);
    }

    #[test]
    fn lists_and_numbers_come_from_the_environment_too() {
        let environment =
            env(&[("LAQUN_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1/32"), ("LAQUN_CHANNEL_PATIENCE", "0.5")]);
        let settings =
            load(Some(Path::new("/dev/null")), environment, &Vec::new(), Below::default()).unwrap();
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.patience().as_millis(), 500);
    }

    #[test]
    fn every_mistake_says_where_and_what_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        for (text, says) in [
            ("lisen = \"x\"", "unknown field `lisen`"),
            ("[gateway]\nclock_skew = \"x\"", "line 2"),
            ("[channel]\npending = \"maybe\"", "channel.pending"),
            ("[channel]\npatience = -1.0", "channel.patience"),
            ("public_url = \"ftp://x\"", "public_url"),
            ("[gateway]\nclock_skew = 9007199254740993", "2^53"),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = load(Some(&file), Vec::new(), &Vec::new(), Below::default()).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        let both = "public_url = \"x\"\n[channel]\npending = \"maybe\"";
        std::fs::write(&file, both).unwrap();
        let error = load(Some(&file), Vec::new(), &Vec::new(), Below::default()).unwrap_err().to_string();
        assert!(error.contains("2 mistake(s)"), "{error}");
        let error = load(Some(Path::new("/nowhere/l.toml")), Vec::new(), &Vec::new(), Below::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains("/nowhere/l.toml"), "{error}");
    }

    #[test]
    fn a_mistake_beside_a_password_does_not_print_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        for (text, says) in [
            ("database_url = postgres://laqun:topsecret@db/laqun", "line 1, column"),
            ("\ndatabase_url = \"postgres://laqun:topsecret@db/laqun", "line 2, column"),
            ("database_url = [\"postgres://laqun:topsecret@db/laqun\"]", "database_url"),
            ("database-url = \"postgres://laqun:topsecret@db/laqun\"", "unknown field `database-url`"),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = load(Some(&file), Vec::new(), &Vec::new(), Below::default()).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(said.contains(says) && !said.contains("topsecret"), "{text}: {said}");
        }
    }

    #[test]
    fn a_command_has_its_own_defaults_and_settings_that_only_its_flags_give() {
        let below = Below { flag_only: &["database_url", "public_url"], defaults: &[("log.level", "warn")] };
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        std::fs::write(&file, "public_url = \"http://file\"\ndatabase_url = \"file\"").unwrap();
        let environment = || env(&[("LAQUN_PUBLIC_URL", "http://env"), ("LAQUN_LISTEN", "127.0.0.1:2")]);
        let settings = load(Some(&file), environment(), &Vec::new(), below).unwrap();
        assert_eq!((&settings.public_url, &settings.database_url), (&None, &None));
        assert_eq!((settings.log.level.as_str(), settings.listen.port()), ("warn", 2));
        let flags = vec![("public_url", "http://flag".into())];
        let settings = load(Some(&file), environment(), &flags, below).unwrap();
        assert_eq!(settings.public_url.as_deref(), Some("http://flag"));
        std::fs::write(&file, "[log]\nlevel = \"debug\"").unwrap();
        assert_eq!(load(Some(&file), environment(), &flags, below).unwrap().log.level, "debug");
        let loud = env(&[("LAQUN_LOG_LEVEL", "trace")]);
        assert_eq!(load(Some(&file), loud, &flags, below).unwrap().log.level, "trace");
    }

    #[test]
    fn the_example_lists_every_setting_with_its_default() {
        let text = include_str!("../../../../laqun.example.toml");
        assert_eq!(toml::from_str::<Settings>(text).unwrap(), Settings::default());
        // Settings without a default stand there as a comment.
        let uncommented = text.replace("\n#= ", "\n");
        let table: Table = uncommented.parse().unwrap();
        for (key, _) in KEYS {
            let mut at = Some(&table);
            let (section, name) = key.split_once('.').map_or((None, *key), |(s, n)| (Some(s), n));
            if let Some(section) = section {
                at = at.and_then(|t| t.get(section)).and_then(Value::as_table);
            }
            assert!(at.is_some_and(|t| t.contains_key(name)), "{key} is missing in laqun.example.toml");
        }
    }
}
