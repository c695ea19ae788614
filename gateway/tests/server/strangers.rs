//! Libraries of others, as `cargo xtask setup --tests` installs them (`deploy/xtask/src/strangers.rs`).

use std::path::{Path, PathBuf};

pub(crate) const PYJWT: &str = "pyjwt-2.10.1";
pub(crate) const H2: &str = "h2-4.3.0";
pub(crate) const JOSE: &str = "jose-5.10.0";

/// A library's folder; a test that lacks it fails, it does not pass.
pub(crate) fn tool(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_madoguchi"));
    let target = program.ancestors().nth(2).unwrap().join("tools").join(name);
    assert!(
        target.join("done").exists(),
        "run `cargo xtask setup --tests`: {} is not there",
        target.display()
    );
    target
}

/// A Python that has the library.
pub(crate) fn python(name: &str) -> PathBuf {
    tool(name).join("venv").join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    })
}

/// What drives the library.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/interop")
        .join(name)
}
