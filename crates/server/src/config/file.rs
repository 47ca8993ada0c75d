//! Reading the file: what it gives, and every mistake in it with its place.

use std::{ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Settings,
    given::Given,
    mistake::{Mistake, Source, meant},
    setting::{SETTINGS, Setting},
};

/// A value that the file gives to a setting that there is.
pub(super) struct Entry {
    pub(super) setting: &'static Setting,
    pub(super) value: Given,
    pub(super) source: Source,
}

/// What a file says.
#[derive(Default)]
pub(super) struct Content {
    /// In the order of the file; values that are not allowed are among the mistakes instead.
    pub(super) entries: Vec<Entry>,
    pub(super) mistakes: Vec<Mistake>,
}

/// Reads the text of the file `path`. It is read on after a mistake, so that all of them are told at once.
pub(super) fn read(path: &Path, text: &str) -> Content {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { path, text, content: Content::default(), broken: Vec::new() };
    for error in &errors {
        reading.syntax(error.message(), error.span());
    }
    reading.table(None, document.get_ref());
    let mut content = reading.content;
    content.mistakes.sort_by_key(|mistake| place(&mistake.source));
    // After one slip the parser may stumble over the same spot again.
    content.mistakes.dedup_by_key(|mistake| place(&mistake.source));
    content
}

fn place(source: &Source) -> (usize, usize) {
    match source {
        Source::File { line, column, .. } => (*line, *column),
        _ => (0, 0),
    }
}

struct Reading<'t> {
    path: &'t Path,
    text: &'t str,
    content: Content,
    /// Lines that could not be read: what was made of them is no ground for further complaints, and could show a piece of
    /// a password.
    broken: Vec<usize>,
}

impl Reading<'_> {
    fn source(&self, at: usize) -> Source {
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        Source::File {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }

    fn mistake(&mut self, at: usize, setting: Option<&'static Setting>, what: String) {
        let source = self.source(at);
        if !self.broken.contains(&place(&source).0) {
            self.content.mistakes.push(Mistake { source, setting: setting.map(|s| s.key), what });
        }
    }

    /// What the parser did not understand. Not the line itself, as it would print it: a password may stand there.
    fn syntax(&mut self, what: &str, span: Option<Range<usize>>) {
        let at = span.map_or(0, |span| span.start);
        let source = self.source(at);
        let line = place(&source).0;
        let name =
            self.text.lines().nth(line - 1).and_then(|line| line.split_once('=')).map(|(n, _)| n.trim());
        let setting =
            name.and_then(|name| SETTINGS.iter().find(|setting| last(setting.key) == name)).map(|s| s.key);
        let of = setting.map_or_else(String::new, |key| format!("{}: ", last(key)));
        let what = what.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        self.content.mistakes.push(Mistake { source, setting, what: format!("{of}{what}") });
        self.broken.push(line);
    }

    fn table(&mut self, section: Option<&str>, table: &DeTable<'_>) {
        for (name, value) in table {
            let (at, name) = (name.span().start, name.get_ref().as_ref());
            let key = section.map_or_else(|| name.to_owned(), |section| format!("{section}.{name}"));
            if let Some(setting) = Setting::find(&key) {
                self.value(setting, value);
            } else if section.is_none() && is_section(name) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.table(Some(name), inner),
                    _ => self.mistake(
                        at,
                        None,
                        format!("`{name}` is a section: write [{name}] and its settings in the lines below"),
                    ),
                }
            } else {
                let what = unknown(&key, name, matches!(value.get_ref(), DeValue::Table(_)));
                self.mistake(at, None, what);
            }
        }
    }

    fn value(&mut self, setting: &'static Setting, value: &Spanned<DeValue<'_>>) {
        let given = Given::of(value.get_ref());
        let at = value.span().start;
        match setting.take(&mut Settings::default(), &given) {
            Ok(()) => {
                let source = self.source(at);
                self.content.entries.push(Entry { setting, value: given, source });
            }
            Err(what) => self.mistake(at, Some(setting), what),
        }
    }
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

fn sections() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter_map(|setting| setting.key.split_once('.')).map(|(section, _)| section)
}

