//! The house: a PC/SC service with a reader for each counter, and a gateway that is killed and started again, in the same
//! folder and on the same port.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use madoguchi_tests::{Setup, Watched};
use madoguchi_twin::pcscd::PrivatePcscd;
use tempfile::TempDir;

use crate::line::Line;

/// A start may take so long on a busy machine.
const READY: Duration = Duration::from_secs(40);
/// A driver sees by itself that its gateway is gone.
const GONE: Duration = Duration::from_secs(10);

pub(crate) struct House {
    /// None while it is down.
    gateway: Option<Child>,
    setup: Setup,
    port: u16,
    pcscd: PrivatePcscd,
    counters: u8,
    folder: TempDir,
}

impl House {
    /// Opens it; the gateway is still down.
    pub(crate) fn open(counters: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), counters).unwrap();
        // Free now; nobody else is given it soon.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let readers: Vec<_> = (0..counters).map(reader_id).collect();
        let readers: Vec<_> = readers.iter().map(|reader| [reader.as_str()]).collect();
        let names: Vec<_> = (1..=counters).map(|counter| counter.to_string()).collect();
        let named: Vec<(&str, &[&str])> = names
            .iter()
            .zip(&readers)
            .map(|(name, readers)| (name.as_str(), readers.as_slice()))
            .collect();
        let setup = Setup::default()
            .set("server.listen", format!("127.0.0.1:{port}"))
            .counters(&named)
            .environment("PCSCLITE_CSOCK_NAME", pcscd.socket_path());
        setup.write(folder.path());
        Self {
            gateway: None,
            setup,
            port,
            pcscd,
            counters,
            folder,
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("data/madoguchi.db")
    }

    /// Where the card of each counter is put on.
    pub(crate) fn cards(&self) -> Vec<SocketAddr> {
        (0..self.counters)
            .map(|slot| self.pcscd.vpcd_addr(slot).unwrap())
            .collect()
    }

    /// Starts the gateway and does not wait for it. For that process the eligibility service is there, or it is not.
    pub(crate) fn start(&mut self, is_away: bool) {
        assert!(self.gateway.is_none());
        let setup = self.setup.clone();
        self.setup = match is_away {
            true => setup.eligibility_away(self.folder.path()),
            false => setup.eligibility_back(),
        };
        self.setup.write(self.folder.path());
        self.gateway = Some(self.setup.spawn_in(self.folder.path()));
    }

    /// Waits until it serves and says how long that took.
    pub(crate) async fn ready(&mut self) -> Duration {
        let (began, endpoint) = (Instant::now(), self.endpoint());
        while Line::open(&endpoint).await.is_none() {
            let ended = self.gateway.as_mut().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < READY,
                "it does not start: {ended:?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    }

    /// Kills it and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let mut gateway = self.gateway.take().unwrap();
        gateway.kill().unwrap();
        gateway.wait().unwrap();
    }

    /// Ends it as a person would. Nothing of it is left behind, nor of those that were killed.
    pub(crate) async fn close(&mut self) {
        let mut gateway = self.gateway.take().unwrap();
        let process = Watched::new(gateway.id());
        process.terminate();
        process.ends("the gateway").await;
        assert!(gateway.wait().unwrap().success());
        let until = Instant::now() + GONE;
        loop {
            let left = self.left();
            if left.is_empty() {
                break;
            }
            assert!(Instant::now() < until, "left behind: {left:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Processes that were told of this PC/SC service: the gateway's and its drivers'.
    fn left(&self) -> Vec<u32> {
        let told = format!("PCSCLITE_CSOCK_NAME={}", self.pcscd.socket_path().display());
        let processes = std::fs::read_dir("/proc").expect("the processes are listed");
        processes
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|process: &u32| {
                // It may have ended meanwhile.
                let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
                environment
                    .split(|byte| *byte == 0)
                    .any(|one| one == told.as_bytes())
            })
            .collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut gateway) = self.gateway.take() {
            let _ = gateway.kill();
            let _ = gateway.wait();
        }
        if std::thread::panicking() {
            Setup::print_log(self.folder.path());
        }
    }
}

/// What the reader in that slot is called: two to a driver of the service.
pub(crate) fn reader_id(slot: u8) -> String {
    format!("pcsc:virtual-pcd-{}#{}", slot / 2, slot % 2)
}
