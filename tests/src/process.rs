//! Processes that somebody else started: seen to end by the kernel's own word.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How much a process holds of what leaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Its threads.
    pub threads: usize,
    /// Its open file handles.
    pub handles: usize,
}

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

    /// Stops it where it stands: it lives and does nothing.
    pub fn freeze(&self) {
        kill_process(self.pid, Signal::STOP).expect("the process runs");
    }

    /// How much it holds of what leaks.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        let of = |what: &str| {
            let folder = format!("/proc/{}/{what}", self.pid.as_raw_nonzero());
            std::fs::read_dir(folder).expect("the process runs").count()
        };
        Footprint {
            threads: of("task"),
            handles: of("fd"),
        }
    }

    /// Its children, those that ended and that it did not look after among them.
    #[must_use]
    pub fn children(&self) -> Vec<u32> {
        let parent = self.pid.as_raw_nonzero().to_string();
        let processes = std::fs::read_dir("/proc").expect("the processes are listed");
        let processes = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        processes
            .filter(|process: &u32| {
                // It may have ended meanwhile.
                let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
                // What stands before the last bracket is the program's name; then its state and its parent.
                let after_name = stat.rsplit(')').next().unwrap_or_default();
                after_name.split_whitespace().nth(1) == Some(parent.as_str())
            })
            .collect()
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
