//! The highest version of each driver that ever ran here, so that an old one with a known fault is not slipped in again
//! under its good old signature.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use madoguchi_core::DriverId;
use semver::Version;
use serde::{Deserialize, Serialize};

/// The highest versions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Versions {
    highest: BTreeMap<DriverId, Version>,
}

impl Versions {
    /// What is kept there; nothing where nothing is kept yet. A file that cannot be understood is as none, and said.
    pub(crate) fn read(path: &Path) -> Self {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "the drivers' highest versions cannot be read");
                return Self::default();
            }
        };
        toml::from_str(&text).unwrap_or_else(|_| {
            tracing::error!(path = %path.display(), "the drivers' highest versions cannot be understood");
            Self::default()
        })
    }

    /// The highest version that ran, where it is newer. A version that is none by semver.org is never older.
    pub(crate) fn newer_than(&self, id: &DriverId, version: &str) -> Option<String> {
        let highest = self.highest.get(id)?;
        let version = Version::parse(version).ok()?;
        (*highest > version).then(|| highest.to_string())
    }

    /// Remembers that this version ran, where it is the highest: the file is whole, old or new, whatever happens.
    pub(crate) fn remember(path: &Path, id: &DriverId, version: &str) -> io::Result<()> {
        let Ok(version) = Version::parse(version) else {
            return Ok(());
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        // Several drivers start at once, each on a thread of its own.
        let lock = File::options()
            .create(true)
            .append(true)
            .open(path.with_extension("lock"))?;
        lock.lock()?;
        let mut versions = Self::read(path);
        if versions
            .highest
            .get(id)
            .is_some_and(|highest| *highest >= version)
        {
            return Ok(());
        }
        versions.highest.insert(id.clone(), version);
        let text = toml::to_string(&versions).map_err(io::Error::other)?;
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        File::open(folder)?.sync_all()
    }
}
