//! The process: started with its socket, asked until it answers, killed and reaped.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use super::Error;

/// pcscd takes the socket as the third descriptor, where systemd would put it, and wants its own process id beside it.
const START: &str = "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" -f -i -c \"$1\" 3<&0 0</dev/null";
/// Ends with its standard input, which is a pipe from this process: should this process die, pcscd dies too.
const WATCH: &str = "read _; kill -9 \"$0\"";
const PLACES: [&str; 4] = [
    "/usr/sbin/pcscd",
    "/usr/local/sbin/pcscd",
    "/usr/bin/pcscd",
    "/sbin/pcscd",
];
const READY_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Process {
    pcscd: Child,
    watch: Child,
    /// Open as long as this process lives and wants pcscd.
    _watched: Option<ChildStdin>,
}

impl Process {
    pub(super) fn start(conf: &Path, socket: &Path) -> Result<Self, Error> {
        let io = |what| move |source| Error::Io { what, source };
        let program = PLACES
            .into_iter()
            .find(|place| Path::new(place).exists())
            .ok_or(Error::PcscdMissing)?;
        match std::fs::remove_file(socket) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(io("the old socket of pcscd cannot be removed")(error));
            }
            _ => {}
        }
        let listener = UnixListener::bind(socket).map_err(io("pcscd's socket cannot be bound"))?;
        // The listener moves into the child: once pcscd is gone, nobody listens, as in life.
        let mut pcscd = Command::new("sh")
            .args(["-c", START, program])
            .arg(conf)
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal is for whoever started it, and readers go last.
            .process_group(0)
            .spawn()
            .map_err(io("pcscd cannot be started"))?;
        let watch = Command::new("sh")
            .args(["-c", WATCH, &pcscd.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let mut watch = match watch {
            Ok(watch) => watch,
            Err(source) => {
                end(&mut pcscd);
                return Err(io("pcscd's watch cannot be started")(source));
            }
        };
        let watched = watch.stdin.take();
        let process = Self {
            pcscd,
            watch,
            _watched: watched,
        };
        process.wait_until_ready(socket)?;
        Ok(process)
    }

    pub(super) fn pid(&self) -> u32 {
        self.pcscd.id()
    }

    /// Says hello as a client does. pcscd serves its socket only after its readers are there, and the socket waits for
    /// it meanwhile: the answer is the event.
    fn wait_until_ready(&self, socket: &Path) -> Result<(), Error> {
        /// CMD_VERSION of pcscd's client protocol, and the version that pcscd 1.9 speaks.
        const CMD_VERSION: u32 = 0x11;
        const VERSION: [u32; 3] = [4, 4, 0];
        let hello = || -> std::io::Result<()> {
            let mut stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(READY_TIMEOUT))?;
            let mut message = Vec::new();
            for word in [12, CMD_VERSION].into_iter().chain(VERSION) {
                message.extend(word.to_ne_bytes());
            }
            stream.write_all(&message)?;
            stream.read_exact(&mut [0; 12])
        };
        hello().map_err(Error::NotReady)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watch first: after pcscd its number may be somebody else's.
        end(&mut self.watch);
        end(&mut self.pcscd);
    }
}

/// Kills and reaps; both only fail where it has ended already.
fn end(child: &mut Child) {
    let _ended = child.kill();
    let _status = child.wait();
}
