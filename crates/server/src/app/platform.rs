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
        if let Some(found) = made.get(&channel.id).filter(|found| found.settings == channel.settings) {
            return Ok(Arc::clone(&found.platform));
        }
        let platform = make(channel)?;
        let kept = Made { settings: channel.settings.clone(), platform: Arc::clone(&platform) };
        made.insert(channel.id, kept);
        Ok(platform)
    }
}

fn make(channel: &Channel) -> Result<Arc<dyn Platform>, String> {
    match channel.platform.as_str() {
        "web" => Ok(Arc::new(Web)),
        "sandbox" => {
            let json: SandboxJson = serde_json::from_str(&channel.settings).map_err(|e| e.to_string())?;
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
        other => Err(format!("there is no platform `{other}`")),
    }
}
