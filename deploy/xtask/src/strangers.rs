//! Libraries of others, with which tests check what the gateway signs and dials: PyJWT and h2 from PyPI and jose from
//! npm, each in one version and in a folder of its own below the target folder, where the tests look for them. Nothing
//! of the system changes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command;

/// As the tests name them too (`gateway/tests/server/strangers.rs`).
const PYJWT: &str = "2.10.1";
/// What PyJWT checks ES256 with.
const CRYPTOGRAPHY: &str = "44.0.3";
const H2: &str = "4.3.0";
const JOSE: &str = "5.10.0";
/// What npm's registry says of it.
const JOSE_SHA512: &str =
    "s+3Al/p9g32Iq+oqXxkW//7jk2Vig6FF1CFqzVXoTUXt2qz89YWbL+OwS17NFYEvxC35n0FKeGO2LGYSxeM2Gg==";

/// What says that a folder is whole.
const DONE: &str = "done";

/// Installs those that are missing.
pub(crate) fn install(target: &Path) -> Result<()> {
    whole(&target.join(format!("tools/pyjwt-{PYJWT}")), |folder| {
        from_pypi(
            folder,
            &[
                &format!("pyjwt=={PYJWT}"),
                &format!("cryptography=={CRYPTOGRAPHY}"),
            ],
        )
    })?;
    whole(&target.join(format!("tools/h2-{H2}")), |folder| {
        from_pypi(folder, &[&format!("h2=={H2}")])
    })?;
    whole(&target.join(format!("tools/jose-{JOSE}")), jose)
}

/// Fills a folder unless that was done to its end before.
fn whole(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if folder.join(DONE).exists() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} is half done", folder.display()))?;
    }
    fs::create_dir_all(folder)?;
    fill(folder)?;
    fs::write(folder.join(DONE), "")?;
    Ok(())
}

/// A Python that has these packages.
fn from_pypi(folder: &Path, packages: &[&str]) -> Result<()> {
    let windows = cfg!(windows);
    let python = if windows { "python" } else { "python3" };
    let environment = folder.join("venv");
    command::run(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    let inside = environment.join(if windows {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let mut pip = Command::new(inside);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(packages);
    command::run(&mut pip).with_context(|| format!("{} comes from PyPI", packages.join(", ")))
}

fn jose(folder: &Path) -> Result<()> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let mut fetch = Command::new(python);
    fetch.args([
        "-c",
        include_str!("strangers/fetch_npm.py"),
        "jose",
        JOSE,
        JOSE_SHA512,
    ]);
    fetch.arg(folder);
    command::run(&mut fetch).context("jose comes from npm's registry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_half_done_is_done_anew_and_what_is_done_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("tool");
        fs::create_dir_all(folder.join("half")).unwrap();
        whole(&folder, |folder| Ok(fs::write(folder.join("tool"), "1")?)).unwrap();
        assert!(!folder.join("half").exists());
        whole(&folder, |_| panic!("it is done")).unwrap();
        assert_eq!(fs::read(folder.join("tool")).unwrap(), b"1");
        let error = whole(&temporary.path().join("other"), |_| anyhow::bail!("no network"));
        assert!(error.is_err());
        assert!(!temporary.path().join("other").join(DONE).exists());
    }
}
