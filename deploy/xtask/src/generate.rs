//! `cargo xtask gen`: the generated code of `proto/`, by a program of its own.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command;

/// The crate and the program that generates.
pub(crate) const CODEGEN: &str = "madoguchi-codegen";

/// Makes the generated code anew, or with `check` only says where it differs.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let mut codegen = command::cargo(root);
    codegen.args(["run", "--quiet", "--package", CODEGEN, "--"]);
    command::run(codegen.args(check.then_some("--check")))
}

/// Says where the generated code differs, by a code generator that is built already.
pub(crate) fn check(codegen: &Path) -> Result<()> {
    command::run(Command::new(codegen).arg("--check"))
}
