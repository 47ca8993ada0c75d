//! Laying one layer over the other: defaults, file, environment, flags.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    ConfigError, Settings, file,
    given::Given,
    mistake::{Mistake, Source, meant},
    setting::{SETTINGS, Setting},
};

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

/// The settings, and where each came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// What is allowed and still not right.
    pub warnings: Vec<String>,
    sources: BTreeMap<&'static str, Source>,
}

/// The file that is taken if none is named and it is there.
const DEFAULT_FILE: &str = "laqun.toml";

/// Reads the settings. `file` is `--config`; without it `./laqun.toml` is taken if it is there.
///
/// # Errors
/// All mistakes of all layers at once, also of values that a higher layer replaces.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: &Overrides,
    below: Below,
) -> Result<Loaded, ConfigError> {
    let default = Path::new(DEFAULT_FILE);
    let path = file.or_else(|| default.is_file().then_some(default));
    let mut layers = Layers::new(path);
    for (key, value) in below.defaults {
        layers.text(key, Source::Default, value);
    }
    if let Some(path) = path {
        let read = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
        layers.file(path, &read, below.flag_only);
    }
    let mut environment: Vec<_> = environment.into_iter().collect();
    environment.sort();
    for (name, value) in environment {
        layers.variable(&name, value, below.flag_only);
    }
    for (key, value) in flags {
        let flag = Setting::find(key).map(Setting::flag).unwrap_or_default();
        layers.text(key, Source::Flag(flag), value);
    }
    layers.done()
}

/// The settings that a file of this text alone gives, over the defaults.
///
/// # Errors
/// All mistakes in it.
pub fn parse(text: &str) -> Result<Settings, ConfigError> {
    let path = Path::new(DEFAULT_FILE);
    let mut layers = Layers::new(Some(path));
    layers.file(path, text.as_bytes(), &[]);
    layers.done().map(|loaded| loaded.settings)
}

impl Loaded {
    /// Where a setting's value came from.
    pub fn source(&self, key: &str) -> &Source {
        self.sources.get(key).unwrap_or(&Source::Default)
    }
}

struct Layers {
    loaded: Loaded,
    mistakes: Vec<Mistake>,
}

impl Layers {
    fn new(file: Option<&Path>) -> Self {
        let loaded = Loaded {
            settings: Settings::default(),
            file: file.map(Path::to_owned),
            warnings: Vec::new(),
            sources: BTreeMap::new(),
        };
        Self { loaded, mistakes: Vec::new() }
    }

