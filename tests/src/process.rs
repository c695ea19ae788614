//! Processes that somebody else started: seen to end by the kernel's own word.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// A process by its id, held so that the id cannot become somebody else's unseen.
#[derive(Debug)]
pub struct Watched {
    pid: Pid,
    fd: OwnedFd,
}

impl Watched {
    /// Takes a process that runs now.
    #[must_use]
    pub fn new(pid: u32) -> Self {
        let pid = i32::try_from(pid)
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process id");
        let fd = pidfd_open(pid, PidfdFlags::empty()).expect("the process runs");
        Self { pid, fd }
    }

    /// Kills it, as only the kernel can.
    pub fn kill(&self) {
        kill_process(self.pid, Signal::KILL).expect("the process runs");
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        kill_process(self.pid, Signal::TERM).expect("the process runs");
    }

    /// Whether it has ended within that time.
    #[must_use]
    pub fn ends_within(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).expect("a short time");
            match poll(&mut [PollFd::new(&self.fd, PollFlags::IN)], Some(&left)) {
                Ok(ready) => return ready > 0,
                Err(Errno::INTR) => {}
                Err(error) => panic!("the process cannot be watched: {error}"),
            }
        }
    }

    /// Fails the test where it has not ended within a few seconds.
    pub async fn ends(self, what: &str) {
        let ended = tokio::task::spawn_blocking(move || self.ends_within(Duration::from_secs(10)));
        assert!(ended.await.unwrap(), "{what} still runs");
    }
}
