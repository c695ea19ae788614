//! A library that is open for good, and which border it was built for.

#![expect(
    unsafe_code,
    reason = "a symbol of a library has the type that its name promises"
)]

use std::mem::ManuallyDrop;
use std::path::Path;

use abi_stable::library::{LibHeader, LibraryError, RawLibrary, lib_header_from_raw_library};

use super::{LoadError, c, difference};
use crate::c::{ENTRY, Entry};

/// What a library holds.
pub(super) enum Found {
    /// A plugin of the Rust border.
    Rust(&'static LibHeader),
    /// A plugin of the C border.
    C(c::Contract),
}

/// Never unloaded, not even where it turns out to be no plugin: its code has run.
pub(super) struct Library(ManuallyDrop<RawLibrary>);

impl Library {
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        RawLibrary::load_at(path)
            .map(|library| Self(ManuallyDrop::new(library)))
            .map_err(|error| LoadError::Open {
                problem: match error {
                    LibraryError::OpenError { err, .. } => difference::one_line(&err.to_string()),
                    other => difference::one_line(&other.to_string()),
                },
            })
    }

    /// Looks at the names that the library exports. Not `load_from_file`: that is remembered per type, so that a
    /// second plugin would be the first one again.
    pub(super) fn find(&self) -> Result<Found, LoadError> {
        // SAFETY: the library stays open for the life of the process, so what it exports is `'static`. Under this
        // name it is abi_stable's header, whose magic string is compared before anything else is read.
        let header = unsafe { lib_header_from_raw_library(&self.0) };
        let difference = match header {
            Ok(header) => return Ok(Found::Rust(header)),
            Err(LibraryError::GetSymbolError { .. }) => return self.find_c(),
            Err(LibraryError::InvalidAbiHeader(found)) => format!(
                "expected abi_stable 0.11, found {}.{} or something else under its name",
                found.abi_major, found.abi_minor
            ),
            Err(other) => difference::one_line(&other.to_string()),
        };
        Err(LoadError::Abi { difference })
    }

    fn find_c(&self) -> Result<Found, LoadError> {
        // SAFETY: under this name, which holds a version, the published header declares a function of this type.
        let entry = unsafe { self.0.get::<Entry>(ENTRY.to_bytes_with_nul()) };
        let Ok(entry) = entry else {
            return Err(LoadError::Abi {
                difference: "it exports no madoguchi driver".to_owned(),
            });
        };
        // SAFETY: the header says that this may be called at any time and answers a pointer that stays valid.
        let contract = unsafe { c::Contract::read(entry()) };
        contract
            .map(Found::C)
            .map_err(|difference| LoadError::Abi { difference })
    }
}
