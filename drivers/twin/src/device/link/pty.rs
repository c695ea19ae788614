//! A serial line as a pseudo terminal.
//!
//! The twin never opens the terminal's own side: a driver that was killed would leave its lock on the terminal as long
//! as anybody has it open. So nobody there is a state of its own, waited for without asking again and again.

use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::OptionalActions;
use zeroize::Zeroizing;

use super::{Inbox, Line, LinkError, Plugged, PtyLink, check_port, io};
use crate::device::twin::Input;

const CHUNK_LEN: usize = 4_096;
/// A serial line has no flow control: what is not taken for so long is lost.
const WRITE_TIMEOUT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

struct Pty {
    path: PathBuf,
    /// Dropping it ends the thread.
    wake: UnixStream,
    thread: JoinHandle<()>,
}

pub(super) fn plug(link: &PtyLink, inbox: Inbox) -> Result<Box<dyn Plugged>, LinkError> {
    check_port(&link.port)?;
    std::fs::create_dir_all(&link.folder).map_err(io("the folder of links"))?;
    let (master, terminal) = open().map_err(|errno| io("the terminal")(errno.into()))?;
    let opened = watch(&terminal).map_err(|errno| io("the watch on the terminal")(errno.into()))?;
    let (wake, woken) = UnixStream::pair().map_err(io("the way to wake a thread up"))?;
    let path = link.folder.join(&link.port);
    let new = link.folder.join(format!(".{}.new", link.port));
    // One that a killed twin left may be there.
    let _none = std::fs::remove_file(&new);
    symlink(&terminal, &new)
        .and_then(|()| std::fs::rename(&new, &path))
        .map_err(io("the link to the terminal"))?;
    let ends = Ends {
        master,
        opened,
        woken,
        inbox,
    };
    let thread = std::thread::Builder::new()
        .name("twin-line".to_owned())
        .spawn(move || ends.run())
        .map_err(io("the thread of a link"))?;
    Ok(Box::new(Pty { path, wake, thread }))
}

fn open() -> Result<(OwnedFd, PathBuf), Errno> {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    // Else the terminal echoes whatever comes before the driver has set it.
    let mut settings = rustix::termios::tcgetattr(&master)?;
    settings.make_raw();
    rustix::termios::tcsetattr(&master, OptionalActions::Now, &settings)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    Ok((master, PathBuf::from(OsStr::from_bytes(name.to_bytes()))))
}

fn watch(terminal: &Path) -> Result<OwnedFd, Errno> {
    let opened = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
    inotify::add_watch(&opened, terminal, inotify::WatchFlags::OPEN)?;
    Ok(opened)
}

impl Plugged for Pty {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn unplug(self: Box<Self>) -> Vec<JoinHandle<()>> {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "the link was gone before the plug was pulled");
        }
        drop(self.wake);
        vec![self.thread]
    }
}

/// What the thread owns.
struct Ends {
    master: OwnedFd,
    opened: OwnedFd,
    woken: UnixStream,
    inbox: Inbox,
}

impl Ends {
    fn run(self) {
        if let Err(error) = self.serve() {
            tracing::warn!(%error, "a serial line broke");
        }
    }

    fn serve(&self) -> std::io::Result<()> {
        let plug = self.inbox.plug;
        let mut connection = 0;
        let mut open = false;
        loop {
            let (woken, readable, hung_up) = self.wait(open)?;
            if woken {
                return Ok(());
            }
            let mut goes_on = true;
            if readable && let Some(bytes) = self.read()? {
                goes_on &= self.tell(Input::Chunk {
                    plug,
                    connection,
                    bytes,
                });
            } else if hung_up {
                open = false;
                goes_on &= self.tell(Input::Disconnected { plug, connection });
            }
            // After the look at the line, never before it: the next driver's opening must not be taken for the last's.
            if self.was_opened()? && !open {
                open = true;
                connection += 1;
                let line = Box::new(Master(self.master.try_clone()?));
                goes_on &= self.tell(Input::Connected {
                    plug,
                    connection,
                    line,
                });
            }
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Whether the thread is to end, whether there is something to read, whether nobody is there any more.
    fn wait(&self, open: bool) -> std::io::Result<(bool, bool, bool)> {
        let mut watched = vec![
            PollFd::new(&self.woken, PollFlags::IN),
            PollFd::new(&self.opened, PollFlags::IN),
        ];
        // Where nobody is there the line says so all the time.
        if open {
            watched.push(PollFd::new(&self.master, PollFlags::IN));
        }
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let seen = |at: usize| watched.get(at).map_or(PollFlags::empty(), PollFd::revents);
        let line = seen(2);
        Ok((
            !seen(0).is_empty(),
            line.contains(PollFlags::IN),
            line.intersects(PollFlags::HUP | PollFlags::ERR),
        ))
    }

    /// What is there; nothing where the other side went meanwhile.
    fn read(&self) -> std::io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut chunk = Zeroizing::new(vec![0; CHUNK_LEN]);
        match rustix::io::read(&self.master, chunk.as_mut_slice()) {
            Ok(0) | Err(Errno::IO | Errno::AGAIN | Errno::INTR) => Ok(None),
            Ok(len) => {
                chunk.truncate(len);
                Ok(Some(chunk))
            }
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether somebody opened the terminal since the last look.
    fn was_opened(&self) -> std::io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut events = inotify::Reader::new(&self.opened, &mut buffer);
        let mut opened = false;
        loop {
            match events.next() {
                Ok(_) => opened = true,
                Err(Errno::AGAIN) => return Ok(opened),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn tell(&self, input: Input) -> bool {
        self.inbox.inputs.send(input).is_ok()
    }
}

struct Master(OwnedFd);

impl Line for Master {
    fn send(&mut self, frame: &[u8]) -> std::io::Result<()> {
        let mut rest = frame;
        while !rest.is_empty() {
            match rustix::io::write(&self.0, rest) {
                Ok(len) => rest = rest.get(len..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let mut watched = [PollFd::new(&self.0, PollFlags::OUT)];
                    if matches!(poll(&mut watched, Some(&WRITE_TIMEOUT)), Ok(0)) {
                        return Ok(());
                    }
                }
                // Nobody is there: it is lost, as on a real line. The thread tells that somebody went; where the next one
                // opened the line before it looked, it is the same connection, and it must not have ended here.
                Err(Errno::IO) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Dropping it is all: a terminal has no connection to end.
    fn close(&mut self) {}
}
