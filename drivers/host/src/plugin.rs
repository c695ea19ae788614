//! A plugin's folder: what its manifest says, and everything that is checked before its library is opened.

mod hash;
mod manifest;
mod problem;
mod report;
mod scan;

use std::path::{Component, Path, PathBuf};

pub use manifest::Manifest;
pub use problem::{LoadPhase, Problem, Refused, UnknownPhase};
pub use report::PluginReport;
pub use scan::{ScanError, scan};

use crate::Options;

/// A plugin that passed every check that is made before its library is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPlugin {
    /// Its folder.
    pub folder: PathBuf,
    /// What its manifest says.
    pub manifest: Manifest,
    /// The library, inside the folder.
    pub library: PathBuf,
}

/// Checks a plugin's folder: manifest, allow-list, place and SHA-256 of the library. Nothing of it is run.
///
/// # Errors
/// [`Refused`] says at which phase it stopped, and in one line how to mend it.
pub fn inspect(folder: &Path, options: &Options) -> Result<VerifiedPlugin, Refused> {
    let manifest = Manifest::read(folder).map_err(|problem| Refused::new(folder, None, problem))?;
    let checked = check(folder, &manifest, options);
    match checked {
        Ok(library) => Ok(VerifiedPlugin {
            folder: folder.to_owned(),
            manifest,
            library,
        }),
        Err(problem) => Err(Refused::new(folder, Some(manifest), problem)),
    }
}

fn check(folder: &Path, manifest: &Manifest, options: &Options) -> Result<PathBuf, Problem> {
    if !options.allows(&manifest.id) {
        return Err(Problem::NotAllowed {
            id: manifest.id.clone(),
        });
    }
    let library = library_path(folder, &manifest.library)?;
    let found = hash::sha256_hex(&library).map_err(|error| Problem::LibraryUnreadable {
        library: manifest.library.clone(),
        kind: error.kind(),
    })?;
    if found == manifest.sha256 {
        Ok(library)
    } else {
        Err(Problem::HashMismatch { found })
    }
}

/// The library's path: plain names only, and no symbolic link that leads out of the folder.
fn library_path(folder: &Path, name: &Path) -> Result<PathBuf, Problem> {
    let outside = || Problem::LibraryOutside {
        library: name.to_owned(),
    };
    let plain = name
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    if !plain || name.as_os_str().is_empty() {
        return Err(outside());
    }
    let unreadable = |error: std::io::Error| Problem::LibraryUnreadable {
        library: name.to_owned(),
        kind: error.kind(),
    };
    let root = folder.canonicalize().map_err(unreadable)?;
    let library = root.join(name).canonicalize().map_err(unreadable)?;
    if library.starts_with(&root) {
        Ok(library)
    } else {
        Err(outside())
    }
}
