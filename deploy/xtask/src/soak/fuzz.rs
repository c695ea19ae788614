//! `cargo xtask soak fuzz`: the fuzzer over each target in turn.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command;

/// Where the fuzzer's programs are.
const PROGRAMS: &str = "tests/fuzz/libfuzzer";
/// What was found worth keeping.
const CORPUS: &str = "tests/fuzz/corpus";
/// The cargo-fuzz that this was tried with.
const VERSION: &str = "0.13.2";
/// The longest input. Most of what matters is said in less.
const MAX_LEN: u32 = 4096;

/// Fuzzes one target or all, and then the corpus is what covers as much in the least.
pub(super) fn run(root: &Path, seconds: u64, target: Option<&str>, keep: bool) -> Result<()> {
    let tools = root.join("target/tools");
    if command::find("cargo-fuzz").is_none() && !tools.join("bin/cargo-fuzz").is_file() {
        let mut install = command::cargo(root);
        install.args([
            "install",
            "cargo-fuzz",
            "--locked",
            "--version",
            VERSION,
            "--root",
        ]);
        command::run(install.arg(&tools))?;
    }
    // The same versions of everything as in the house itself.
    fs::copy(root.join("Cargo.lock"), root.join(PROGRAMS).join("Cargo.lock"))?;
    let targets = targets(root)?;
    let wanted: Vec<&String> = targets
        .iter()
        .filter(|name| target.is_none_or(|target| target == name.as_str()))
        .collect();
    if wanted.is_empty() {
        bail!("there is no such target; there are {}", targets.join(", "));
    }
    for name in wanted {
        fuzz(root, &tools, name, seconds, keep).with_context(|| format!("target {name}"))?;
    }
    Ok(())
}

/// The targets, by the fuzzer's programs.
fn targets(root: &Path) -> Result<Vec<String>> {
    let programs = fs::read_dir(root.join(PROGRAMS).join("src")).context(PROGRAMS)?;
    let mut names: Vec<String> = programs
        .flatten()
        .filter_map(|program| Some(program.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn fuzz(root: &Path, tools: &Path, name: &str, seconds: u64, keep: bool) -> Result<()> {
    let kept = root.join(CORPUS).join(name);
    // What is found goes into a folder of its own first: most of it is not worth keeping.
    let found = root.join("target/fuzz/corpus").join(name);
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&kept)?;
    let mut run = cargo_fuzz(root, tools, "run")?;
    run.arg(name).arg(&found).arg(&kept).arg("--");
    run.arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_LEN}"))
        .arg("-print_final_stats=1");
    command::run(&mut run)?;
    if keep {
        let mut merge = cargo_fuzz(root, tools, "run")?;
        merge.arg(name).arg(&kept).arg(&found);
        // By the places that it reaches, not by how often: that would keep ten times as much.
        merge.args(["--", "-set_cover_merge=1", "-use_counters=0"]);
        command::run(merge.arg(format!("-max_len={KEPT_LEN}")))?;
    }
    Ok(())
}

/// What is kept is shorter: it is for people too.
const KEPT_LEN: u32 = 1024;

/// cargo-fuzz on whatever Rust is here: what it needs of a nightly one is only the flags. The house has no unsafe code
/// that fuzzing would reach, so that no sanitizer is needed.
fn cargo_fuzz(root: &Path, tools: &Path, what: &str) -> Result<Command> {
    let mut fuzz = command::cargo(root);
    let known = env::var_os("PATH").unwrap_or_default();
    let paths = env::split_paths(&known).chain([tools.join("bin")]);
    let target: PathBuf = root.join("target/fuzz");
    fuzz.env("PATH", env::join_paths(paths)?)
        .env("RUSTC_BOOTSTRAP", "1")
        .args([
            "fuzz",
            what,
            "--sanitizer",
            "none",
            "--fuzz-dir",
            PROGRAMS,
            "--target-dir",
        ])
        .arg(target);
    Ok(fuzz)
}
