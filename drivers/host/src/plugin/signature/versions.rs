//! The highest version of each driver that ever ran here, so that an old one with a known fault is not slipped in again
//! under its good old signature.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use madoguchi_core::DriverId;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::plugin::Problem;

/// The highest versions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Versions {
    highest: BTreeMap<DriverId, Version>,
}

impl Versions {
    /// What is kept there; nothing where nothing is kept yet, as at the first start.
    ///
    /// # Errors
    /// [`Problem::VersionsDamaged`]: what ran before is not known then, and nothing may be taken for the newest.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let damaged = |problem: String| Problem::VersionsDamaged {
            path: path.to_owned(),
            problem,
        };
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| damaged(error.message().lines().next().unwrap_or_default().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(damaged(error.kind().to_string())),
        }
    }

    /// The highest version that ran, where it is newer.
    pub(crate) fn newer_than(&self, id: &DriverId, version: &Version) -> Option<String> {
        let highest = self.highest.get(id)?;
        (highest > version).then(|| highest.to_string())
    }

    /// Remembers that this version ran, where it is the highest: the file is whole, old or new, whatever happens. One
    /// that is damaged stays as it is, for whoever mends it.
    pub(crate) fn remember(path: &Path, id: &DriverId, version: &Version) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        // Several drivers start at once, each on a thread of its own.
        let lock = File::options()
            .create(true)
            .append(true)
            .open(path.with_extension("lock"))?;
        lock.lock()?;
        let mut versions = Self::read(path).map_err(io::Error::other)?;
        if versions.highest.get(id).is_some_and(|highest| highest >= version) {
            return Ok(());
        }
        versions.highest.insert(id.clone(), version.clone());
        let text = toml::to_string(&versions).map_err(io::Error::other)?;
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        File::open(folder)?.sync_all()
    }
}
