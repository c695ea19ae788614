//! The host's side of the border: opens a library and makes its driver look like any other.

mod difference;
mod driver;
mod reader;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use abi_stable::library::{LibHeader, LibraryError, lib_header_from_path};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::RStr;
use madoguchi_driver_api::{Driver, Error, Host, LogLevel};
use thiserror::Error;

use crate::v1::{DriverModuleRef, ForeignHost, HostBox};

/// A driver that came out of a library.
pub struct Loaded {
    /// The driver.
    pub driver: Box<dyn Driver>,
    /// The version of the border that the plugin was built with.
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
/// The caller made sure before that the library is one to be trusted: opening it runs its code.
///
/// # Errors
/// [`LoadError`] says which of the three steps failed.
pub fn load(library: &Path, host: Host) -> Result<Loaded, LoadError> {
    // Not `load_from_file`: that is remembered per type, so that a second plugin would be the first one again.
    let header = lib_header_from_path(library).map_err(|error| refused(error, None))?;
    let module = header
        .init_root_module::<DriverModuleRef>()
        .map_err(|error| refused(error, Some(header)))?;
    let host = HostBox::from_value(LogHost(host), TD_Opaque);
    let driver = module.start()(host)
        .into_result()
        .map_err(Error::from)
        .and_then(driver::Imported::new)
        .map_err(LoadError::Start)?;
    Ok(Loaded {
        driver: Box::new(driver),
        abi_version: module.abi_version(),
    })
}

struct LogHost(Host);

impl ForeignHost for LogHost {
    fn log(&self, level: u8, line: RStr<'_>) {
        let level = match level {
            0 => LogLevel::Error,
            1 => LogLevel::Warn,
            2 => LogLevel::Info,
            _ => LogLevel::Debug,
        };
        // Nothing unwinds across the border, not even a log sink that fails; there is nobody to tell.
        let _ = catch_unwind(AssertUnwindSafe(|| self.0.log(level, line.as_str())));
    }
}

fn refused(error: LibraryError, header: Option<&LibHeader>) -> LoadError {
    let difference = match error {
        LibraryError::OpenError { err, .. } => {
            return LoadError::Open {
                problem: difference::one_line(&err.to_string()),
            };
        }
        LibraryError::RootModule { .. } => {
            return LoadError::Start(Error::DriverPanicked {
                detail: "while its module was made".to_owned(),
            });
        }
        LibraryError::GetSymbolError { .. } => "it exports no madoguchi driver".to_owned(),
        LibraryError::InvalidAbiHeader(found) => format!(
            "expected abi_stable 0.11, found {}.{} or something else under its name",
            found.abi_major, found.abi_minor
        ),
        LibraryError::IncompatibleVersionNumber {
            expected_version,
            actual_version,
            ..
        } => {
            format!("expected border version {expected_version}, found {actual_version}")
        }
        LibraryError::AbiInstability(text) => header
            .and_then(difference::first::<DriverModuleRef>)
            .unwrap_or_else(|| difference::one_line(&text.to_string())),
        other => difference::one_line(&other.to_string()),
    };
    LoadError::Abi { difference }
}
