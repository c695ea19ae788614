//! `plugin.toml`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use madoguchi_core::DriverId;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::Problem;
use super::hash::HEX_LEN;

/// What a plugin's `plugin.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The driver's id.
    pub id: DriverId,
    /// The maker of the devices.
    pub maker: String,
    /// The models that it serves.
    pub models: Vec<String>,
    /// The driver's own version, by semver.org.
    pub version: String,
    /// Version of the ABI that it was built for.
    pub abi: u32,
    /// The library's path inside the folder.
    pub library: PathBuf,
    /// SHA-256 of the library, in lower-case hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The file's name.
    pub const FILE: &str = "plugin.toml";

    /// A manifest is a few hundred bytes; what is longer is none.
    const MAX_LEN: u64 = 64 * 1024;

    /// What the file says, and its very text: what is verified and what is used is this, whatever the file says later.
    pub(super) fn read(folder: &Path) -> Result<(Self, String), Problem> {
        let unreadable = |error: std::io::Error| Problem::ManifestUnreadable { kind: error.kind() };
        let file = File::open(folder.join(Self::FILE)).map_err(unreadable)?;
        let mut text = String::new();
        // One byte more than it may have, so that it is seen.
        let read = file.take(Self::MAX_LEN + 1).read_to_string(&mut text);
        if read.map_err(unreadable)? as u64 > Self::MAX_LEN {
            return Err(Problem::ManifestInvalid {
                line: 0,
                message: "longer than 64 KiB".into(),
            });
        }
        Ok((Self::parse(&text)?, text))
    }

    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let manifest: Self = toml::from_str(text).map_err(|error| Problem::malformed(text, &error))?;
        let digest = manifest.sha256.as_bytes();
        if digest.len() != HEX_LEN || !digest.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Problem::ManifestInvalid {
                line: 0,
                message: "sha256 must be 64 lower-case hexadecimal digits".into(),
            });
        }
        manifest.semver()?;
        Ok(manifest)
    }

    /// The version by semver.org: one that cannot be compared cannot be kept from going back.
    pub(crate) fn semver(&self) -> Result<Version, Problem> {
        Version::parse(&self.version).map_err(|error| Problem::ManifestInvalid {
            line: 0,
            message: format!("version must be one of semver.org, such as 1.2.3: {error}"),
        })
    }
}

impl Problem {
    /// What is wrong with that text, on which line.
    pub(super) fn malformed(text: &str, error: &toml::de::Error) -> Self {
        Self::ManifestInvalid {
            line: error.span().map_or(0, |span| line_of(text, span.start)),
            message: error.message().lines().next().unwrap_or_default().to_owned(),
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        format!(
            "id = \"pcsc\"\nmaker = \"m\"\nmodels = [\"x\"]\nversion = \"1.0.0\"\nabi = 1\nlibrary = \"l.so\"\nsha256 = \"{}\"\n",
            "0".repeat(64)
        )
    }

    #[test]
    fn a_manifest_is_read() {
        let manifest = Manifest::parse(&text()).unwrap();
        assert_eq!(manifest.id.as_str(), "pcsc");
        assert_eq!(manifest.library, Path::new("l.so"));
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line_with_its_number() {
        for (wrong, number, word) in [
            (text().replace("maker", "makers"), 2, "makers"),
            (text().replace("abi = 1", "abi = \"one\""), 5, "u32"),
            (text().replace("id = \"pcsc\"", "id = \"a b\""), 1, "ASCII"),
            (text().replace("00000", "0000g"), 0, "sha256"),
            (text().replace("1.0.0", "2024-rev-b"), 0, "version"),
            (text().replace("1.0.0", "1"), 0, "version"),
            (text().replace("library = \"l.so\"\n", ""), 1, "library"),
        ] {
            let Err(Problem::ManifestInvalid { line, message }) = Manifest::parse(&wrong) else {
                panic!("accepted: {wrong}");
            };
            assert_eq!(line, number, "{message}");
            assert!(message.contains(word), "{message}");
            assert!(!message.contains('\n'));
        }
    }
}
