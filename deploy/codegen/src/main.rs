//! What `cargo xtask gen` runs: the generated code of `proto/` and the header for drivers in C, or with `--check`
//! whether they have drifted.
//!
//! A program of its own, because its compilers take minutes to build and the demo needs none of them.

#![expect(clippy::print_stderr, reason = "a command-line program talks to a person")]

mod generate;
mod header;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("codegen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here
        .ancestors()
        .nth(2)
        .context("the workspace is two folders above this crate")?;
    let words: Vec<_> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => both(root, false),
        ["--check"] => both(root, true),
        _ => bail!("usage: madoguchi-codegen [--check]"),
    }
}

fn both(root: &Path, check: bool) -> Result<()> {
    generate::run(root, check)?;
    header::run(root, check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_code_has_not_drifted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        both(&root, true).unwrap();
    }
}
