//! Why a plugin is not run: the phase, and one line that says how to mend it.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use madoguchi_core::DriverId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Manifest;

/// The steps of loading, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadPhase {
    /// `plugin.toml` is read and checked.
    Manifest,
    /// The allow-list of the configuration is asked.
    AllowList,
    /// The signature is checked against the keys that the configuration trusts.
    Signature,
    /// The library's SHA-256 is compared with the manifest's.
    Hash,
    /// The child process is started.
    Process,
    /// The library is opened.
    Open,
    /// Its ABI is compared with the gateway's.
    Abi,
    /// The driver is created.
    Start,
    /// What the driver says of itself is compared with the manifest.
    Identity,
}

impl LoadPhase {
    const ALL: [Self; 9] = [
        Self::Manifest,
        Self::AllowList,
        Self::Signature,
        Self::Hash,
        Self::Process,
        Self::Open,
        Self::Abi,
        Self::Start,
        Self::Identity,
    ];

    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::AllowList => "allow_list",
            Self::Signature => "signature",
            Self::Hash => "hash",
            Self::Process => "process",
            Self::Open => "open",
            Self::Abi => "abi",
            Self::Start => "start",
            Self::Identity => "identity",
        }
    }

    /// Whether trying again changes nothing until a person mended something.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        !matches!(self, Self::Process | Self::Start)
    }
}

impl fmt::Display for LoadPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that no phase has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no load phase has this name")]
pub struct UnknownPhase;

impl FromStr for LoadPhase {
    type Err = UnknownPhase;

    fn from_str(name: &str) -> Result<Self, UnknownPhase> {
        Self::ALL
            .into_iter()
            .find(|phase| phase.as_str() == name)
            .ok_or(UnknownPhase)
    }
}

/// What is wrong with a plugin, in one line that says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no manifest, or it cannot be read.
    #[error("plugin.toml cannot be read ({kind}): put the maker's plugin.toml into the plugin's folder")]
    ManifestUnreadable {
        /// Why.
        kind: ErrorKind,
    },
    /// The manifest is there and wrong.
    #[error("plugin.toml is wrong (line {line}): {message}")]
    ManifestInvalid {
        /// Where; 0 where it concerns the whole file.
        line: usize,
        /// What.
        message: String,
    },
    /// Another folder holds a driver of this id.
    #[error("{first} holds a driver with the id {id} already: remove one of the two folders")]
    DuplicateId {
        /// The id.
        id: DriverId,
        /// The folder that was first.
        first: PathBuf,
    },
    /// The library lies outside the folder.
    #[error(
        "plugin.toml names the library {library}, which is not inside the plugin's folder: use its plain file name"
    )]
    LibraryOutside {
        /// What it names.
        library: PathBuf,
    },
    /// The configuration does not allow it.
    #[error("the configuration does not allow the driver {id}: add it to drivers.allow or remove the folder")]
    NotAllowed {
        /// The id.
        id: DriverId,
    },
    /// The configuration allows a driver that no folder holds.
    #[error(
        "the configuration allows the driver {id}, but no folder holds it: install its plugin or strike it from drivers.allow"
    )]
    NotInstalled {
        /// The id.
        id: DriverId,
    },
    /// Nobody signed it.
    #[error(
        "the plugin is not signed: install the maker's plugin.sig, or set drivers.signatures.development for one that you write"
    )]
    Unsigned,
    /// The signature cannot be read.
    #[error("plugin.sig cannot be read ({problem}): install the maker's files unchanged")]
    SignatureUnreadable {
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody knows the key.
    #[error(
        "the plugin is signed by the key {key_id}, which nobody trusts here: add the maker's key to drivers.signatures.trusted_keys"
    )]
    KeyUnknown {
        /// The key.
        key_id: String,
    },
    /// The key is not trusted any more.
    #[error(
        "the plugin is signed by the key {key_id}, which was revoked: ask the maker for a plugin under another key"
    )]
    KeyRevoked {
        /// The key.
        key_id: String,
    },
    /// The library is not trusted any more.
    #[error("this library was revoked: ask the maker for a newer one")]
    LibraryRevoked,
    /// What was signed is something else.
    #[error("plugin.toml was altered after it was signed: install the maker's files unchanged")]
    SignatureWrong,
    /// A newer version ran before.
    #[error(
        "{id} {highest} ran here before, this is {found}: install the newer one, or add {id} to drivers.signatures.allow_downgrade"
    )]
    Downgraded {
        /// The driver.
        id: DriverId,
        /// The highest version that ran.
        highest: String,
        /// This version.
        found: String,
    },
    /// Nobody knows what ran before.
    #[error(
        "the highest versions that ran here cannot be read from {path} ({problem}): put the file back from a backup, or see \
         that each plugin is the newest and remove the file, and restart the driver"
    )]
    VersionsDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The library cannot be read.
    #[error("the library {library} cannot be read ({kind}): install the plugin anew")]
    LibraryUnreadable {
        /// What the manifest names.
        library: PathBuf,
        /// Why.
        kind: ErrorKind,
    },
    /// The library is not the one of the manifest.
    #[error(
        "the library's SHA-256 is {found}, plugin.toml says otherwise: install the maker's files unchanged"
    )]
    HashMismatch {
        /// What it is.
        found: String,
    },
    /// The folder holds something else than what was verified a moment ago.
    #[error(
        "the plugin's files changed while it was being loaded: restart the driver when they are complete"
    )]
    Changed,
    /// The folder of a driver holds another one by now.
    #[error(
        "the folder held the driver {was} when the gateway started and says {now} by now: restart the gateway, or put the driver {was} back and restart it"
    )]
    IdChanged {
        /// Whose folder it is.
        was: DriverId,
        /// What its manifest says.
        now: DriverId,
    },
    /// The child process was not started.
    #[error(
        "the driver's process cannot be started ({kind}): see whether the gateway may start its own program"
    )]
    Process {
        /// Why.
        kind: ErrorKind,
    },
    /// The driver was not ready in time, or its process ended first.
    #[error("the driver's process {what} while it was being loaded: ask the maker")]
    Unready {
        /// What it did.
        what: &'static str,
    },
    /// The driver's process ended while it served.
    #[error("the driver's process {what}; it is started again")]
    Ended {
        /// What it did.
        what: &'static str,
    },
    /// An upgrade found no moment without a visit.
    #[error(
        "no moment without a visit on one of its readers came within {patience:?}: upgrade it again, or restart it, which \
         ends its visits"
    )]
    NoQuietMoment {
        /// So long one was waited for.
        patience: Duration,
    },
    /// What the child process found, in its own words.
    #[error("{line}")]
    InChild {
        /// Where it stopped.
        phase: LoadPhase,
        /// The line.
        line: String,
    },
    /// The library cannot be opened.
    #[error("{cause}; ask the maker for a build for this system")]
    Open {
        /// The loader's words, one line.
        cause: String,
    },
    /// The library was built for another contract.
    #[error("{cause}; ask the maker for a build for this gateway")]
    Abi {
        /// What differs, one line.
        cause: String,
    },
    /// The driver could not be created.
    #[error("{cause}")]
    Start {
        /// The driver's words, one line.
        cause: String,
    },
    /// The driver says something else of itself than its manifest.
    #[error(
        "plugin.toml says {field} {manifest:?}, the driver itself {driver:?}: install the maker's files unchanged"
    )]
    Identity {
        /// Which field.
        field: &'static str,
        /// What the manifest says.
        manifest: String,
        /// What the driver says.
        driver: String,
    },
}

