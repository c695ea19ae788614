//! The one owner of what is known of all drivers and readers, and of who holds which reader.
//!
//! Supervisors tell it what happens, services ask it for leases, everybody watches the [`View`] that it publishes.

mod earlier;
mod lines;
mod seen;
mod slot;
mod state;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use madoguchi_core::{ReaderId, Reason};
use madoguchi_proto::driverhost::v1::HostReader;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use lines::{Claim, Grant};
pub(crate) use state::View;

use crate::connection::Connection;
use crate::plugin::{Manifest, Problem, Refused};
use crate::status::DriverStatus;
use state::State;

/// More messages than this do not wait for the hub; whoever sends then waits.
const INBOX_LEN: usize = 256;

/// What the hub is told and asked.
pub(crate) enum Message {
    /// Something happened to a driver.
    Driver { slot: usize, change: Change },
    /// Somebody wants a reader.
    Lease {
        id: ReaderId,
        reply: oneshot::Sender<Result<Grant, Reason>>,
    },
    /// No more leases from now on.
    Drain,
}

/// What happened to a driver.
pub(crate) enum Change {
    Starting,
    Ready {
        manifest: Box<Manifest>,
        signed_by: Option<String>,
        abi_version: u32,
        process_id: Option<u32>,
        start_took: Duration,
    },
    Readers(Vec<HostReader>),
    Measured(u64),
    /// Another process is about to be tried; answered when an earlier problem is forgotten.
    Upgrading(oneshot::Sender<()>),
    /// Another process has the plugin loaded and waits for a moment in which nobody holds a reader.
    Draining,
    /// Whether this is such a moment. Where it is, who wants a reader waits from now on.
    MayTakeOver(oneshot::Sender<bool>),
    /// The process has ended and the next one looks for its readers.
    Replacing,
    /// The next one had its time to find the readers that the old one had.
    TakenOver,
    /// The next one did not come to life, or its time was up: this one goes on.
    NotReplaced(Problem),
    Down,
    BackingOff(Option<Problem>),
    Refused(Box<Refused>),
    Stopping,
    Stopped,
}

/// Starts the hub's loop.
pub(crate) fn start(
    drivers: Vec<DriverStatus>,
    links: Vec<watch::Receiver<Option<Connection>>>,
) -> (mpsc::Sender<Message>, watch::Receiver<Arc<View>>) {
    let (sender, inbox) = mpsc::channel(INBOX_LEN);
    let state = State::new(drivers, links);
    let (publish, view) = watch::channel(Arc::new(state.view(0)));
    tokio::spawn(run(state, inbox, publish));
    (sender, view)
}

async fn run(mut state: State, mut inbox: mpsc::Receiver<Message>, publish: watch::Sender<Arc<View>>) {
    // A claim that was given out resolves here when it is dropped, so that no release can get lost.
    let mut held = FuturesUnordered::new();
    loop {
        tokio::select! {
            message = inbox.recv() => match message {
                Some(Message::Driver { slot, change }) => state.change(slot, change),
                Some(Message::Lease { id, reply }) => state.lease(id, reply),
                Some(Message::Drain) => state.drain(),
                None => return,
            },
            Some(id) = held.next() => state.released(&id),
        }
        for (id, released) in state.hand_out() {
            held.push(async move {
                // The claim's end is dropped, never sent to.
                drop(released.await);
                id
            });
        }
        let published = publish.borrow().clone();
        let fresh = state.view(published.snapshot.sequence);
        if fresh.differs_from(&published) {
            publish.send_replace(Arc::new(fresh.in_sequence_after(&published)));
        }
    }
}
