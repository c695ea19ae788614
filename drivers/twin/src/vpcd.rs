//! Puts a card on a vpcd: the virtual reader of a real PC/SC service.
//!
//! The protocol is vpcd's own: the card connects; frames are a two-byte length and data; one byte is a control (off,
//! on, reset, ATR), anything longer is an APDU. One thread owns card and connection; the handle asks it.

mod connection;
#[doc(hidden)]
pub mod frames;
mod signs;
mod worker;

use std::net::SocketAddr;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;

use crate::line::{Line, Sum};
use crate::{Faults, Report, VirtualCard};
use signs::Signs;
use worker::{Control, Request, Worker};

/// The worker looks at its requests every 20 ms, and every few seconds where vpcd neither takes nor refuses.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests that wait; each caller waits for its answer, so one a caller is plenty.
const MAX_REQUESTS: usize = 16;

/// Told when a fault pulled the card.
pub(crate) type Pulled = Box<dyn Fn() + Send>;

/// The card's thread has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the virtual card has stopped")]
pub struct Stopped;

/// A card on a vpcd. Dropping it takes the card off and ends its thread.
#[derive(Debug)]
#[must_use = "dropping it takes the card off"]
pub struct VpcdCard {
    control: SyncSender<Control>,
    signs: Signs,
    thread: Option<JoinHandle<()>>,
}

impl VpcdCard {
    /// Starts a thread that puts the card on the vpcd at that address, and again whenever that vpcd comes back.
    ///
    /// # Errors
    /// Where no thread can be started. A vpcd that is not there is waited for.
    pub fn connect(addr: SocketAddr, card: VirtualCard, faults: Faults) -> std::io::Result<Self> {
        Self::start(addr, card, faults, true, None)
    }

    /// Starts the thread with the card beside the reader; [`VpcdCard::insert`] puts it on.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn beside(addr: SocketAddr, card: VirtualCard, faults: Faults) -> std::io::Result<Self> {
        Self::start(addr, card, faults, false, None)
    }

    /// As [`VpcdCard::beside`], and calls that when a fault pulled the card. It must not wait: the card's thread calls it.
    pub(crate) fn watched(
        addr: SocketAddr,
        card: VirtualCard,
        faults: Faults,
        pulled: Pulled,
    ) -> std::io::Result<Self> {
        Self::start(addr, card, faults, false, Some(pulled))
    }

    fn start(
        addr: SocketAddr,
        card: VirtualCard,
        faults: Faults,
        inserted: bool,
        pulled: Option<Pulled>,
    ) -> std::io::Result<Self> {
        let (control, requests) = sync_channel(MAX_REQUESTS);
        let (line, signs) = (Line::new(card, faults), Signs::default());
        signs.set(inserted, false, line.sum());
        let worker = Worker::new(addr, line, inserted, requests, signs.clone(), pulled);
        let thread = std::thread::Builder::new()
            .name("twin-card".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            control,
            signs,
            thread: Some(thread),
        })
    }

    /// Puts the card on; faults count anew.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn insert(&self) -> Result<Report, Stopped> {
        self.ask(Request::Insert)
    }

    /// Takes the card off. When this returns, the connection is closed; the service sees it at its next look.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn remove(&self) -> Result<Report, Stopped> {
        self.ask(Request::Remove)
    }

    /// Takes the card off and puts another one beside the reader; [`VpcdCard::insert`] puts it on.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn replace(&self, card: VirtualCard) -> Result<Report, Stopped> {
        self.ask(Request::Replace(Box::new(card)))
    }

    /// Sets what goes wrong from now on.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn set_faults(&self, faults: Faults) -> Result<Report, Stopped> {
        self.ask(Request::SetFaults(faults))
    }

    /// What a maker's reader does by its own operation: see [`VirtualCard::authorize`]. The card that lies on the vpcd
    /// signs without a PIN until its power goes. False where it has none.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn authorize(&self) -> Result<bool, Stopped> {
        let (done, authorized) = sync_channel(1);
        self.ask(Request::Authorize(done))?;
        authorized.try_recv().map_err(|_| Stopped)
    }

    /// The phone's owner confirms anew: see [`VirtualCard::arm`].
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn arm(&self) -> Result<Report, Stopped> {
        self.ask(Request::Arm)
    }

    /// Whether it lies on the vpcd. Never waits.
    #[must_use]
    pub fn is_inserted(&self) -> bool {
        self.signs.inserted()
    }

    /// Whether it has power. Never waits.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.signs.powered()
    }

    /// What it was asked, in numbers. Never waits.
    pub(crate) fn sum(&self) -> Sum {
        self.signs.sum()
    }

    /// What the card was asked so far.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn report(&self) -> Result<Report, Stopped> {
        self.ask(Request::Report)
    }

    fn ask(&self, request: Request) -> Result<Report, Stopped> {
        let (answer, report) = sync_channel(1);
        self.control
            .send(Control { request, answer })
            .map_err(|_| Stopped)?;
        report.recv_timeout(ANSWER_TIMEOUT).map_err(|_| Stopped)
    }
}

impl Drop for VpcdCard {
    fn drop(&mut self) {
        // The answer is not waited for: joining the thread is the wait.
        let (answer, _report) = sync_channel(1);
        if self
            .control
            .send(Control {
                request: Request::Stop,
                answer,
            })
            .is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ended = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
