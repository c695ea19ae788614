//! The programs under test: where they are, and that they are as new as their sources.
//!
//! Cargo builds no other crate's program for a test. `cargo xtask test` builds all of it first; where somebody runs
//! these tests alone, the first one builds what is missing or out of date, and the others wait for it and take what it built.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// Another program to test, such as one of the release profile; its plugins lie beside it.
const GIVEN: &str = "MADOGUCHI_TESTS_PROGRAM";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The `madoguchi` program, with the plugins packed beside it.
#[must_use]
pub fn program() -> PathBuf {
    if let Some(given) = std::env::var_os(GIVEN) {
        return given.into();
    }
    let program = target().join(format!("madoguchi{EXE_SUFFIX}"));
    let plugin = target().join(format!("{DLL_PREFIX}madoguchi_plugin_pcsc{DLL_SUFFIX}"));
    let fresh = || {
        let packed = target()
            .join("plugins/pcsc")
            .join(plugin.file_name().unwrap_or_default());
        target().join("plugins.pub.pem").exists()
            && is_fresh(&program)
            && is_fresh(&plugin)
            && same_content(&plugin, &packed)
    };
    build_unless(fresh, &["run", "--quiet", "--package", "xtask", "--", "build"]);
    program
}

/// The library of a fixture plugin, by its crate's name.
#[must_use]
pub fn fixture(package: &str) -> PathBuf {
    let library = target().join(format!("{DLL_PREFIX}{}{DLL_SUFFIX}", package.replace('-', "_")));
    build_unless(|| is_fresh(&library), &["build", "--quiet", "--package", package]);
    library
}

/// The folder of the profile that the tests were built in.
fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}

/// Builds what is not fresh. Looked at once a run: what is edited while tests run is not built under their feet.
fn build_unless(fresh: impl Fn() -> bool, words: &[&str]) {
    let mut lock = File::options()
        .read(true)
        .append(true)
        .create(true)
        .open(target().join(".madoguchi-tests"))
        .unwrap();
    lock.lock().unwrap();
    let looked_at = format!("{} {}\n", run_id(), words.join(" "));
    let mut before = String::new();
    lock.read_to_string(&mut before).unwrap();
    if before.contains(&looked_at) {
        return;
    }
    if !before.starts_with(&run_id()) {
        lock.set_len(0).unwrap();
    }
    if !fresh() {
        build(words);
    }
    lock.write_all(looked_at.as_bytes()).unwrap();
}

/// The same for all tests that were started together.
fn run_id() -> String {
    std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| format!("run-{}", std::os::unix::process::parent_id()))
}

fn build(words: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(words)
        .current_dir(ROOT)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "cargo {}:\n{said}", words.join(" "));
}

/// Whether a file is newer than every source that it was built from, which cargo writes down beside it.
fn is_fresh(built: &Path) -> bool {
    let Some(made) = modified(built) else { return false };
    let Ok(sources) = fs::read_to_string(built.with_extension("d")) else {
        return false;
    };
    let Some((_, sources)) = sources.split_once(": ") else {
        return false;
    };
    // A space within a name is written with a backslash before it.
    let sources = sources.replace("\\ ", "\0");
    sources.split_whitespace().all(|source| {
        let source = source.replace('\0', " ");
        modified(Path::new(&source)).is_some_and(|changed| changed <= made)
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn same_content(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}
