//! Who holds a reader, and who stands in line for it.

use std::collections::VecDeque;

use madoguchi_core::{ReaderId, Reason};
use tokio::sync::{oneshot, watch};

use crate::connection::Connection;

/// More than this do not stand in line for one reader.
pub(super) const MAX_WAITING: usize = 16;

/// The answer to a request for a reader that can be used.
pub(crate) enum Grant {
    /// Here it is.
    Now(Claim),
    /// Somebody holds it: the claim comes when it is this one's turn.
    InLine(oneshot::Receiver<Result<Claim, Reason>>),
}

/// A reader that is held. Dropping it gives the reader back.
pub(crate) struct Claim {
    pub(crate) id: ReaderId,
    /// The reader's name within its driver.
    pub(crate) selector: String,
    /// The connection to the driver's process of the moment.
    pub(crate) link: watch::Receiver<Option<Connection>>,
    /// Its end tells the hub.
    pub(super) _held: oneshot::Sender<()>,
}

/// One reader's line.
#[derive(Default)]
pub(super) struct Line {
    pub(super) is_held: bool,
    waiting: VecDeque<oneshot::Sender<Result<Claim, Reason>>>,
}

impl Line {
    /// Stands in line, first come, first served.
    pub(super) fn join(&mut self) -> Result<oneshot::Receiver<Result<Claim, Reason>>, Reason> {
        self.waiting.retain(|waiting| !waiting.is_closed());
        if self.waiting.len() >= MAX_WAITING {
            return Err(Reason::ReaderBusy);
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.push_back(sender);
        Ok(receiver)
    }

    /// Whether nobody holds the reader or waits for it.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_held && self.waiting.iter().all(oneshot::Sender::is_closed)
    }

    /// The first who still waits.
    pub(super) fn next(&mut self) -> Option<oneshot::Sender<Result<Claim, Reason>>> {
        while let Some(waiting) = self.waiting.pop_front() {
            if !waiting.is_closed() {
                return Some(waiting);
            }
        }
        None
    }

    /// Sends everybody away.
    pub(super) fn dismiss(&mut self, reason: Reason) {
        for waiting in self.waiting.drain(..) {
            // Who is gone already needs no answer.
            drop(waiting.send(Err(reason)));
        }
    }
}
