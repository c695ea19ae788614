//! A private PC/SC service with virtual readers: Debian's pcscd and vpcd, started without root, as often as wished.
//!
//! pcscd is handed its socket the way systemd hands it over, so it needs no folder of the system. Clients find it by
//! `PCSCLITE_CSOCK_NAME`, which libpcsclite reads once a process.

mod process;
mod reader_conf;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use thiserror::Error;

use process::Process;

/// Where Debian's package puts vpcd's driver.
const VPCD_DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// pcscd 1.9 has room for 16 readers.
pub const MAX_SLOTS: u8 = 16;

/// Why there is no private PC/SC service.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// pcscd is not installed.
    #[error("pcscd is not installed: apt-get install -y --no-install-recommends pcscd")]
    PcscdMissing,
    /// vpcd's driver is not installed.
    #[error("{VPCD_DRIVER} is not installed: apt-get install -y --no-install-recommends vsmartcard-vpcd")]
    VpcdMissing,
    /// More readers than pcscd takes, or none.
    #[error("slots must be 1 to {MAX_SLOTS}")]
    Slots,
    /// No free port was found for vpcd.
    #[error("no free port for vpcd")]
    NoPort,
    /// Its folder, its socket or its process cannot be made.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// It was started and does not answer.
    #[error("pcscd does not answer on its socket")]
    NotReady(#[source] std::io::Error),
}

/// A private PC/SC service. Dropping it kills and reaps it.
#[derive(Debug)]
#[must_use = "dropping it kills pcscd"]
pub struct PrivatePcscd {
    folder: PathBuf,
    ports: Vec<u16>,
    process: Option<Process>,
}

/// How often other ports are tried.
const TRIES: u32 = 3;

fn is_taken(port: u16) -> bool {
    TcpListener::bind(("0.0.0.0", port)).is_err()
}

impl PrivatePcscd {
    /// Starts pcscd with at least that many virtual readers (vpcd makes them in pairs), its socket and configuration in
    /// that folder, and waits until it answers.
    ///
    /// # Errors
    /// [`enum@Error`] names the Debian package that is missing, or what else failed.
    pub fn start(folder: &Path, slots: u8) -> Result<Self, Error> {
        if !(1..=MAX_SLOTS).contains(&slots) {
            return Err(Error::Slots);
        }
        if !Path::new(VPCD_DRIVER).exists() {
            return Err(Error::VpcdMissing);
        }
        let io = |what| move |source| Error::Io { what, source };
        std::fs::create_dir_all(folder).map_err(io("the folder for pcscd cannot be made"))?;
        // pcscd wants an absolute path.
        let folder = folder
            .canonicalize()
            .map_err(io("the folder for pcscd cannot be found"))?;
        let mut pcscd = Self {
            folder,
            ports: Vec::new(),
            process: None,
        };
        for _ in 0..TRIES {
            pcscd.ports = reader_conf::write(&pcscd.folder, slots)?;
            pcscd.restart()?;
            // A port that somebody took in between costs pcscd that reader without a word.
            if pcscd.ports.iter().all(|port| is_taken(*port)) {
                return Ok(pcscd);
            }
        }
        Err(Error::NoPort)
    }

    /// What clients have to find in `PCSCLITE_CSOCK_NAME`.
    #[must_use]
    pub fn socket_path(&self) -> PathBuf {
        self.folder.join("pcscd.comm")
    }

    /// Where a card for that reader connects to, counted from zero; none where there is no such reader.
    #[must_use]
    pub fn vpcd_addr(&self, slot: u8) -> Option<SocketAddr> {
        self.ports
            .get(usize::from(slot))
            .map(|port| SocketAddr::from(([127, 0, 0, 1], *port)))
    }

    /// The process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Kills it with SIGKILL and reaps it. Its socket refuses from now on.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again, after killing it where it runs: same socket path, same ports.
    ///
    /// # Errors
    /// As [`PrivatePcscd::start`].
    pub fn restart(&mut self) -> Result<(), Error> {
        self.kill();
        self.process = Some(Process::start(
            &reader_conf::folder(&self.folder),
            &self.socket_path(),
        )?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn it_starts_dies_and_comes_back_on_the_same_socket_and_ports() {
        let folder = tempfile::tempdir().unwrap();
        let mut pcscd = PrivatePcscd::start(folder.path(), 3).unwrap();
        let first = pcscd.pid().unwrap();
        let addrs: Vec<_> = (0..3).map(|slot| pcscd.vpcd_addr(slot).unwrap()).collect();
        for addr in &addrs {
            std::net::TcpStream::connect(addr).unwrap();
        }
        pcscd.kill();
        assert_eq!(pcscd.pid(), None);
        assert!(
            UnixStream::connect(pcscd.socket_path()).is_err(),
            "nobody listens"
        );
        assert!(std::net::TcpStream::connect(addrs[0]).is_err());
        pcscd.restart().unwrap();
        assert_ne!(pcscd.pid(), Some(first));
        for addr in &addrs {
            std::net::TcpStream::connect(addr).unwrap();
        }
        let socket = pcscd.socket_path();
        drop(pcscd);
        assert!(UnixStream::connect(socket).is_err(), "killed by its drop");
    }

    #[test]
    fn a_number_of_readers_that_pcscd_does_not_take_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for slots in [0, MAX_SLOTS + 1] {
            assert!(matches!(
                PrivatePcscd::start(folder.path(), slots),
                Err(Error::Slots)
            ));
        }
    }
}