/// What to say of a name that is none. `key` is its full name, `name` the part that stands there.
fn unknown(key: &str, name: &str, is_table: bool) -> String {
    // A name that is not like one may be anything, a piece of a password too.
    let like_a_name = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let shown = if like_a_name { format!("`{key}`") } else { "this".to_owned() };
    if is_table {
        let near =
            meant(name, sections()).map_or_else(String::new, |near| format!("; did you mean [{near}]?"));
        return format!("{shown} is no section{near}");
    }
    let keys = || SETTINGS.iter().map(|setting| setting.key);
    // In the wrong section, or misspelt there, or both.
    let near = meant(key, keys())
        .or_else(|| keys().find(|known| last(known) == name))
        .or_else(|| meant(name, keys().map(last)).and_then(|near| keys().find(|known| last(known) == near)));
    let section = key.split_once('.').map(|(section, _)| section);
    let help = match (near, section) {
        (Some(near), section) => match near.split_once('.') {
            Some((wanted, name)) if section == Some(wanted) => format!("; did you mean `{name}`?"),
            Some((wanted, name)) => format!("; did you mean `{name}` in the section [{wanted}]?"),
            None if section.is_some() => format!("; did you mean `{near}`, above all sections?"),
            None => format!("; did you mean `{near}`?"),
        },
        (None, Some(section)) => {
            let inside = keys().filter_map(|known| known.strip_prefix(section)?.strip_prefix('.'));
            format!("; [{section}] has {}", inside.collect::<Vec<_>>().join(", "))
        }
        (None, None) => "; laqun.example.toml and `laqun config show` list what there is".to_owned(),
    };
    format!("{shown} is no setting{help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let told = |mistake: &Mistake| {
            let (line, column) = place(&mistake.source);
            format!("{line}:{column} {}", mistake.what)
        };
        read(Path::new("l.toml"), text).mistakes.iter().map(told).collect()
    }

    #[test]
    fn all_kinds_of_mistakes_are_told_at_once_in_their_order() {
        let text = "lisen = \"127.0.0.1:1\"\n\
                    data = 7\n\
                    data = \"again\"\n\
                    public_url = \"ftp://x\"\n\
                    trusted_proxies = [\"10.0.0.0/8\", \"10.0.0.1\"]\n\
                    clock_skew = 3\n\
                    [gateway]\n\
                    clock_skew = \"soon\"\n\
                    business_error_code = 70000\n\
                    listen = \"127.0.0.1:1\"\n\
                    colour = \"red\"\n\
                    [chanel]\n\
                    patience = 1\n\
                    [channel]\n\
                    patience = -1\n\
                    pending = \"maybe\"\n\
                    [log]\n\
                    level = \"inof\"\n\
                    format = json\n";
        let told = mistakes(text);
        let expected = [
            ("1:1 ", "`lisen` is no setting; did you mean `listen`?"),
            ("2:8 ", "data must be a folder; this is 7"),
            ("3:1 ", "duplicate key"),
            ("4:14 ", "public_url must be an origin"),
            ("5:19 ", "write 10.0.0.1/32 for one address"),
            ("6:1 ", "did you mean `clock_skew` in the section [gateway]?"),
            (
                "8:14 ",
                "gateway.clock_skew must be a whole number of seconds, from 0 to 9007199254740992 (2^53); this is \"soon\"",
            ),
            ("9:23 ", "this is 70000"),
            ("10:1 ", "did you mean `listen`, above all sections?"),
            ("11:1 ", "`gateway.colour` is no setting; [gateway] has clock_skew,"),
            ("12:2 ", "`chanel` is no section; did you mean [channel]?"),
            ("15:12 ", "channel.patience must be seconds, 0 or more"),
            ("16:11 ", "\"200\", \"202\" or \"error\"; this is \"maybe\""),
            ("18:9 ", "did you mean info?"),
            ("19:10 ", "format: "),
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, (at, says)) in told.iter().zip(expected) {
            assert!(told.starts_with(at) && told.contains(says), "{at}{says}\n{told}");
        }
    }

    #[test]
    fn a_file_without_mistakes_gives_its_values_with_their_places() {
        let content = read(Path::new("l.toml"), "# 群\ndata = '群'\ngateway.clock_skew = 0x10\n");
        assert_eq!(content.mistakes, []);
        let seen: Vec<_> =
            content.entries.iter().map(|e| (e.setting.key, e.value.clone(), place(&e.source))).collect();
        assert_eq!(
            seen,
            [("data", Given::Text("群".into()), (2, 8)), ("gateway.clock_skew", Given::Whole(16), (3, 22)),]
        );
    }

    #[test]
    fn a_section_is_not_a_setting_and_a_setting_no_section() {
        assert!(mistakes("gateway = 3\n")[0].contains("`gateway` is a section: write [gateway]"));
        assert!(mistakes("[listen]\nx = 1\n")[0].contains("listen must be an address"));
        assert!(mistakes("[[gateway]]\nclock_skew = 1\n")[0].contains("is a section"));
    }

    #[test]
    fn nothing_of_a_password_is_shown_whatever_is_wrong_around_it() {
        for text in [
            "database_url = postgres://laqun:topsecret@db/laqun",
            "\ndatabase_url = \"postgres://laqun:topsecret@db/laqun",
            "database_url = [\"postgres://laqun:topsecret@db/laqun\"]",
            "database-url = \"postgres://laqun:topsecret@db/laqun\"",
            "database_url = \"postgres://laqun:\ntopsecret = @db/laqun\"",
            "database_url = \"\"\"postgres://laqun:\ntopsecret@db/laqun",
            "database_url = 'a'topsecret'",
            "\"postgres://laqun:topsecret@db\" = 1",
            "public_url = \"https://laqun:topsecret@laqun.example.com\"",
            "database_url postgres://laqun:topsecret@db/laqun",
        ] {
            let content = read(Path::new("l.toml"), text);
            assert!(!content.mistakes.is_empty(), "{text}");
            assert!(
                !format!("{:?}", content.mistakes).contains("topsecret"),
                "{text}: {:?}",
                content.mistakes
            );
        }
    }
}