    fn file(&mut self, path: &Path, bytes: &[u8], ignored: &[&str]) {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let line = before.matches('\n').count() + 1;
                let source = Source::File { path: path.to_owned(), line, column: 1 };
                let what = "not UTF-8: save the file in that encoding".to_owned();
                self.mistakes.push(Mistake { source, setting: None, what });
                return;
            }
        };
        let content = file::read(path, text);
        self.mistakes.extend(content.mistakes);
        for entry in content.entries.iter().filter(|entry| !ignored.contains(&entry.setting.key)) {
            self.put(entry.setting, entry.source.clone(), &entry.value);
        }
    }

    fn variable(&mut self, name: &OsString, value: OsString, ignored: &[&str]) {
        let Some(name) = name.to_str().filter(|name| name.starts_with("LAQUN_")) else { return };
        let source = || Source::Environment(name.to_owned());
        let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == name) else {
            // Others may have variables of that beginning, as Kubernetes makes for a service: no mistake, unless it looks
            // like one.
            let known: Vec<_> = SETTINGS.iter().map(Setting::variable).collect();
            if let Some(near) = meant(name, known.iter().map(String::as_str)) {
                self.loaded.warnings.push(format!("{name} is no setting; did you mean {near}?"));
            }
            return;
        };
        if ignored.contains(&setting.key) {
            return;
        }
        match value.into_string() {
            Ok(text) => self.put(setting, source(), &setting.read(&text)),
            Err(_) => self.mistakes.push(Mistake {
                source: source(),
                setting: Some(setting.key),
                what: format!("{} must be {}; this is not UTF-8", setting.key, setting.allowed),
            }),
        }
    }

    fn text(&mut self, key: &str, source: Source, text: &str) {
        if let Some(setting) = Setting::find(key) {
            self.put(setting, source, &setting.read(text));
        }
    }

    fn put(&mut self, setting: &'static Setting, source: Source, value: &Given) {
        match setting.take(&mut self.loaded.settings, value) {
            Ok(()) => drop(self.loaded.sources.insert(setting.key, source)),
            Err(what) => self.mistakes.push(Mistake { source, setting: Some(setting.key), what }),
        }
    }

    fn done(mut self) -> Result<Loaded, ConfigError> {
        if !self.mistakes.is_empty() {
            return Err(ConfigError::Mistakes(self.mistakes));
        }
        self.loaded.warnings.extend(self.loaded.settings.doubts());
        Ok(self.loaded)
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
        let flags = vec![("listen", "127.0.0.1:3".into())];
        let loaded = load(Some(&file), environment, &flags, Below::default()).unwrap();
        let settings = &loaded.settings;
        assert_eq!(settings.listen.port(), 3);
        assert_eq!(settings.gateway.clock_skew, 2);
        assert_eq!(settings.data, Path::new("f"));
        assert_eq!(settings.gateway.business_error_code, 50);
        assert_eq!(loaded.source("listen"), &Source::Flag("--listen".into()));
        assert_eq!(
            loaded.source("gateway.clock_skew"),
            &Source::Environment("LAQUN_GATEWAY_CLOCK_SKEW".into())
        );
        assert_eq!(loaded.source("data"), &Source::File { path: file, line: 2, column: 8 });
        assert_eq!(loaded.source("log.level"), &Source::Default);
    }

    #[test]
    fn lists_and_numbers_come_from_the_environment_too() {
        let environment =
            env(&[("LAQUN_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1/32"), ("LAQUN_CHANNEL_PATIENCE", "0.5")]);
        let loaded = load(Some(Path::new("/dev/null")), environment, &Vec::new(), Below::default()).unwrap();
        assert_eq!(loaded.settings.trusted_proxies.len(), 2);
        assert_eq!(loaded.settings.patience().as_millis(), 500);
    }

    #[test]
    fn mistakes_of_all_layers_are_told_at_once_each_with_its_source() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        std::fs::write(&file, "listen = \"nowhere\"\n[channel]\npending = \"maybe\"\n").unwrap();
        let environment = env(&[("LAQUN_LISTEN", "127.0.0.1:2"), ("LAQUN_GATEWAY_CLOCK_SKEW", "soon")]);
        let flags = vec![("ops_listen", "7701".into())];
        let error = load(Some(&file), environment, &flags, Below::default()).unwrap_err().to_string();
        let lines: Vec<_> = error.lines().collect();
        assert_eq!(lines[0], "the configuration has 4 mistakes:");
        for (line, says) in lines[1..].iter().zip([
            "l.toml, line 1, column 10: listen must be an address",
            "l.toml, line 3, column 11: channel.pending must be",
            "LAQUN_GATEWAY_CLOCK_SKEW: gateway.clock_skew must be a whole number",
            "--ops-listen: ops_listen must be an address",
        ]) {
            assert!(line.contains(says), "{says}\n{line}");
        }
        let missing = load(Some(Path::new("/nowhere/l.toml")), Vec::new(), &Vec::new(), Below::default());
        assert!(missing.unwrap_err().to_string().contains("/nowhere/l.toml"));
        std::fs::write(&file, b"data = \"\n\xff\"").unwrap();
        let error = load(Some(&file), Vec::new(), &Vec::new(), Below::default()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("UTF-8"), "{error}");
    }

    #[test]
    fn a_variable_that_is_nearly_one_of_ours_is_told_and_others_are_not() {
        let environment = env(&[
            ("LAQUN_LISTEM", "x"),
            ("LAQUN_PORT_7700_TCP_ADDR", "10.0.0.1"),
            ("LAQUN_SERVICE_HOST", "10.0.0.1"),
        ]);
        let loaded = load(Some(Path::new("/dev/null")), environment, &Vec::new(), Below::default()).unwrap();
        assert_eq!(loaded.warnings, ["LAQUN_LISTEM is no setting; did you mean LAQUN_LISTEN?"]);
    }

    #[test]
    fn a_command_has_its_own_defaults_and_settings_that_only_its_flags_give() {
        let below = Below { flag_only: &["database_url", "public_url"], defaults: &[("log.level", "warn")] };
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        std::fs::write(&file, "public_url = \"http://file\"\ndatabase_url = \"file\"").unwrap();
        let environment = || env(&[("LAQUN_PUBLIC_URL", "http://env"), ("LAQUN_LISTEN", "127.0.0.1:2")]);
        let load =
            |environment, flags: &Overrides| load(Some(&file), environment, flags, below).unwrap().settings;
        let settings = load(environment(), &Vec::new());
        assert_eq!((&settings.public_url, &settings.database_url), (&None, &None));
        assert_eq!((settings.log.level.as_str(), settings.listen.port()), ("warn", 2));
        let flags = vec![("public_url", "http://flag".into())];
        assert_eq!(load(environment(), &flags).public_url.as_deref(), Some("http://flag"));
        std::fs::write(&file, "[log]\nlevel = \"debug\"").unwrap();
        assert_eq!(load(environment(), &flags).log.level, "debug");
        assert_eq!(load(env(&[("LAQUN_LOG_LEVEL", "trace")]), &flags).log.level, "trace");
    }

    #[test]
    fn the_example_lists_every_setting_with_its_default() {
        let text = include_str!("../../../../laqun.example.toml");
        assert_eq!(parse(text).unwrap(), Settings::default());
        // Settings without a default stand there as a comment.
        let content = file::read(Path::new("example"), &text.replace("\n#= ", "\n"));
        assert_eq!(content.mistakes, []);
        let listed: Vec<_> = content.entries.iter().map(|entry| entry.setting.key).collect();
        for setting in SETTINGS {
            assert!(listed.contains(&setting.key), "{} is missing in laqun.example.toml", setting.key);
        }
    }
}
