//! `buf lint` of proto/, with one version of buf for everybody.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::command;

/// The version of buf whose rules the protos keep.
const VERSION: &str = "1.75.0";

/// Lints the protos.
pub(crate) fn lint(root: &Path, target: &Path) -> Result<()> {
    let buf = match command::find("buf").filter(|buf| is_wanted(buf)) {
        Some(buf) => buf,
        None => install(target)?,
    };
    command::run(Command::new(buf).arg("lint").current_dir(root.join("proto")))
}

fn is_wanted(buf: &Path) -> bool {
    let version = Command::new(buf).arg("--version").stderr(Stdio::null()).output();
    version.is_ok_and(|version| version.stdout.trim_ascii() == VERSION.as_bytes())
}

/// From PyPI into a virtual environment below the target folder: nothing of the system changes.
fn install(target: &Path) -> Result<PathBuf> {
    let folder = target.join(format!("tools/buf-{VERSION}"));
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = |name: &str| programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let buf = program("buf");
    if is_wanted(&buf) {
        return Ok(buf);
    }
    let python = if cfg!(windows) { "python" } else { "python3" };
    command::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(program("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command::run(pip.arg(format!("buf-bin=={VERSION}"))).context("buf comes from PyPI")?;
    Ok(buf)
}
