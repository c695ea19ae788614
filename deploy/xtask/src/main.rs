//! The project's own chores. `cargo xtask --help` lists them.
//!
//! It must build with Rust and a C linker alone: it is what installs everything else.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks to a person"
)]

mod build;
mod ci;
mod command;
mod demo;
mod direction;
mod generate;
mod metadata;
mod protos;
mod setup;
mod soak;
mod strangers;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Installs the system packages that are missing (Debian, Ubuntu).
    Setup {
        /// Also what the tests need.
        #[arg(long)]
        tests: bool,
    },
    /// Builds the gateway and the plugins, and packs the plugins beside it.
    Build {
        /// With optimisation.
        #[arg(long)]
        release: bool,
        /// Also what checks and tests use, in the one go in which `test` builds it.
        #[arg(long, conflicts_with = "release")]
        tests: bool,
    },
    /// Sets up, builds and shows visits on a simulated counter.
    Demo(demo::Arguments),
    /// Sets up and runs everything that CI runs.
    #[command(visible_alias = "ci")]
    Test {
        /// The system packages are there: do not look, do not install.
        #[arg(long)]
        no_setup: bool,
    },
    /// Runs a long test.
    Soak {
        #[command(subcommand)]
        soak: soak::Soak,
    },
    /// Makes the generated code of proto/ anew.
    Gen {
        /// Only say whether it has drifted.
        #[arg(long)]
        check: bool,
    },
    /// Says which crate depends on what it must not.
    Direction,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // The sentence alone: a backtrace, which RUST_BACKTRACE would add, hides it from a person.
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let root = root()?;
    match Arguments::parse().chore {
        Chore::Setup { tests } => {
            setup::run(tests)?;
            if tests {
                strangers::install(&metadata::Metadata::read(&root)?.target_directory)?;
            }
            Ok(())
        }
        Chore::Build { tests: true, .. } => build::everything(&root).map(drop),
        Chore::Build { release, .. } => build::run(&root, build::Profile::new(release)).map(drop),
        Chore::Demo(arguments) => demo::run(&root, &arguments),
        Chore::Test { no_setup } => ci::run(&root, !no_setup),
        Chore::Soak { soak } => soak::run(&root, &soak),
        Chore::Gen { check } => generate::run(&root, check),
        Chore::Direction => direction::run(&root),
    }
}

fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here
        .ancestors()
        .nth(2)
        .context("the workspace is two folders above the xtask")?
        .to_owned())
}
