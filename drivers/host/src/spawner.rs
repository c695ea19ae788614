//! Starts child processes, all from one thread that lives as long as the gateway.
//!
//! Linux sends the parent-death signal when the *thread* that forked ends, so children must not be started from a
//! runtime's threads, which come and go.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::child::{self, Role};
use crate::link::{self, ParentEnd};
use crate::logging::Logging;

/// More children than this do not wait to be started at one time.
const MAX_WAITING: usize = 64;

/// A child process and the gateway's end of its socket. It is killed when this is dropped.
pub(crate) struct Spawned {
    pub(crate) process: Child,
    pub(crate) end: ParentEnd,
}

struct Job {
    role: Role,
    reply: oneshot::Sender<io::Result<Spawned>>,
}

/// The handle to the thread; the thread ends with the last one.
#[derive(Clone)]
pub(crate) struct Spawner(SyncSender<Job>);

impl Spawner {
    /// Begins. Must be called on a tokio runtime.
    pub(crate) fn start(program: PathBuf, logging: Logging) -> io::Result<Self> {
        let (sender, jobs) = sync_channel(MAX_WAITING);
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        std::thread::Builder::new()
            .name("driver-spawner".into())
            .spawn(move || {
                let _entered = runtime.enter();
                run(&jobs, &program, &logging);
            })?;
        Ok(Self(sender))
    }

    pub(crate) async fn spawn(&self, role: Role) -> io::Result<Spawned> {
        let (reply, answer) = oneshot::channel();
        self.0
            .try_send(Job { role, reply })
            .map_err(|_| io::Error::from(io::ErrorKind::WouldBlock))?;
        answer
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?
    }
}

fn run(jobs: &Receiver<Job>, program: &PathBuf, logging: &Logging) {
    for job in jobs {
        let spawned = spawn(program, logging, job.role);
        // Whoever asked may be gone: then the child is killed again as it is dropped.
        drop(job.reply.send(spawned));
    }
}

fn spawn(program: &PathBuf, logging: &Logging, role: Role) -> io::Result<Spawned> {
    let (end, child_end) = link::pair()?;
    let mut command = Command::new(program);
    command
        .arg(child::SUBCOMMAND)
        .env(child::PARENT, std::process::id().to_string())
        .env(child::ROLE, role.as_str())
        .env(child::LOG_FORMAT, logging.format.as_str())
        .env(child::LOG_FILTER, &logging.filter)
        .stdin(child_end)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    link::detach(&mut command);
    Ok(Spawned {
        process: command.spawn()?,
        end,
    })
}
