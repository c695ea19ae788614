//! The gateway's own keys, and what it signs with them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Config;

/// Where the keys lie unless the configuration says so: beside the database.
const FOLDER: &str = "keys";

/// The gateway's own keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Their folder; beside the database where it is not said.
    pub directory: Option<PathBuf>,
    /// Whether somebody else fills the folder.
    pub read_only: bool,
    /// Days that a key signs; 0 where it is changed on request alone.
    pub rotate_days: u32,
    /// Days that a key is published before it signs.
    pub announce_days: u32,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            directory: None,
            read_only: false,
            rotate_days: 90,
            announce_days: 7,
        }
    }
}

impl Keys {
    /// How keys follow each other.
    pub(crate) fn rotation(&self) -> madoguchi_keys::Rotation {
        let days = |days: u32| time::Duration::days(days.into());
        madoguchi_keys::Rotation {
            every: (self.rotate_days > 0).then(|| days(self.rotate_days)),
            announce: days(self.announce_days),
        }
    }
}

impl Config {
    /// The folder of the keys.
    pub(crate) fn keys_directory(&self) -> PathBuf {
        let beside = || self.store.path.with_file_name(FOLDER);
        self.keys.directory.clone().unwrap_or_else(beside)
    }
}
