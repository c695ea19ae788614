//! Plugin folders, options and processes for the tests.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use madoguchi_core::reader::{Lease, Reader, Readers as _, State};
use madoguchi_core::{DriverId, ReaderId, Reason};
use madoguchi_driver_host::{
    CallOptions, DriverState, DriverStatus, Drivers, Logging, Options, RestartOptions,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use tempfile::TempDir;
use tokio_stream::StreamExt as _;

/// No test waits longer than this for anything.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// The fixtures' libraries, built once for all tests.
static LIBRARIES: LazyLock<HashMap<&str, PathBuf>> = LazyLock::new(|| {
    [
        "full",
        "hang",
        "nonsense",
        "panic",
        "other-abi",
        "refuse-start",
        "panic-start",
    ]
    .into_iter()
    .map(|fixture| {
        (
            fixture,
            madoguchi_fixture_build::library(&format!("madoguchi-fixture-{fixture}")).unwrap(),
        )
    })
    .collect()
});

/// A plugin directory of one test.
pub(crate) struct Plugins(TempDir);

impl Plugins {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A directory with one fixture in it.
    pub(crate) fn with(fixture: &str) -> Self {
        let plugins = Self::new();
        plugins.install(fixture, fixture, fixture);
        plugins
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Installs a fixture into a folder under an id, as a packer does.
    pub(crate) fn install(&self, folder: &str, fixture: &str, id: &str) -> PathBuf {
        self.install_bytes(folder, &fs::read(&LIBRARIES[fixture]).unwrap(), id)
    }

    pub(crate) fn install_bytes(&self, folder: &str, library: &[u8], id: &str) -> PathBuf {
        let folder = self.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("plugin.so"), library).unwrap();
        write_manifest(&folder, id, "plugin.so", &sha256_hex(library));
        folder
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            directory: self.path().to_owned(),
            ..Options::default()
        }
    }

    /// Short deadlines, for drivers that are going to miss them.
    pub(crate) fn impatient_options(&self) -> Options {
        let calls = CallOptions {
            open_card_timeout_ms: 200,
            verify_pin_timeout_ms: 200,
            sign_timeout_ms: 200,
            control_timeout_ms: 200,
            grace_ms: 100,
            ..CallOptions::default()
        };
        let restart = RestartOptions {
            min_pause_ms: 20,
            max_pause_ms: 100,
            ..RestartOptions::default()
        };
        Options {
            calls,
            restart,
            ..self.options()
        }
    }

    pub(crate) async fn start(&self) -> Drivers {
        start(self.options()).await
    }
}

pub(crate) async fn start(options: Options) -> Drivers {
    let drivers = Drivers::start(options, program(), Logging::default())
        .await
        .unwrap();
    tokio::time::timeout(LONG, drivers.ready())
        .await
        .expect("the drivers settle");
    drivers
}

pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_driver-host-program"))
}

pub(crate) fn write_manifest(folder: &Path, id: &str, library: &str, sha256: &str) {
    let version = env!("CARGO_PKG_VERSION");
    let text = format!(
        "id = \"{id}\"\nmaker = \"madoguchi tests\"\nmodels = [\"fake\"]\nversion = \"{version}\"\nabi = 2\n\
         library = \"{library}\"\nsha256 = \"{sha256}\"\n"
    );
    fs::write(folder.join("plugin.toml"), text).unwrap();
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

pub(crate) fn reader(id: &str) -> ReaderId {
    ReaderId::new(id).unwrap()
}

pub(crate) fn driver(id: &str) -> DriverId {
    DriverId::new(id).unwrap()
}

pub(crate) fn status(drivers: &Drivers, id: &str) -> DriverStatus {
    drivers
        .drivers()
        .into_iter()
        .find(|driver| driver.driver_id == id)
        .unwrap()
}

/// Waits until the reader is as wished.
pub(crate) async fn wait_for_reader(drivers: &Drivers, id: &str, wish: impl Fn(&Reader) -> bool) -> Reader {
    let id = reader(id);
    let mut watch = drivers.watch();
    let waiting = async {
        loop {
            let snapshot = watch.next().await.expect("the drivers live");
            if let Some(found) = snapshot.readers.into_iter().find(|reader| reader.id == id)
                && wish(&found)
            {
                return found;
            }
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .expect("the reader becomes what is wished")
}

pub(crate) async fn wait_until_ready(drivers: &Drivers, id: &str) {
    wait_for_reader(drivers, id, |reader| reader.state == State::Ready).await;
}

/// Waits until the driver is refused and its readers are gone.
pub(crate) async fn wait_until_refused(drivers: &Drivers, id: &str) {
    let mut watch = drivers.watch();
    let waiting = async {
        while status(drivers, id).state != DriverState::Refused {
            watch.next().await.expect("the drivers live");
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .expect("the driver is refused");
}

/// Waits until the driver runs in another process than that one.
pub(crate) async fn wait_for_restart(drivers: &Drivers, id: &str, earlier: u32) -> DriverStatus {
    let first = reader(&format!("{id}:fake-1"));
    let waiting = async {
        loop {
            let now = status(drivers, id);
            let restarted = now.process_id.is_some_and(|pid| pid != earlier);
            let readers = drivers.snapshot().readers;
            let serves = readers
                .iter()
                .any(|reader| reader.id == first && reader.state != State::Unavailable);
            if restarted && now.state == DriverState::Ready && serves {
                return now;
            }
            // A process that takes over in a quiet moment changes nothing that readers' watchers see.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .expect("another process serves the reader")
}

pub(crate) async fn lease(drivers: &Drivers, id: &str) -> Box<dyn Lease> {
    drivers.lease(&reader(id), Duration::from_secs(5)).await.unwrap()
}

pub(crate) async fn refused_lease(drivers: &Drivers, id: &str, wait: Duration) -> Reason {
    drivers
        .lease(&reader(id), wait)
        .await
        .err()
        .expect("the lease is refused")
}

pub(crate) fn kill(pid: u32) {
    kill_process(as_pid(pid), Signal::KILL).unwrap();
}

/// A process that is watched by a handle, so that its number cannot mean another one.
pub(crate) struct Watched(std::os::fd::OwnedFd);

impl Watched {
    pub(crate) fn new(pid: u32) -> Self {
        Self(pidfd_open(as_pid(pid), PidfdFlags::empty()).unwrap())
    }

    /// Whether it is gone, at the latest after the timeout.
    pub(crate) fn is_gone_within(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
            let left = deadline.saturating_duration_since(Instant::now());
            match poll(&mut fds, Some(&Timespec::try_from(left).unwrap())) {
                // The death of another test's child is a signal to this process.
                Err(Errno::INTR) => {}
                ready => return ready.unwrap() == 1,
            }
        }
    }
}

fn as_pid(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

/// Makes a process stand still without ending it.
pub(crate) fn stop(pid: u32) {
    kill_process(as_pid(pid), Signal::STOP).unwrap();
}
