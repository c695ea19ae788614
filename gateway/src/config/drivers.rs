//! Which drivers run, and how patient the gateway is with them.

use std::path::{Path, PathBuf};

use madoguchi_core::DriverId;
use madoguchi_driver_host::{CallOptions, Options, RestartOptions, Settings};
use serde::{Deserialize, Serialize};

/// In a path: the folder of the running program.
pub(super) const BESIDE_PROGRAM: &str = "@exe";

/// Which drivers run, and how patient the gateway is with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drivers {
    /// The folder with a folder per plugin.
    pub directory: PathBuf,
    /// Ids of the drivers that may run; empty for all in the folder.
    pub allow: Vec<DriverId>,
    /// How long a driver may take from the start of its process until its readers are known.
    pub load_timeout_ms: u64,
    /// How often a driver's process is asked whether it still turns.
    pub health_interval_ms: u64,
    /// How long it may take to answer that.
    pub health_timeout_ms: u64,
    /// How long a shutdown waits for visits to give their readers back.
    pub drain_timeout_ms: u64,
    /// What each driver is told, by its id. The keys below are the driver's own: its documentation says what they mean.
    pub settings: Settings,
    /// How long the calls to a driver may take.
    pub calls: CallOptions,
    /// When a driver that ended is started again.
    pub restart: RestartOptions,
}

impl Default for Drivers {
    fn default() -> Self {
        let host = Options::default();
        Self {
            directory: Path::new(BESIDE_PROGRAM).join("plugins"),
            allow: host.allow,
            load_timeout_ms: host.load_timeout_ms,
            health_interval_ms: host.health_interval_ms,
            health_timeout_ms: host.health_timeout_ms,
            drain_timeout_ms: host.drain_timeout_ms,
            settings: host.settings,
            calls: host.calls,
            restart: host.restart,
        }
    }
}

impl Drivers {
    /// What the driver host is told, with `@exe` replaced.
    ///
    /// # Errors
    /// Where the system does not say where the program is.
    pub fn options(&self) -> std::io::Result<Options> {
        Ok(Options {
            directory: self.folder()?,
            allow: self.allow.clone(),
            load_timeout_ms: self.load_timeout_ms,
            settings: self.settings.clone(),
            calls: self.calls.clone(),
            restart: self.restart.clone(),
            health_interval_ms: self.health_interval_ms,
            health_timeout_ms: self.health_timeout_ms,
            drain_timeout_ms: self.drain_timeout_ms,
        })
    }

    fn folder(&self) -> std::io::Result<PathBuf> {
        match self.directory.strip_prefix(BESIDE_PROGRAM) {
            Err(_) => Ok(self.directory.clone()),
            Ok(rest) => {
                let program = std::env::current_exe()?;
                Ok(program.parent().unwrap_or(Path::new("")).join(rest))
            }
        }
    }
}
