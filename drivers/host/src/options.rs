//! What the configuration says about drivers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use madoguchi_core::DriverId;
use serde::{Deserialize, Serialize};

use crate::plugin::Trust;

/// What the configuration says about drivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The folder that holds a folder for each plugin.
    pub directory: PathBuf,
    /// The drivers that may be loaded; empty means all that are in the directory.
    pub allow: Vec<DriverId>,
    /// How long a driver may take from the start of its process until its readers are known.
    pub load_timeout_ms: u64,
    /// Whose plugins are believed; none where nobody looks at signatures.
    #[serde(skip)]
    pub trust: Option<Trust>,
    /// What each driver is told of the configuration, by its id; what the keys mean is the driver's business.
    pub settings: Settings,
    /// How long the calls to a driver may take.
    pub calls: CallOptions,
    /// When a driver that ended is started again.
    pub restart: RestartOptions,
    /// How often a driver's process is asked whether it still turns.
    pub health_interval_ms: u64,
    /// How long it may take to answer that.
    pub health_timeout_ms: u64,
    /// How long a shutdown waits for visits to give their readers back.
    pub drain_timeout_ms: u64,
    /// How long a driver that is upgraded waits for a quiet moment, and then, with new visits waiting, for the last
    /// visit to end.
    pub upgrade_timeout_ms: u64,
}

/// What each driver is told of the configuration.
pub type Settings = BTreeMap<DriverId, serde_json::Map<String, serde_json::Value>>;

/// How long the calls to a driver may take, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallOptions {
    /// Power up, select the application, read the label.
    pub open_card_timeout_ms: u64,
    /// Read the certificate.
    pub read_certificate_timeout_ms: u64,
    /// Ask for the PIN's tries.
    pub pin_status_timeout_ms: u64,
    /// Send the PIN.
    pub verify_pin_timeout_ms: u64,
    /// Sign.
    pub sign_timeout_ms: u64,
    /// Power off.
    pub close_card_timeout_ms: u64,
    /// Have the reader take staff's word.
    pub accept_visual_timeout_ms: u64,
    /// A maker's control call.
    pub control_timeout_ms: u64,
    /// A card that nobody used for so long is powered off.
    pub card_idle_timeout_ms: u64,
    /// How much later than its deadline a driver may answer before its process is killed.
    pub grace_ms: u64,
}

/// When a driver that ended is started again: at once the first time, then after a pause that doubles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RestartOptions {
    /// The first pause.
    pub min_pause_ms: u64,
    /// The longest pause.
    pub max_pause_ms: u64,
    /// A process that lived this long begins anew without a pause.
    pub good_life_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("plugins"),
            allow: Vec::new(),
            load_timeout_ms: 10_000,
            trust: None,
            settings: Settings::new(),
            calls: CallOptions::default(),
            restart: RestartOptions::default(),
            health_interval_ms: 5_000,
            health_timeout_ms: 2_000,
            drain_timeout_ms: 10_000,
            upgrade_timeout_ms: 120_000,
        }
    }
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            open_card_timeout_ms: 5_000,
            read_certificate_timeout_ms: 10_000,
            pin_status_timeout_ms: 5_000,
            verify_pin_timeout_ms: 5_000,
            sign_timeout_ms: 10_000,
            close_card_timeout_ms: 2_000,
            accept_visual_timeout_ms: 5_000,
            control_timeout_ms: 5_000,
            card_idle_timeout_ms: 180_000,
            grace_ms: 250,
        }
    }
}

impl Default for RestartOptions {
    fn default() -> Self {
        Self {
            min_pause_ms: 100,
            max_pause_ms: 30_000,
            good_life_ms: 60_000,
        }
    }
}

impl Options {
    pub(crate) fn load_timeout(&self) -> Duration {
        Duration::from_millis(self.load_timeout_ms)
    }

    /// What a driver is told, as a JSON object; nothing where there is nothing to tell.
    pub(crate) fn settings(&self, id: &DriverId) -> String {
        self.settings
            .get(id)
            .and_then(|settings| serde_json::to_string(settings).ok())
            .unwrap_or_default()
    }

    /// Whether a driver may be loaded.
    #[must_use]
    pub fn allows(&self, id: &DriverId) -> bool {
        self.allow.is_empty() || self.allow.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_and_a_missing_one_has_its_default() {
        let options: Options = toml::from_str("directory = \"p\"\n[calls]\ngrace_ms = 7\n").unwrap();
        assert_eq!(options.calls.grace_ms, 7);
        assert_eq!(
            options.calls.sign_timeout_ms,
            CallOptions::default().sign_timeout_ms
        );
        assert!(toml::from_str::<Options>("grace = 1").is_err());
        assert!(toml::from_str::<Options>("[restart]\nmax = 1").is_err());
    }

    #[test]
    fn an_empty_allow_list_allows_all() {
        let (pcsc, canon) = (DriverId::new("pcsc").unwrap(), DriverId::new("canon").unwrap());
        assert!(Options::default().allows(&pcsc));
        let options = Options {
            allow: vec![pcsc.clone()],
            ..Options::default()
        };
        assert!(options.allows(&pcsc));
        assert!(!options.allows(&canon));
    }
}
