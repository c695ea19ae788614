//! The folder, looked at until the command has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::device::Device;

/// How often the folder is read.
const TICK: Duration = Duration::from_millis(5);

/// A file: a new one of an old name is another.
type Link = (PathBuf, u64, i64);

pub(crate) fn run(mut words: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let folder = PathBuf::from(words.next().context("FOLDER is missing")?);
    let program = words.next().context("COMMAND is missing")?;
    ensure!(
        Path::new("/dev/uhid").exists(),
        "/dev/uhid is missing: modprobe uhid"
    );
    let mut child = Command::new(program).args(words).stdin(Stdio::null()).spawn()?;
    let mut devices = BTreeMap::new();
    let mut pulled = BTreeSet::new();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.code().and_then(|code| u8::try_from(code).ok()) {
                Some(code) => ExitCode::from(code),
                None => ExitCode::FAILURE,
            });
        }
        tick(&folder, &mut devices, &mut pulled)?;
        std::thread::sleep(TICK);
    }
}

fn tick(folder: &Path, devices: &mut BTreeMap<Link, Device>, pulled: &mut BTreeSet<Link>) -> Result<()> {
    let links: BTreeSet<Link> = links(folder)?;
    // One that hung up is plugged in again by a new file.
    pulled.extend(
        devices
            .iter()
            .filter(|(_, device)| device.is_gone())
            .map(|(link, _)| link.clone()),
    );
    pulled.retain(|link| links.contains(link));
    devices.retain(|link, device| links.contains(link) && !device.is_gone());
    for link in links {
        if !pulled.contains(&link) && !devices.contains_key(&link) {
            // Not whole yet, gone already, or nobody listens yet.
            if let Ok(device) = Device::plug(&link.0) {
                devices.insert(link, device);
            }
        }
    }
    Ok(())
}

fn links(folder: &Path) -> Result<BTreeSet<Link>> {
    let entries = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let links = entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    Ok(links
        .filter_map(|path| {
            let status = std::fs::metadata(&path).ok()?;
            Some((path, status.ino(), status.mtime_nsec()))
        })
        .collect())
}
