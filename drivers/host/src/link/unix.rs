//! A socket pair; the child's end is its standard input.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use hyper_util::rt::TokioIo;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{Signal, getpid, getppid, kill_process};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stderr, stdin};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

/// The gateway's end.
pub(crate) struct ParentEnd(UnixStream);

/// A fresh pair: the gateway's end, and the child's as what becomes its standard input.
pub(crate) fn pair() -> io::Result<(ParentEnd, Stdio)> {
    let (parent, child) = UnixStream::pair()?;
    parent.set_nonblocking(true)?;
    Ok((ParentEnd(parent), Stdio::from(OwnedFd::from(child))))
}

/// Takes the child out of the gateway's process group: a Ctrl-C at the terminal is the gateway's to answer.
pub(crate) fn detach(command: &mut tokio::process::Command) {
    command.process_group(0);
}

/// Takes SIGTERM's sting, for a service manager sends it to each process of a service: the gateway drains first and
/// ends its children itself. Needs a runtime with I/O.
pub(crate) fn outlive_termination() -> io::Result<()> {
    // Once a handler is registered the default action is gone for the process's life.
    drop(tokio::signal::unix::signal(
        tokio::signal::unix::SignalKind::terminate(),
    )?);
    Ok(())
}

impl ParentEnd {
    /// gRPC over it. There is no second connection: once this one is gone, so is the child.
    pub(crate) async fn connect(self) -> Result<Channel, tonic::transport::Error> {
        let mut once = Some(self.0);
        let connector = service_fn(move |_: Uri| {
            let stream = once
                .take()
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
            async move { tokio::net::UnixStream::from_std(stream?).map(TokioIo::new) }
        });
        Endpoint::from_static("http://driver.invalid")
            .connect_with_connector(connector)
            .await
    }
}

/// What the child was handed.
pub(crate) struct ChildEnd {
    /// The socket.
    socket: UnixStream,
    /// The standard error that it was started with.
    pub(crate) log: File,
}

impl ChildEnd {
    /// The socket as tonic serves it.
    pub(crate) fn into_io(self) -> io::Result<tokio::net::UnixStream> {
        self.socket.set_nonblocking(true)?;
        tokio::net::UnixStream::from_std(self.socket)
    }
}

/// Takes what the child was handed and closes its standard streams to everybody else: what a maker's code prints may
/// be personal data. `parent` is the process that should have started this one.
pub(crate) fn take(parent: u32) -> io::Result<ChildEnd> {
    // A parent that died before the next line took the other end of the socket with it, which `watch_parent` sees.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let parent_lives = getppid().is_some_and(|pid| pid.as_raw_nonzero().get().unsigned_abs() == parent);
    if !parent_lives {
        end_process();
    }
    let socket = UnixStream::from(fcntl_dupfd_cloexec(stdin(), 3)?);
    // Whoever started this by hand has something else there.
    socket.peer_addr()?;
    let log = File::from(fcntl_dupfd_cloexec(stderr(), 3)?);
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(ChildEnd { socket, log })
}

/// Ends the process as soon as the other end of the socket is closed, from a thread of its own, so that neither a
/// plugin's call nor a busy runtime can keep the process alive.
pub(crate) fn watch_parent(end: &ChildEnd) -> io::Result<()> {
    let socket = end.socket.try_clone()?;
    std::thread::Builder::new()
        .name("parent-watch".into())
        .spawn(move || {
            loop {
                let mut fds = [PollFd::new(&socket, PollFlags::empty())];
                match poll(&mut fds, None) {
                    Err(Errno::INTR) => {}
                    Ok(_) if !fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => {}
                    Ok(_) | Err(_) => end_process(),
                }
            }
        })?;
    Ok(())
}

/// Ends this process at once. No exit handler runs: a maker's may hang.
pub(crate) fn end_process() -> ! {
    loop {
        if kill_process(getpid(), Signal::KILL).is_err() {
            std::process::abort();
        }
    }
}
