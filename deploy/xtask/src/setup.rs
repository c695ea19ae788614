//! `cargo xtask setup`: the system packages, installed where they are missing.
//!
//! The pcscd of the package is wanted as a program, not as a service: demo and tests start private
//! ones on sockets and ports of their own and never speak to the system's.

use std::collections::BTreeSet;
use std::fs;
use std::io::{IsTerminal as _, stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::command;

/// What building and the demo need.
const RUN: &[&str] = &[
    "pcscd",
    "libpcsclite-dev",
    "vsmartcard-vpcd",
    "pkg-config",
    "gcc",
    "libc6-dev",
];
/// What the tests need besides.
const TESTS: &[&str] = &[
    "make",
    "opensc",
    "openssl",
    "python3",
    "python3-venv",
    // Others check with jose what the gateway signs.
    "nodejs",
    "procps",
    // HID devices that the operating system seems to have.
    "umockdev",
    "gir1.2-umockdev-1.0",
    "python3-gi",
];

/// What the package vsmartcard-vpcd gives this system's own pcscd: a virtual reader, open to the network on port 35963.
const VPCD_READER: &str = "/etc/reader.conf.d/vpcd";
/// Where it is kept instead. Outside the folder, as pcscd reads every file in there.
const VPCD_SET_ASIDE: &str = "/etc/reader.conf.d-vpcd.disabled";

/// Installs what is missing, or says what a person has to run and stops.
pub(crate) fn run(tests: bool) -> Result<()> {
    let wanted: Vec<&str> = RUN
        .iter()
        .chain(if tests { TESTS } else { &[] })
        .copied()
        .collect();
    packages(&wanted)?;
    if tests {
        toolchain()?;
    }
    Ok(())
}

/// Installs those of these packages that are missing.
pub(crate) fn packages(wanted: &[&str]) -> Result<()> {
    if !is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default()) {
        bail!(
            "this is neither Debian nor Ubuntu: install by hand what these Debian packages hold, \
             then repeat with `--no-setup`: {}",
            wanted.join(" ")
        );
    }
    let missing = missing(wanted, &installed(wanted)?);
    if !missing.is_empty() {
        install(&missing)?;
    }
    Ok(())
}

/// Debian itself, or a system that says it is like it.
fn is_debian(os_release: &str) -> bool {
    let values = os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")));
    values
        .flat_map(|value| value.trim_matches('"').split_whitespace())
        .any(|id| id == "debian" || id == "ubuntu")
}

/// What dpkg says of the packages; unknown ones are only missing, so its exit code says nothing.
fn installed(wanted: &[&str]) -> Result<String> {
    let mut query = Command::new("dpkg-query");
    query
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\\n"])
        .args(wanted);
    match query.stderr(Stdio::null()).output() {
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => bail!("{} does not start: {error}", command::name(&query)),
    }
}

fn missing<'a>(wanted: &[&'a str], listing: &str) -> Vec<&'a str> {
    let installed: BTreeSet<_> = listing
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|package| !installed.contains(package))
        .collect()
}

fn install(missing: &[&str]) -> Result<()> {
    let by_hand = format!(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
        missing.join(" ")
    );
    let Some(become_root) = become_root() else {
        bail!("system packages are missing and this user may not install them: run\n  {by_hand}");
    };
    eprintln!("setup: installing {}", missing.join(" "));
    let apt = |words: &[&str]| {
        let mut command = as_root(&become_root, "env");
        // Somebody else's apt may be running: wait for it. Its talk is worth reading only when it fails.
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-q",
            "-o",
            "DPkg::Lock::Timeout=120",
        ]);
        command::quiet(command.args(words).stdin(Stdio::null()))
    };
    let install = [&["install", "-y", "--no-install-recommends"], missing].concat();
    if let Err(error) = apt(&["update"]).and_then(|()| apt(&install)) {
        bail!("{error:#}; when that is mended, run\n  {by_hand}");
    }
    if missing.contains(&"vsmartcard-vpcd") {
        set_aside(&become_root, Path::new(VPCD_READER), Path::new(VPCD_SET_ASIDE))?;
    }
    Ok(())
}

