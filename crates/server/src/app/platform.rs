//! The platforms of this process: one for each channel, made when first needed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use platforms::{Fault, Platform, Sandbox, SandboxSettings, Web};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::directory::Channel;

/// Platforms by channel.
#[derive(Debug, Default)]
pub struct Platforms(Mutex<HashMap<Uuid, Made>>);

/// A platform and the settings that it was made with.
#[derive(Debug)]
struct Made {
    settings: String,
    platform: Arc<dyn Platform>,
}

/// The settings of a web channel: there are none, and one that does nothing is a mistake to be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebJson {}

/// The settings of a sandbox channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SandboxJson {
    delay_ms: u64,
    fault: Option<String>,
    fault_count: u32,
}

impl Platforms {
    /// The platform of a channel. A channel whose settings changed gets a new one.
    pub fn of(&self, channel: &Channel) -> Result<Arc<dyn Platform>, String> {
        let mut made = self.0.lock();
        let same =
            |found: &&Made| found.settings == channel.settings && found.platform.name() == channel.platform;
        if let Some(found) = made.get(&channel.id).filter(same) {
            return Ok(Arc::clone(&found.platform));
        }
        let platform = make(&channel.platform, &channel.settings)?;
        let kept = Made { settings: channel.settings.clone(), platform: Arc::clone(&platform) };
        made.insert(channel.id, kept);
        Ok(platform)
    }
}

/// A platform that a channel can name.
#[derive(Debug)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What a channel's settings can say: the member of the JSON object, and what it means.
    pub settings: &'static [(&'static str, &'static str)],
    /// Makes one from a channel's settings; the error says what is wrong with them.
    make: fn(&str) -> Result<Arc<dyn Platform>, String>,
}

/// All of them.
pub const TABLE: [Known; 2] = [
    Known {
        name: "web",
        about: "groups live in laqun itself, people talk in the browser",
        settings: &[],
        make: web,
    },
    Known {
        name: "sandbox",
        about: "web with delays and faults, to try what a slow or broken platform does",
        settings: &[
            ("delay_ms", "how long each request takes, milliseconds"),
            ("fault", "retry, fail or unsure: what a creation ends in"),
            ("fault_count", "how many creations end so before one succeeds"),
        ],
        make: sandbox,
    },
];

/// Their names.
pub const NAMES: [&str; TABLE.len()] = {
    let mut names = [""; TABLE.len()];
    let mut i = 0;
    while i < TABLE.len() {
        names[i] = TABLE[i].name;
        i += 1;
    }
    names
};

/// The platform of that name with these settings. Making one does nothing yet, so this checks settings, too.
pub fn make(name: &str, settings: &str) -> Result<Arc<dyn Platform>, String> {
    let known = TABLE.iter().find(|known| known.name == name);
    (known.ok_or_else(|| format!("there is no platform `{name}`"))?.make)(settings)
}

fn web(settings: &str) -> Result<Arc<dyn Platform>, String> {
    let WebJson {} = serde_json::from_str(settings).map_err(|e| e.to_string())?;
    Ok(Arc::new(Web))
}

fn sandbox(settings: &str) -> Result<Arc<dyn Platform>, String> {
    let json: SandboxJson = serde_json::from_str(settings).map_err(|e| e.to_string())?;
    let fault = match json.fault.as_deref() {
        None => None,
        Some("retry") => Some(Fault::Retry),
        Some("fail") => Some(Fault::Fail),
        Some("unsure") => Some(Fault::Unsure),
        Some(other) => return Err(format!("fault is retry, fail or unsure, not `{other}`")),
    };
    let delay = Duration::from_millis(json.delay_ms);
    let settings = SandboxSettings { delay, fault, fault_count: json.fault_count };
    Ok(Arc::new(Sandbox::new(Arc::new(Web), settings)))
}
