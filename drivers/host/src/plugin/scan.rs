//! All plugins of the directory at once, the bad ones with the good ones.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use madoguchi_core::DriverId;
use thiserror::Error;

use super::{Problem, Refused, VerifiedPlugin, inspect};
use crate::Options;

/// The plugin directory itself cannot be read.
#[derive(Debug, Error)]
#[error("the plugin directory {} cannot be read ({source}): mend drivers.directory in the configuration", directory.display())]
pub struct ScanError {
    /// The directory.
    pub directory: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Inspects every folder of the plugin directory, in the order of their names. A second folder with the id of an
/// earlier one is refused, and so is an allowed driver that is not there.
///
/// # Errors
/// [`ScanError`] where the directory itself cannot be read.
pub fn scan(options: &Options) -> Result<Vec<Result<VerifiedPlugin, Refused>>, ScanError> {
    let failed = |source| ScanError {
        directory: options.directory.clone(),
        source,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(&options.directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let mut seen: HashMap<DriverId, PathBuf> = HashMap::new();
    let mut plugins = Vec::with_capacity(folders.len());
    for folder in folders {
        let mut plugin = inspect(&folder, options);
        let manifest = match &plugin {
            Ok(plugin) => Some(plugin.manifest.clone()),
            Err(refused) => refused.manifest.as_deref().cloned(),
        };
        if let Some(manifest) = manifest {
            let id = manifest.id.clone();
            if let Some(first) = seen.get(&id) {
                let problem = Problem::DuplicateId {
                    id,
                    first: first.clone(),
                };
                plugin = Err(Refused::new(&folder, Some(manifest), problem));
            } else {
                seen.insert(id, folder);
            }
        }
        plugins.push(plugin);
    }
    for id in options.allow.iter().filter(|id| !seen.contains_key(id)) {
        let folder = options.directory.join(id.as_str().replace(['/', ':'], "_"));
        plugins.push(Err(Refused::new(
            &folder,
            None,
            Problem::NotInstalled { id: id.clone() },
        )));
    }
    Ok(plugins)
}
