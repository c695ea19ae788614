//! The gateway as a process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::admin::v1::{Driver, ListDriversRequest};
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{Reader, WatchReadersRequest};
use tonic::transport::{Channel, Endpoint};

use crate::{Watched, program};

const READY_TIMEOUT: Duration = Duration::from_secs(40);
/// So much of the log is shown where a test fails.
const LOG_TAIL_LINES: usize = 40;

/// A gateway. Dropping it kills it.
#[derive(Debug)]
pub struct Gateway {
    process: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
    log: PathBuf,
}

impl Gateway {
    /// The name of its configuration.
    pub const CONFIG: &str = "madoguchi.toml";
    /// The name of its log.
    pub const LOG: &str = "gateway.log";

    /// Starts the gateway whose configuration lies in the folder and waits until it is ready.
    pub(crate) async fn start(folder: &Path, environment: &[(OsString, OsString)]) -> Self {
        let log = folder.join(Self::LOG);
        let mut process = command(folder, environment)
            .stderr(File::options().create(true).append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let reading = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            stdout.read_line(&mut line).map(|_| (line, stdout))
        });
        let said = tokio::time::timeout(READY_TIMEOUT, reading).await;
        let Ok(Ok(Ok((line, stdout)))) = said else {
            let _ = process.kill();
            panic!("the gateway did not become ready:\n{}", tail(&log));
        };
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let Some(address) = ready["address"].as_str() else {
            let _ = process.kill();
            panic!("the gateway said {line:?}:\n{}", tail(&log));
        };
        let address = address.parse().unwrap();
        Self {
            process,
            stdout,
            address,
            log,
        }
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> Watched {
        Watched::new(self.process.id())
    }

    /// Where it serves, without TLS.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// A connection of its own, without TLS.
    pub async fn channel(&self) -> Channel {
        Endpoint::from_shared(self.endpoint())
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    /// A client for check-ins.
    pub async fn check_ins(&self) -> CheckInServiceClient<Channel> {
        CheckInServiceClient::new(self.channel().await)
    }

    /// A client for consents.
    pub async fn consents(&self) -> ConsentServiceClient<Channel> {
        ConsentServiceClient::new(self.channel().await)
    }

    /// The drivers as an administrator sees them.
    pub async fn drivers(&self) -> Vec<Driver> {
        let mut client = DriverAdminServiceClient::new(self.channel().await);
        client
            .list_drivers(ListDriversRequest {})
            .await
            .unwrap()
            .into_inner()
            .drivers
    }

    /// One driver.
    pub async fn driver(&self, id: &str) -> Driver {
        let drivers = self.drivers().await;
        drivers
            .into_iter()
            .find(|driver| driver.driver_id == id)
            .expect("the driver is listed")
    }

    /// Watches the readers until they are as wished.
    pub async fn readers_until(&self, wish: &str, is_met: impl Fn(&[Reader]) -> bool) -> Vec<Reader> {
        let mut client = ReaderServiceClient::new(self.channel().await);
        let mut last = Vec::new();
        let watching = async {
            let mut changes = client
                .watch_readers(WatchReadersRequest {})
                .await
                .unwrap()
                .into_inner();
            while let Some(change) = changes.message().await.unwrap() {
                if is_met(&change.readers) {
                    return change.readers;
                }
                last = change.readers;
            }
            panic!("the watch ended while {wish} was waited for");
        };
        match tokio::time::timeout(Duration::from_secs(20), watching).await {
            Ok(readers) => readers,
            Err(_) => panic!("{wish}: not seen; the readers were {last:?}"),
        }
    }

    /// Kills it and waits until it is gone.
    pub fn kill(&mut self) {
        // It fails where it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Waits for its end.
    pub async fn exit(&mut self, limit: Duration) -> ExitStatus {
        let watched = self.process();
        let ended = tokio::task::spawn_blocking(move || watched.ends_within(limit))
            .await
            .unwrap();
        assert!(
            ended,
            "the gateway did not end within {limit:?}:\n{}",
            tail(&self.log)
        );
        self.process.wait().unwrap()
    }

    /// What it said on standard output after it was ready. It has ended.
    pub fn rest_of_stdout(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.stdout.read_to_end(&mut rest).unwrap();
        rest
    }

    /// What it and its drivers' processes logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            print_tail(&self.log);
        }
    }
}

pub(crate) fn command(folder: &Path, environment: &[(OsString, OsString)]) -> Command {
    let mut command = Command::new(program());
    command
        .args(["run", "--json", "--config"])
        .arg(folder.join(Gateway::CONFIG))
        // Nobody's own settings.
        .env_remove("MADOGUCHI_LOG")
        .env("PCSCLITE_CSOCK_NAME", folder.join("no-pcscd-here"))
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// Starts a gateway that must refuse to start: its exit code and what it says on standard error.
pub async fn start_expecting_refusal(folder: &Path) -> (Option<i32>, String) {
    let mut process = command(folder, &[]).stderr(Stdio::piped()).spawn().unwrap();
    let watched = Watched::new(process.id());
    let ended = tokio::task::spawn_blocking(move || watched.ends_within(Duration::from_secs(10)))
        .await
        .unwrap();
    if !ended {
        let _ = process.kill();
    }
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let status = process.wait().unwrap();
    assert!(ended, "the gateway started: {said}");
    (status.code(), said)
}

pub(crate) fn print_tail(log: &Path) {
    eprintln!("the gateway's log ended with:\n{}", tail(log));
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
