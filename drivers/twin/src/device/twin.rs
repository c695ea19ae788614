//! One simulated device on a thread of its own: body and front behind a link.

mod acts;
mod outbox;
mod power;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use thiserror::Error;
use zeroize::Zeroizing;

use super::link::{Line, LinkError};
use super::slot::Slot;
use super::stage::{Act, Server, ServerError, Stage, State};
use super::{Body, DeviceFaults, FaceScript, Front, Identity, Link, Refused};
use worker::Worker;

/// Inputs that wait for the device; who has more waits.
const MAX_INPUTS: usize = 256;

/// Why a twin cannot be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot be plugged in.
    #[error("the device cannot be plugged in")]
    Link(#[from] LinkError),
    /// Its stage cannot listen there.
    #[error("the stage cannot be opened")]
    Stage(#[from] ServerError),
    /// It gets no thread.
    #[error("the device gets no thread")]
    Thread(#[from] std::io::Error),
    /// The test authority's key cannot be read.
    #[error("no cards can be made")]
    Cards(#[from] crate::Error),
}

/// Which device, plugged in how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who it says it is.
    pub identity: Identity,
    /// How it is plugged in.
    pub link: Link,
    /// Where its card slot is: none, in the device; else as a reader of a PC/SC service beside it, on that vpcd.
    pub vpcd: Option<SocketAddr>,
    /// Where its stage listens for others than this process; none: nowhere. Loopback only; port zero takes a free one.
    pub stage: Option<SocketAddr>,
    /// What goes wrong.
    pub faults: DeviceFaults,
    /// Who stands in front of the camera.
    pub face: FaceScript,
}

impl Options {
    /// A device with a slot of its own, no stage for others, no faults and the right face.
    #[must_use]
    pub fn new(identity: Identity, link: Link) -> Self {
        Self {
            identity,
            link,
            vpcd: None,
            stage: None,
            faults: DeviceFaults::default(),
            face: FaceScript::default(),
        }
    }
}

/// A device that runs. Dropping it pulls its plug and ends its threads.
#[must_use = "dropping it pulls the plug"]
pub struct Twin {
    stage: Stage,
    inputs: SyncSender<Input>,
    thread: Option<JoinHandle<()>>,
    server: Option<Server>,
}

impl Twin {
    /// Plugs a device in. When this returns a driver can find it.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(options: Options, front: Box<dyn Front>) -> Result<Self, StartError> {
        let (inputs, inbox) = sync_channel(MAX_INPUTS);
        let slot = match options.vpcd {
            None => Slot::own(),
            Some(addr) => {
                let inputs = inputs.clone();
                // A full inbox wakes the device as well.
                Slot::on_vpcd(addr, Arc::new(move || drop(inputs.try_send(Input::CardPulled))))
            }
        };
        let stage = Stage::new(inputs.clone())?;
        let server = options
            .stage
            .map(|address| Server::start(address, stage.clone()))
            .transpose()?;
        let body = Body::with_slot(options.identity, slot, options.face);
        let mut worker = Worker::new(body, front, options.link, options.faults, inputs.clone());
        worker.plug()?;
        let thread = std::thread::Builder::new()
            .name("twin-device".to_owned())
            .spawn(move || worker.run(inbox))?;
        Ok(Self {
            stage,
            inputs,
            thread: Some(thread),
            server,
        })
    }

    /// The way to act on it. Cheap to clone; outlives the twin, and says then that it has ended.
    #[must_use]
    pub const fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Where its stage listens for others.
    #[must_use]
    pub fn stage_address(&self) -> Option<SocketAddr> {
        self.server.as_ref().map(Server::address)
    }

    /// Where it is plugged in: the link's file, or the address of its service. None while it is not.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        self.stage.state().ok()?.place
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        let stopped = self.inputs.send(Input::Stop);
        if let Some(thread) = self.thread.take()
            && stopped.is_ok()
        {
            let _ended = thread.join();
        }
        drop(self.server.take());
    }
}

/// The way back to one who acted or waits.
pub(super) type Reply = SyncSender<Result<State, Refused>>;

/// What the device's thread is told.
pub(super) enum Input {
    Connected {
        plug: u64,
        connection: u64,
        line: Box<dyn Line>,
    },
    Chunk {
        plug: u64,
        connection: u64,
        bytes: Zeroizing<Vec<u8>>,
    },
    Disconnected {
        plug: u64,
        connection: u64,
    },
    Act {
        act: Box<Act>,
        reply: Reply,
    },
    Watch {
        after: u64,
        until: Instant,
        reply: Reply,
    },
    CardPulled,
    Stop,
}
