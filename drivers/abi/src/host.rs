//! The host's side of the border: opens a library and makes its driver look like any other.

mod answer;
mod c;
mod difference;
mod library;
mod v1;
mod v2;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use abi_stable::library::{LibHeader, LibraryError, RootModule};
use madoguchi_driver_api::{Driver, Error, Host, LogLevel};
use thiserror::Error;

use library::{Found, Library};

/// A driver that came out of a library.
pub struct Loaded {
    /// The driver.
    pub driver: Box<dyn Driver>,
    /// The border that the plugin was built for, as its manifest says it too: 1 and 2 are the versions of the Rust
    /// border, 101 is version 1 of the C border.
    pub abi_version: u32,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("abi_version", &self.abi_version)
            .finish_non_exhaustive()
    }
}

/// Why a library gave no driver. Each displays as one line.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It is not there, or it is not a library for this machine.
    #[error("the library cannot be opened: {problem}")]
    Open {
        /// What the system's loader says.
        problem: String,
    },
    /// It is a library, and not a plugin of this border.
    #[error("the library was built for another plugin border: {difference}")]
    Abi {
        /// What differs.
        difference: String,
    },
    /// It is a plugin, and its driver did not start.
    #[error("the driver did not start: {0}")]
    Start(#[source] Error),
}

/// Opens a library and starts its driver. The library stays open for the life of the process.
///
/// The newest border is tried first, then the older ones, then the one for C. A plugin of version 1 was built before
/// any gateway showed it a screen: its readers are used for cards and phones alone, whatever else they say that they
/// can do.
///
/// The caller made sure before that the library is one to be trusted: opening it runs its code.
///
/// # Errors
/// [`LoadError`] says which of the three steps failed.
pub fn load(library: &Path, host: Host) -> Result<Loaded, LoadError> {
    match Library::open(library)?.find()? {
        Found::Rust(header) => rust(header, host),
        Found::C(contract) => c::start(contract, host),
    }
}

fn rust(header: &'static LibHeader, host: Host) -> Result<Loaded, LoadError> {
    let newest = match header.init_root_module::<crate::v2::DriverModuleRef>() {
        Ok(module) => return v2::start(module, host),
        Err(error) => error,
    };
    match header.init_root_module::<crate::v1::DriverModuleRef>() {
        Ok(module) => v1::start(module, host),
        // The line that helps is the one about the version that the plugin says it is of.
        Err(LibraryError::IncompatibleVersionNumber { .. }) => {
            Err(refused::<crate::v2::DriverModuleRef>(newest, header))
        }
        Err(older) => Err(refused::<crate::v1::DriverModuleRef>(older, header)),
    }
}

fn refused<M: RootModule>(error: LibraryError, header: &LibHeader) -> LoadError {
    let difference = match error {
        LibraryError::RootModule { .. } => {
            return LoadError::Start(Error::DriverPanicked {
                detail: "while its module was made".to_owned(),
            });
        }
        LibraryError::IncompatibleVersionNumber {
            expected_version,
            actual_version,
            ..
        } => {
            format!("expected border version {expected_version} or an older one, found {actual_version}")
        }
        LibraryError::AbiInstability(text) => {
            difference::first::<M>(header).unwrap_or_else(|| difference::one_line(&text.to_string()))
        }
        other => difference::one_line(&other.to_string()),
    };
    LoadError::Abi { difference }
}

/// Passes a plugin's line on. Nothing unwinds across the border, not even a log sink that fails; there is nobody to
/// tell.
fn log(host: &Host, level: u32, line: &str) {
    let level = match level {
        0 => LogLevel::Error,
        1 => LogLevel::Warn,
        2 => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    let _ = catch_unwind(AssertUnwindSafe(|| host.log(level, line)));
}
