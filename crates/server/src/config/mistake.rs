//! What is wrong in the settings, and where.

use std::{fmt, path::PathBuf};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said; it is the program's own.
    Default,
    /// A line of the file. Lines and columns count from 1, columns in characters.
    File {
        /// Which file.
        path: PathBuf,
        /// Which line.
        line: usize,
        /// Which column.
        column: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => {
                write!(f, "{}, line {line}, column {column}", path.display())
            }
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub source: Source,
    /// The setting, where one is known.
    pub setting: Option<&'static str>,
    /// What is wrong and what is allowed.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.what)
    }
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
    /// Mistakes, all of them: of the file in its order, then of environment and flags.
    #[error("the configuration has {}", told(.0))]
    Mistakes(Vec<Mistake>),
}

fn told(mistakes: &[Mistake]) -> String {
    let count = match mistakes.len() {
        1 => "a mistake:".to_owned(),
        n => format!("{n} mistakes:"),
    };
    mistakes.iter().fold(count, |told, mistake| format!("{told}\n  {mistake}"))
}

/// The known name that somebody most likely meant; none is near.
pub(super) fn meant<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |text: &str| text.replace('-', "_").to_ascii_lowercase();
    let name = plain(name);
    known
        .map(|known| (strsim::damerau_levenshtein(&name, &plain(known)), known))
        .filter(|(distance, known)| *distance <= (known.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_right_is_recognised_and_others_are_not() {
        let known = || ["listen", "public_url", "data", "gateway.clock_skew"].into_iter();
        assert_eq!(meant("lisen", known()), Some("listen"));
        assert_eq!(meant("Public-URL", known()), Some("public_url"));
        assert_eq!(meant("dtaa", known()), Some("data"));
        assert_eq!(meant("gateway.clok_skew", known()), Some("gateway.clock_skew"));
        assert_eq!(meant("date_of_birth", known()), None);
        assert_eq!(meant("", known()), None);
    }
}
