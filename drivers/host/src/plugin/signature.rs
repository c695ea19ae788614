//! Who stands for a plugin: a maker signs `plugin.toml`, which names the library by its hash, and a gateway trusts the
//! keys of its configuration. All of it is looked at before the library is opened.
//!
//! Ed25519 over the bytes of `plugin.toml`, kept beside it in `plugin.sig`. Keys are PEM files as OpenSSL writes them
//! (`PRIVATE KEY`, `PUBLIC KEY`); a key is called by the first 16 hexadecimal digits of its SHA-256.

mod keys;
mod revoked;
mod versions;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

pub use keys::{KeyError, SigningKey, TrustedKey};
pub use revoked::{NotRevocable, Revoked};
pub(crate) use versions::Versions;

use super::{Manifest, Problem};

/// Whom a gateway believes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// The makers' keys.
    pub keys: Vec<TrustedKey>,
    /// What is not believed any more.
    pub revoked: Vec<Revoked>,
    /// Whether a plugin without a signature is loaded all the same: for whoever writes one. It is said at each start.
    pub development: bool,
    /// Where the highest version of each driver that ever ran is kept; nowhere where a driver may go back.
    pub versions: Option<PathBuf>,
    /// Drivers that may go back to an older version.
    pub allow_downgrade: Vec<madoguchi_core::DriverId>,
}

/// The signature's file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureFile {
    /// The key that signed.
    key_id: String,
    /// Ed25519 over the bytes of `plugin.toml`, in base64.
    signature: String,
}

impl SignatureFile {
    const NAME: &str = "plugin.sig";
    const MAX_LEN: u64 = 4 * 1024;

    /// The signature; none where there is no file.
    fn read(folder: &Path) -> Result<Option<Self>, Problem> {
        let path = folder.join(Self::NAME);
        let unreadable = |problem: &str| Problem::SignatureUnreadable {
            problem: problem.to_owned(),
        };
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error.kind().to_string())),
            Ok(found) if found.len() > Self::MAX_LEN => return Err(unreadable("longer than 4 KiB")),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&error.kind().to_string()))?;
        toml::from_str(&text)
            .map(Some)
            .map_err(|error| unreadable(error.message().lines().next().unwrap_or_default()))
    }
}

/// Signs the plugin in that folder.
///
/// # Errors
/// [`Problem`] where its manifest or library is not in order, or the signature cannot be written.
pub fn sign(folder: &Path, key: &SigningKey) -> Result<(), Problem> {
    let (manifest, text) = Manifest::read(folder)?;
    super::check_library(folder, &manifest)?;
    let file = SignatureFile {
        key_id: key.id(),
        signature: STANDARD.encode(key.sign(text.as_bytes())),
    };
    let text = toml::to_string(&file).map_err(|_| Problem::SignatureUnreadable {
        problem: "it has no TOML form".to_owned(),
    })?;
    std::fs::write(folder.join(SignatureFile::NAME), text).map_err(|error| Problem::SignatureUnreadable {
        problem: error.kind().to_string(),
    })
}

impl Trust {
    /// Whose signature the plugin has; none where it has none and that is allowed. `text` is what the manifest was
    /// parsed from: the file itself may say something else by now.
    ///
    /// # Errors
    /// [`Problem`] says which of unsigned, altered, unknown, revoked or downgraded it is.
    pub(crate) fn judge(
        &self,
        folder: &Path,
        manifest: &Manifest,
        text: &str,
    ) -> Result<Option<String>, Problem> {
        if self.is_revoked(&manifest.sha256) {
            return Err(Problem::LibraryRevoked);
        }
        let signer = match SignatureFile::read(folder)? {
            None if self.development => None,
            None => return Err(Problem::Unsigned),
            Some(file) => Some(self.verify(text, file)?),
        };
        self.not_older(manifest)?;
        Ok(signer)
    }

    fn is_revoked(&self, what: &str) -> bool {
        self.revoked.iter().any(|revoked| revoked.is(what))
    }

    fn verify(&self, text: &str, file: SignatureFile) -> Result<String, Problem> {
        let SignatureFile { key_id, signature } = file;
        if self.is_revoked(&key_id) {
            return Err(Problem::KeyRevoked { key_id });
        }
        let Some(key) = self.keys.iter().find(|key| key.id() == key_id) else {
            return Err(Problem::KeyUnknown { key_id });
        };
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| Problem::SignatureUnreadable {
                problem: "signature is not base64".to_owned(),
            })?;
        if key.verify(text.as_bytes(), &signature) {
            Ok(key_id)
        } else {
            Err(Problem::SignatureWrong)
        }
    }

    fn not_older(&self, manifest: &Manifest) -> Result<(), Problem> {
        let Some(path) = &self.versions else { return Ok(()) };
        if self.allow_downgrade.contains(&manifest.id) {
            return Ok(());
        }
        match Versions::read(path)?.newer_than(&manifest.id, &manifest.semver()?) {
            None => Ok(()),
            Some(highest) => Err(Problem::Downgraded {
                id: manifest.id.clone(),
                highest,
                found: manifest.version.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
