//! Which drivers run, and how patient the gateway is with them.

use std::path::{Path, PathBuf};

use madoguchi_core::DriverId;
use madoguchi_driver_host::{CallOptions, Options, RestartOptions, Revoked, Settings, Trust, TrustedKey};
use serde::{Deserialize, Serialize};

/// In a path: the folder of the running program.
pub(super) const BESIDE_PROGRAM: &str = "@exe";
/// The key that signed the plugins which were built together with the program.
pub const OWN_KEY: &str = "plugins.pub.pem";

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
    /// How long the new process of a driver that is upgraded waits for a moment in which no visit holds a reader.
    pub upgrade_timeout_ms: u64,
    /// Whose plugins are loaded.
    pub signatures: Signatures,
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
            upgrade_timeout_ms: host.upgrade_timeout_ms,
            signatures: Signatures::default(),
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
            trust: None,
            settings: self.settings.clone(),
            calls: self.calls.clone(),
            restart: self.restart.clone(),
            health_interval_ms: self.health_interval_ms,
            health_timeout_ms: self.health_timeout_ms,
            drain_timeout_ms: self.drain_timeout_ms,
            upgrade_timeout_ms: self.upgrade_timeout_ms,
        })
    }

    fn folder(&self) -> std::io::Result<PathBuf> {
        placed(&self.directory)
    }
}

/// Whose plugins are loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signatures {
    /// PEM files with the makers' public keys (Ed25519).
    pub trusted_keys: Vec<PathBuf>,
    /// Ids of keys and SHA-256 of libraries that are not trusted any more.
    pub revoked: Vec<Revoked>,
    /// Drivers that may go back to an older version than one that ran here.
    pub allow_downgrade: Vec<DriverId>,
    /// Whether a plugin without a signature is loaded all the same: for whoever writes one.
    pub development: bool,
}

impl Default for Signatures {
    fn default() -> Self {
        Self {
            trusted_keys: vec![Path::new(BESIDE_PROGRAM).join(OWN_KEY)],
            revoked: Vec::new(),
            allow_downgrade: Vec::new(),
            development: false,
        }
    }
}

impl Signatures {
    /// What the driver host is told; `versions` is where the highest version of each driver is kept.
    ///
    /// # Errors
    /// The index of the key that cannot be used, and why.
    pub fn trust(&self, versions: PathBuf) -> Result<Trust, (usize, String)> {
        let read = |(index, path): (usize, &PathBuf)| {
            let path = placed(path).map_err(|error| (index, error.to_string()))?;
            TrustedKey::read(&path).map_err(|error| (index, error.to_string()))
        };
        Ok(Trust {
            keys: self
                .trusted_keys
                .iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, _>>()?,
            revoked: self.revoked.clone(),
            development: self.development,
            versions: Some(versions),
            allow_downgrade: self.allow_downgrade.clone(),
        })
    }
}

/// The path with `@exe` replaced.
fn placed(path: &Path) -> std::io::Result<PathBuf> {
    match path.strip_prefix(BESIDE_PROGRAM) {
        Err(_) => Ok(path.to_owned()),
        Ok(rest) => {
            let program = std::env::current_exe()?;
            Ok(program.parent().unwrap_or(Path::new("")).join(rest))
        }
    }
}
