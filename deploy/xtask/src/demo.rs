//! `cargo xtask demo`: from a fresh system to visits on the screen.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::setup;

/// What `demo` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The system packages are there: do not look, do not install.
    #[arg(long)]
    no_setup: bool,
    /// With optimisation. Builds longer: a visit waits for the patient, not for the processor.
    #[arg(long)]
    release: bool,
    /// For `madoguchi demo`, for example `--once --json`; one round where nothing is said.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    demo: Vec<String>,
}

/// Sets up, builds, and becomes `madoguchi demo`.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    if !arguments.no_setup {
        setup::run(false)?;
    }
    let program = build::run(root, Profile::new(arguments.release))?;
    let mut demo = Command::new(program);
    demo.arg("demo").args(&arguments.demo);
    if arguments.demo.is_empty() {
        demo.arg("--once");
    }
    become_program(&mut demo)
}

/// The demo takes this process's place, so that signals and the exit code are its own.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(anyhow::Error::from(command.exec()).context(crate::command::name(command)))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    crate::command::run(command)
}