/// Takes the virtual reader away from this system's own pcscd: demo and tests have private ones.
fn set_aside(become_root: &[&str], reader: &Path, aside: &Path) -> Result<()> {
    if !reader.exists() {
        return Ok(());
    }
    let mut command = as_root(become_root, "mv");
    command.arg("-f").arg(reader).arg(aside).stdin(Stdio::null());
    let (reader, aside) = (reader.display(), aside.display());
    if let Err(error) = command::quiet(&mut command) {
        bail!(
            "{error:#}: with {reader} this system's own pcscd opens a virtual reader to the network; \
             when that is mended, run\n  sudo mv {reader} {aside}"
        );
    }
    eprintln!(
        "setup: the package vsmartcard-vpcd also gives this system's own pcscd a virtual reader, open to the \
         network; nothing here uses it: {reader} was moved to {aside}. A pcscd that has run all along keeps it \
         until it is started anew"
    );
    Ok(())
}

/// A command that root runs.
fn as_root(become_root: &[&str], program: &str) -> Command {
    let mut words = become_root.iter().copied().chain([program]);
    let mut command = Command::new(words.next().unwrap_or(program));
    command.args(words);
    command
}

/// The words before a command that make it root's; none if there is no way.
fn become_root() -> Option<Vec<&'static str>> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(Vec::new());
    }
    command::find("sudo")?;
    let mut silent = Command::new("sudo");
    silent
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if command::run(&mut silent).is_ok() {
        return Some(vec!["sudo", "-n"]);
    }
    // A person at a terminal can type a password.
    stdin().is_terminal().then(|| vec!["sudo"])
}

/// A minimal Rust lacks the two components that the checks need.
fn toolchain() -> Result<()> {
    let cargo = std::env::var_os("CARGO").map(PathBuf::from).unwrap_or_default();
    let has = |tool: &str| {
        let file = format!("{tool}{}", std::env::consts::EXE_SUFFIX);
        cargo.parent().unwrap_or(Path::new("")).join(file).is_file()
            || command::find(tool).is_some_and(is_no_proxy)
    };
    let tools = [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")];
    let missing: Vec<_> = tools
        .iter()
        .filter(|(tool, _)| !has(tool))
        .map(|(_, component)| *component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if command::find("rustup").is_none() {
        bail!(
            "this Rust lacks {}: install it the way Rust itself was installed",
            missing.join(" and ")
        );
    }
    command::run(Command::new("rustup").args(["component", "add"]).args(missing))
}

/// rustup puts a proxy for each tool on the PATH, whether the component is there or not.
fn is_no_proxy(tool: PathBuf) -> bool {
    !tool
        .with_file_name(format!("rustup{}", std::env::consts::EXE_SUFFIX))
        .is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_virtual_reader_is_taken_from_the_system_s_pcscd_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (reader, aside) = (folder.path().join("vpcd"), folder.path().join("aside"));
        set_aside(&[], &reader, &aside).unwrap();
        assert!(!aside.exists(), "there was none");
        fs::write(&reader, "FRIENDLYNAME").unwrap();
        set_aside(&["env"], &reader, &aside).unwrap();
        assert!(!reader.exists());
        assert_eq!(fs::read(&aside).unwrap(), b"FRIENDLYNAME");
        fs::write(&reader, "FRIENDLYNAME").unwrap();
        let error = set_aside(&[], &reader, &folder.path().join("no/such")).unwrap_err();
        assert!(error.to_string().contains("sudo mv"), "{error}");
    }

    #[test]
    fn what_is_set_aside_is_out_of_pcscd_s_sight() {
        assert_ne!(
            Path::new(VPCD_READER).parent(),
            Path::new(VPCD_SET_ASIDE).parent()
        );
    }

    #[test]
    fn debian_and_its_children_are_known() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nVERSION_ID=41\n"));
        assert!(!is_debian(""));
    }

    #[test]
    fn a_removed_package_that_left_its_configuration_is_missing() {
        let listing = "gcc installed\npcscd config-files\nlibc6-dev installed\n";
        assert_eq!(
            missing(&["pcscd", "gcc", "libc6-dev", "opensc"], listing),
            ["pcscd", "opensc"]
        );
    }
}
