//! Builds what tests run and load, and says where it is.
//!
//! Cargo builds no cdylib and no program for the sake of another crate's tests. `cargo xtask test` builds all of it first;
//! where somebody runs some tests alone, the first one builds what is missing or out of date, and the others wait for it
//! and take what it built.

mod c;
mod fresh;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

pub use c::c_library;

/// Another program to test, such as one of the release profile; its plugins lie beside it.
const GIVEN: &str = "MADOGUCHI_TESTS_PROGRAM";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

/// Why there is nothing to run or load.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Cargo or the compiler could not be started, or what it made not be put where it belongs.
    #[error("the build could not be run")]
    Run(#[from] io::Error),
    /// The crate did not build.
    #[error("the crate did not build:\n{0}")]
    Failed(String),
    /// The test runs from a place that cargo did not put it in.
    #[error("the tests are not in cargo's target folder")]
    NoTarget,
}

/// The `madoguchi` program, with the plugins packed beside it.
///
/// # Errors
/// [`BuildError`] with what cargo says.
pub fn program() -> Result<PathBuf, BuildError> {
    if let Some(given) = std::env::var_os(GIVEN) {
        return Ok(given.into());
    }
    let target = target()?;
    let program = target.join(format!("madoguchi{EXE_SUFFIX}"));
    let plugin = target.join(library_name("madoguchi-plugin-pcsc"));
    let packed = target
        .join("plugins/pcsc")
        .join(plugin.file_name().unwrap_or_default());
    let fresh = || {
        target.join("plugins.pub.pem").exists()
            && fresh::is_fresh(&program)
            && fresh::is_fresh(&plugin)
            && fresh::same_content(&plugin, &packed)
    };
    let words = ["run", "--quiet", "--package", "xtask", "--", "build", "--tests"];
    fresh::build_unless(fresh, &target, &words)?;
    Ok(program)
}

/// The cdylib of a package.
///
/// # Errors
/// [`BuildError`] with what cargo says.
pub fn library(package: &str) -> Result<PathBuf, BuildError> {
    let target = target()?;
    let library = target.join(library_name(package));
    let words = ["build", "--quiet", "--package", package];
    fresh::build_unless(|| fresh::is_fresh(&library), &target, &words)?;
    Ok(library)
}

/// Cargo as a person would start it.
///
/// What cargo tells a test of its package is left out: build scripts that look at it (ring's does) would run again, and all
/// that depends on them be built again, whenever a test and a person took turns.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_package) {
            cargo.env_remove(name);
        }
    }
    cargo.stdin(Stdio::null());
    cargo
}

fn is_of_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// The folder of the profile that the tests were built in.
fn target() -> Result<PathBuf, BuildError> {
    let test = std::env::current_exe()?;
    let target = test.parent().and_then(Path::parent);
    target.map(Path::to_owned).ok_or(BuildError::NoTarget)
}

fn library_name(package: &str) -> String {
    format!("{DLL_PREFIX}{}{DLL_SUFFIX}", package.replace('-', "_"))
}
