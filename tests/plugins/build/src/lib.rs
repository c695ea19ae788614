//! Builds plugin crates for tests and says where their libraries are.
//!
//! Cargo builds no cdylib for the sake of another crate's tests, so a test asks for it here. The build uses the same
//! target folder and profile as the tests and does nothing where the library is there already.

mod c;

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use thiserror::Error;

pub use c::c_library;

/// Why there is no library.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Cargo or the compiler could not be started, or what it made not be put where it belongs.
    #[error("the build could not be run")]
    Run(#[from] io::Error),
    /// The crate did not build.
    #[error("the crate did not build:\n{0}")]
    Failed(String),
    /// It built and has no cdylib.
    #[error("the crate has no cdylib")]
    NoLibrary,
}

/// Builds the package and returns the path of its cdylib.
///
/// # Errors
/// [`BuildError`] with what cargo says.
pub fn library(package: &str) -> Result<PathBuf, BuildError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--message-format=json", "--package", package])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."))
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(BuildError::Failed(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    let suffix = format!(".{}", std::env::consts::DLL_EXTENSION);
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter(|message| {
            message["reason"] == "compiler-artifact" && message["target"]["kind"][0] == "cdylib"
        })
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(str::to_owned))
        .rfind(|name| name.ends_with(&suffix))
        .map(PathBuf::from)
        .ok_or(BuildError::NoLibrary)
}
