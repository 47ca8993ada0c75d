//! Reading the settings again while the program runs.

use std::path::PathBuf;

use super::{Below, Change, ConfigError, Loaded, Overrides, SETTINGS, Settings, load};

/// Where a running program's settings came from, to read them again. The environment stays as it was.
#[derive(Debug, Clone)]
pub struct Origin {
    file: Option<PathBuf>,
    flags: Overrides,
    below: Below,
}

/// What a second reading gave.
#[derive(Debug)]
pub struct Reloaded {
    /// The settings from now on: what could change is new, the rest is as it was.
    pub settings: Settings,
    /// Names of the settings that changed.
    pub changed: Vec<&'static str>,
    /// Names of those that are different now and take effect at the next start only.
    pub restart: Vec<&'static str>,
    /// What is allowed and still not right.
    pub warnings: Vec<String>,
}

impl Origin {
    /// Remembers how `loaded` was read. A file that was taken because it was there must then stay there.
    pub fn of(loaded: &Loaded, flags: Overrides, below: Below) -> Self {
        Self { file: loaded.file.clone(), flags, below }
    }

    /// Reads again. What `now` has stays in force where a change needs a restart.
    ///
    /// # Errors
    /// All mistakes; nothing is to be changed then.
    pub fn reload(&self, now: &Settings) -> Result<Reloaded, ConfigError> {
        let Loaded { settings: wanted, warnings, .. } =
            load(self.file.as_deref(), std::env::vars_os(), &self.flags, self.below)?;
        let mut reloaded =
            Reloaded { settings: now.clone(), changed: Vec::new(), restart: Vec::new(), warnings };
        for setting in SETTINGS.iter().filter(|setting| (setting.get)(now) != (setting.get)(&wanted)) {
            let taken = setting.change == Change::Reload
                && (setting.put)(&mut reloaded.settings, &(setting.get)(&wanted)).is_ok();
            let list = if taken { &mut reloaded.changed } else { &mut reloaded.restart };
            list.push(setting.key);
        }
        Ok(reloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_change_changes_and_the_rest_stays_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("l.toml");
        std::fs::write(&file, "data = \"a\"\npublic_url = \"http://a\"\n[log]\nlevel = \"warn\"\n").unwrap();
        let loaded = load(Some(&file), Vec::new(), &Vec::new(), Below::default()).unwrap();
        let origin = Origin::of(&loaded, Vec::new(), Below::default());
        std::fs::write(
            &file,
            "data = \"b\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n[gateway]\nclock_skew = 7\n[log]\nlevel = \"warn\"\n",
        )
        .unwrap();
        let reloaded = origin.reload(&loaded.settings).unwrap();
        assert_eq!(reloaded.changed, ["public_url", "trusted_proxies", "gateway.clock_skew"]);
        assert_eq!(reloaded.restart, ["data"]);
        let wanted = Settings {
            data: "a".into(),
            ..load(Some(&file), Vec::new(), &Vec::new(), Below::default()).unwrap().settings
        };
        assert_eq!(reloaded.settings, wanted);
        std::fs::write(&file, "data = 1\nlisten = 2\n").unwrap();
        assert!(matches!(origin.reload(&wanted), Err(ConfigError::Mistakes(both)) if both.len() == 2));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(origin.reload(&wanted), Err(ConfigError::Read { .. })));
    }
}
