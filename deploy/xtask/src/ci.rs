//! `cargo xtask test`: what CI runs, and what a person runs.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::command::{self, Stream};
use crate::metadata::Metadata;
use crate::tally::Tally;
use crate::{build, direction, generate, protos, setup, strangers};

/// Runs every check and every test; a failed check does not hide what the later ones say.
pub(crate) fn run(root: &Path, with_setup: bool) -> Result<()> {
    let start = Instant::now();
    if with_setup {
        setup::run(true)?;
    }
    let metadata = Metadata::read(root)?;
    let mut steps = Steps {
        took: vec![("setup", start.elapsed().as_secs_f64())],
        failed: Vec::new(),
    };
    let cargo = |words: &[&str]| command::run(command::cargo(root).args(words));

    steps.run("fmt", || cargo(&["fmt", "--all", "--", "--check", "-l"]));
    steps.run("buf", || protos::lint(root, &metadata.target_directory));
    steps.run("strangers", || strangers::install(&metadata.target_directory));
    steps.run("direction", || direction::check(&metadata));
    let mut codegen = None;
    steps.run("build", || {
        codegen = Some(build::everything(root)?);
        Ok(())
    });
    steps.run("gen", || {
        generate::check(codegen.as_deref().context("not built")?)
    });
    steps.run("clippy", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ])
    });
    steps.run("doc", || {
        let mut doc = command::cargo(root);
        doc.args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings");
        command::run(&mut doc)
    });
    steps.run("stranger", || {
        let card = ["-B", "tests/interop/stranger_card.py", "--self-test"];
        command::run(Command::new("python3").args(card).current_dir(root))
    });
    steps.run("template", || template(root, &metadata.target_directory));
    let mut tally = Tally::default();
    steps.run("tests", || tests(root, &mut tally));

    println!("seconds: {steps} (all {:.0})", start.elapsed().as_secs_f64());
    println!("{tally}");
    if !steps.failed.is_empty() {
        bail!("failed: {}", steps.failed.join(", "));
    }
    Ok(())
}

/// The template of a maker's project: a workspace of its own, checked and tested with the versions of this one, and built
/// where those are built already.
fn template(root: &Path, target: &Path) -> Result<()> {
    let folder = root.join("plugins/template");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for words in [
        &["fmt", "--", "--check", "-l"][..],
        &["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"],
        &["test", "--quiet"],
    ] {
        let mut cargo = command::cargo(&folder);
        command::run(cargo.args(words).env("CARGO_TARGET_DIR", target))?;
    }
    Ok(())
}

/// Tests at a time for each processor: most of them wait for devices that answer in real time.
const TESTS_PER_CORE: usize = 2;

/// nextest where it is installed: it ends a test that hangs. It knows no documentation tests.
fn tests(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut success = true;
    let mut watch = |words: &[&str], stream| -> Result<()> {
        let mut command = command::cargo(root);
        success &= command::watch(command.args(words), stream, |line| tally.see(line))?;
        Ok(())
    };
    if command::find("cargo-nextest").is_some() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let at_a_time = (cores * TESTS_PER_CORE).to_string();
        let settings = [
            "--config-file",
            "deploy/nextest.toml",
            "--test-threads",
            &at_a_time,
        ];
        let run = [
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--color",
            "never",
        ];
        watch(&[run.as_slice(), &settings].concat(), Stream::Err)?;
        watch(
            &["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"],
            Stream::Out,
        )?;
    } else {
        watch(&["test", "--workspace", "--no-fail-fast"], Stream::Out)?;
    }
    if !success || tally.failed > 0 {
        bail!("a test failed, or a test program did not come to its end");
    }
    if tally.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// The steps so far.
#[derive(Debug)]
struct Steps {
    took: Vec<(&'static str, f64)>,
    failed: Vec<&'static str>,
}

impl Steps {
    fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        println!("== {name}");
        let start = Instant::now();
        if let Err(error) = step() {
            println!("{name} failed: {error:#}");
            self.failed.push(name);
        }
        self.took.push((name, start.elapsed().as_secs_f64()));
    }
}

impl std::fmt::Display for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps: Vec<_> = self
            .took
            .iter()
            .map(|(name, seconds)| format!("{name} {seconds:.1}"))
            .collect();
        f.write_str(&steps.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_kept_and_the_next_one_runs() {
        let mut steps = Steps {
            took: Vec::new(),
            failed: Vec::new(),
        };
        let mut ran = false;
        steps.run("first", || bail!("broken"));
        steps.run("second", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert_eq!(steps.failed, ["first"]);
        assert_eq!(steps.took.len(), 2);
    }
}
