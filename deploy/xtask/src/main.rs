//! The project's own chores. `cargo xtask --help` lists them.

mod generate;

use std::path::{Path, PathBuf};

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
    /// Makes the generated code of proto/ anew.
    Gen {
        /// Only say whether it has drifted.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> Result<()> {
    let root = root()?;
    match Arguments::parse().chore {
        Chore::Gen { check } => generate::run(&root, check),
    }
}

fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.ancestors().nth(2).context("the workspace is two folders above the xtask")?.to_owned())
}