impl Problem {
    /// Where loading stopped.
    #[must_use]
    pub const fn phase(&self) -> LoadPhase {
        match self {
            Self::ManifestUnreadable { .. }
            | Self::ManifestInvalid { .. }
            | Self::NotInstalled { .. }
            | Self::DuplicateId { .. }
            | Self::IdChanged { .. }
            | Self::LibraryOutside { .. } => LoadPhase::Manifest,
            Self::NotAllowed { .. } => LoadPhase::AllowList,
            Self::Unsigned
            | Self::SignatureUnreadable { .. }
            | Self::KeyUnknown { .. }
            | Self::KeyRevoked { .. }
            | Self::LibraryRevoked
            | Self::SignatureWrong
            | Self::Downgraded { .. }
            | Self::VersionsDamaged { .. } => LoadPhase::Signature,
            Self::LibraryUnreadable { .. } | Self::HashMismatch { .. } | Self::Changed => LoadPhase::Hash,
            Self::Process { .. } | Self::Ended { .. } | Self::NoQuietMoment { .. } => LoadPhase::Process,
            Self::InChild { phase, .. } => *phase,
            Self::Open { .. } => LoadPhase::Open,
            Self::Abi { .. } => LoadPhase::Abi,
            Self::Start { .. } | Self::Unready { .. } => LoadPhase::Start,
            Self::Identity { .. } => LoadPhase::Identity,
        }
    }
}

/// A plugin that is not run, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {problem}", folder.display())]
pub struct Refused {
    /// The plugin's folder.
    pub folder: PathBuf,
    /// Its manifest, where that could be read. Boxed, as an error should be small.
    pub manifest: Option<Box<Manifest>>,
    /// What is wrong.
    pub problem: Problem,
}

impl Refused {
    pub(crate) fn new(folder: &Path, manifest: Option<Manifest>, problem: Problem) -> Self {
        Self {
            folder: folder.to_owned(),
            manifest: manifest.map(Box::new),
            problem,
        }
    }

    /// Where loading stopped.
    #[must_use]
    pub const fn phase(&self) -> LoadPhase {
        self.problem.phase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_readable_back() {
        for phase in LoadPhase::ALL {
            assert_eq!(phase.as_str().parse(), Ok(phase));
        }
        assert_eq!("later".parse::<LoadPhase>(), Err(UnknownPhase));
    }
}
