//! A plugin's folder: what its manifest says, and everything that is checked before its library is opened.

mod hash;
mod manifest;
mod pack;
mod problem;
mod report;
mod scan;
mod signature;

use std::path::{Component, Path, PathBuf};

pub use manifest::Manifest;
pub use pack::{PackError, pack};
pub use problem::{LoadPhase, Problem, Refused, UnknownPhase};
pub use report::PluginReport;
pub use scan::{ScanError, scan};
pub(crate) use signature::Versions;
pub use signature::{KeyError, NotRevocable, Revoked, SigningKey, Trust, TrustedKey, sign};

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
    /// The key that signed it; none where nobody did, or nobody looked.
    pub signed_by: Option<String>,
    /// The text that the manifest was parsed from, and that the signature is of.
    pub(crate) text: String,
}

impl VerifiedPlugin {
    /// What the gateway verified, for the process that loads it: the manifest's text comes from the gateway, and of the
    /// folder only the library is looked at, which must be the one of that text.
    ///
    /// What remains: the loader opens the library by its path, a moment after it was hashed, so that whoever may write
    /// the folder can put another one there in between. The folder therefore belongs to whoever installs, and not to the
    /// user that the gateway and its drivers run as.
    ///
    /// # Errors
    /// What is wrong with it by now, or [`Problem::Changed`].
    pub(crate) fn as_verified(folder: &Path, text: String) -> Result<Self, Problem> {
        let manifest = Manifest::parse(&text)?;
        let library = check_library(folder, &manifest).map_err(|problem| match problem {
            Problem::HashMismatch { .. } => Problem::Changed,
            problem => problem,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            library,
            signed_by: None,
            text,
        })
    }
}

/// Checks a plugin's folder: manifest, allow-list, signature, place and SHA-256 of the library. Nothing of it is run.
///
/// # Errors
/// [`Refused`] says at which phase it stopped, and in one line how to mend it.
pub fn inspect(folder: &Path, options: &Options) -> Result<VerifiedPlugin, Refused> {
    let (manifest, text) = Manifest::read(folder).map_err(|problem| Refused::new(folder, None, problem))?;
    let checked = check(folder, &manifest, &text, options);
    match checked {
        Ok((library, signed_by)) => Ok(VerifiedPlugin {
            folder: folder.to_owned(),
            manifest,
            library,
            signed_by,
            text,
        }),
        Err(problem) => Err(Refused::new(folder, Some(manifest), problem)),
    }
}

fn check(
    folder: &Path,
    manifest: &Manifest,
    text: &str,
    options: &Options,
) -> Result<(PathBuf, Option<String>), Problem> {
    if !options.allows(&manifest.id) {
        return Err(Problem::NotAllowed {
            id: manifest.id.clone(),
        });
    }
    let signed_by = match &options.trust {
        Some(trust) => trust.judge(folder, manifest, text)?,
        None => None,
    };
    Ok((check_library(folder, manifest)?, signed_by))
}

/// The library's path, where it is the one that the manifest names.
fn check_library(folder: &Path, manifest: &Manifest) -> Result<PathBuf, Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder as a packer leaves it.
    fn packed(id: &str, library: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), id, library);
        folder
    }

    fn write(folder: &Path, id: &str, library: &[u8]) {
        std::fs::write(folder.join("l.so"), library).unwrap();
        let sha256 = hash::sha256_hex(&folder.join("l.so")).unwrap();
        let manifest = format!(
            "id = \"{id}\"\nmaker = \"m\"\nmodels = []\nversion = \"1.0.0\"\nabi = 1\n\
             library = \"l.so\"\nsha256 = \"{sha256}\"\n"
        );
        std::fs::write(folder.join(Manifest::FILE), manifest).unwrap();
    }

    #[test]
    fn what_changed_between_the_gateway_s_check_and_the_child_s_is_not_loaded() {
        let folder = packed("one", b"first");
        let verified = inspect(folder.path(), &Options::default()).unwrap();
        let request = crate::wire::load_request(&verified, String::new());
        let loaded =
            || VerifiedPlugin::as_verified(Path::new(&request.plugin_folder), request.manifest.clone());
        assert_eq!(loaded(), Ok(verified.clone()));
        // Each is a folder that passes every check by itself.
        write(folder.path(), "one", b"second");
        assert_eq!(loaded(), Err(Problem::Changed));
        // The same library under another manifest: what counts is what was verified.
        write(folder.path(), "two", b"first");
        assert_eq!(loaded(), Ok(verified));
    }
}
