//! The configuration of pcscd's virtual readers, on ports of their own.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Error, VPCD_DRIVER};

/// One vpcd driver serves two readers, on its port and the next.
const SLOTS_PER_DRIVER: u8 = 2;
/// Below the ports that the kernel hands out, so that nobody gets ours while pcscd is being restarted.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const MAX_TRIES: u16 = 200;

/// Where pcscd finds nothing but our readers.
pub(super) fn folder(folder: &Path) -> PathBuf {
    folder.join("reader.conf.d")
}

/// Writes the configuration and returns the port of each reader.
pub(super) fn write(base: &Path, slots: u8) -> Result<Vec<u16>, Error> {
    let io = |what| move |source| Error::Io { what, source };
    let folder = folder(base);
    std::fs::create_dir_all(&folder).map_err(io("pcscd's configuration folder cannot be made"))?;
    let mut text = String::new();
    let mut ports = Vec::new();
    let mut held = Vec::new();
    for driver in 0..slots.div_ceil(SLOTS_PER_DRIVER) {
        // Two entries with one library path corrupt each other: each gets a copy.
        let library = base.join(format!("libifdvpcd-{driver}.so"));
        std::fs::copy(VPCD_DRIVER, &library).map_err(io("vpcd's driver cannot be copied"))?;
        // All pairs stay bound until every pair is chosen.
        let (port, listeners) = free_pair()?;
        held.push(listeners);
        ports.extend([port, port + 1]);
        let library = library.display();
        // Writing to a String does not fail.
        let _ok = write!(
            text,
            "FRIENDLYNAME \"Virtual PCD {driver}\"\nDEVICENAME /dev/null:{port}\nLIBPATH {library}\nCHANNELID {port}\n\n"
        );
    }
    std::fs::write(folder.join("vpcd"), text).map_err(io("pcscd's configuration cannot be written"))?;
    Ok(ports)
}

/// Two neighbouring ports that nobody has, on all addresses as vpcd takes them.
fn free_pair() -> Result<(u16, [TcpListener; 2]), Error> {
    let span = PORTS.end - PORTS.start;
    let noise = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    let start = (noise / 100) ^ std::process::id().wrapping_mul(7_919);
    (0..MAX_TRIES)
        .find_map(|attempt| {
            let offset = (start.wrapping_add(u32::from(attempt) * 26) % u32::from(span)) as u16;
            let port = PORTS.start + (offset & !1);
            let first = TcpListener::bind(("0.0.0.0", port)).ok()?;
            let second = TcpListener::bind(("0.0.0.0", port + 1)).ok()?;
            Some((port, [first, second]))
        })
        .ok_or(Error::NoPort)
}
