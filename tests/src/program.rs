//! The programs under test: where they are, and that they are as new as their sources.

use std::path::PathBuf;

/// The `madoguchi` program, with the plugins packed beside it.
#[must_use]
pub fn program() -> PathBuf {
    madoguchi_fixture_build::program().unwrap()
}

/// The library of a fixture plugin, by its crate's name.
#[must_use]
pub fn fixture(package: &str) -> PathBuf {
    madoguchi_fixture_build::library(package).unwrap()
}
