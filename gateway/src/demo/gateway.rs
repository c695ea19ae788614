//! The gateway of the demo: this very program as a process of its own.

use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use madoguchi_twin::TestCa;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::demo::Error;

/// The one counter.
pub(crate) const COUNTER: &str = "1";
/// Where a gateway listens that takes any port that is free.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// A first start reads plugins and makes a database.
const READY_TIMEOUT: Duration = Duration::from_secs(20);
/// A little longer than the gateway itself takes for its drain.
const STOP_TIMEOUT: Duration = Duration::from_secs(12);
/// So much of the log is shown where the gateway does not start.
const LOG_TAIL_LINES: usize = 20;

/// The gateway's process. Dropping it kills it; [`Gateway::stop`] asks it first.
pub(crate) struct Gateway {
    process: Child,
    /// Open as long as this process lives: where it is killed, the gateway ends too.
    _lifeline: Option<ChildStdin>,
    endpoint: String,
    log: PathBuf,
}

/// What `madoguchi run --json` says when it is ready.
#[derive(Deserialize)]
struct Ready {
    address: SocketAddr,
}

impl Gateway {
    /// Starts it and waits until it serves.
    pub(crate) async fn start(folder: &Path, config: &Path, pcscd_socket: &Path) -> Result<Self, Error> {
        let io = |what| move |source: io::Error| Error::Io { what, source };
        let log = folder.join("gateway.log");
        let program = std::env::current_exe().map_err(io("this program cannot be found"))?;
        let mut process = Command::new(program)
            .args(["run", "--json", "--until-input-ends", "--config"])
            .arg(config)
            .env("PCSCLITE_CSOCK_NAME", pcscd_socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(io("the gateway's log cannot be made"))?)
            // Ctrl-C in a terminal goes to a whole group; the gateway is asked to stop when the visit is cancelled.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(io("the gateway cannot be started"))?;
        let lifeline = process.stdin.take();
        let said = process.stdout.take().map(BufReader::new);
        let mut line = String::new();
        let read = async {
            match said {
                Some(mut said) => said.read_line(&mut line).await,
                None => Ok(0),
            }
        };
        let what = match tokio::time::timeout(READY_TIMEOUT, read).await {
            Ok(Ok(1..)) => "said something else than that it is ready",
            Ok(_) => "ended before it was ready",
            Err(_) => "was not ready in time",
        };
        match serde_json::from_str::<Ready>(&line) {
            Ok(ready) => Ok(Self {
                process,
                _lifeline: lifeline,
                endpoint: format!("http://{}", ready.address),
                log,
            }),
            Err(_) => Err(Error::Gateway {
                what,
                log: tail(&log),
            }),
        }
    }

    /// Where it serves.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Its process, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Resolves where it ends by itself, which it does not.
    pub(crate) async fn ended(&mut self) -> Error {
        match self.process.wait().await {
            Ok(_) => Error::Gateway {
                what: "ended",
                log: tail(&self.log),
            },
            Err(source) => Error::Io {
                what: "the gateway cannot be waited for",
                source,
            },
        }
    }

    /// Asks it to end, and kills it where it does not.
    pub(crate) async fn stop(mut self) {
        let id = self
            .process
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(id) = id
            && kill_process(id, Signal::TERM).is_ok()
        {
            let _ended = tokio::time::timeout(STOP_TIMEOUT, self.process.wait()).await;
        }
        // Where it ended already this does nothing.
        let _ = self.process.kill().await;
    }
}

fn tail(log: &PathBuf) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

/// Writes a configuration in which everything but this is the default: the address, the PC/SC driver, and the twin's
/// authority instead of the real one.
pub(crate) fn write_config(folder: &Path, ca: &TestCa, listen: SocketAddr) -> io::Result<PathBuf> {
    std::fs::write(folder.join("test-root.pem"), ca.root_pem())?;
    let path = folder.join("madoguchi.toml");
    let text = format!(
        "[server]\nlisten = \"{listen}\"\n\n[[counters]]\nid = \"{COUNTER}\"\n\n\
         [drivers]\nallow = [\"pcsc\"]\n\n[trust]\nmode = \"test\"\nanchors = [\"test-root.pem\"]\n"
    );
    std::fs::write(&path, text)?;
    Ok(path)
}

/// The folder of the packed PC/SC plugin. The gateway would start without a driver and wait for readers for ever, so
/// whoever needs one says what is missing.
pub(crate) fn look_for_plugin() -> Result<PathBuf, Error> {
    let program = std::env::current_exe().map_err(|source| Error::Io {
        what: "this program cannot be found",
        source,
    })?;
    let folder = program
        .parent()
        .unwrap_or(Path::new(""))
        .join("plugins")
        .join("pcsc");
    if folder.join("plugin.toml").exists() {
        Ok(folder)
    } else {
        Err(Error::NoPlugin { path: folder })
    }
}
