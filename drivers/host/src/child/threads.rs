//! The readers' threads, by selector and by session.

#![expect(
    clippy::disallowed_types,
    reason = "the map is looked up for an instant by the one runtime thread; a hop \
through an owner's channel would double what a driver call costs"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};

use madoguchi_core::Reason;
use madoguchi_driver_api::Driver;

use super::inbox::Command;
use super::worker;

/// The threads of this driver's readers. A session's id holds its thread's place in the list.
pub(super) struct Threads {
    driver: Arc<dyn Driver>,
    started: Mutex<Vec<(String, SyncSender<Command>)>>,
    sessions: AtomicU32,
}

impl Threads {
    pub(super) fn new(driver: Arc<dyn Driver>) -> Self {
        Self {
            driver,
            started: Mutex::default(),
            sessions: AtomicU32::new(1),
        }
    }

    /// Makes up a command with a fresh session's id and sends it to the reader's thread.
    pub(super) fn open(&self, selector: &str, command: impl FnOnce(u64) -> Command) -> Result<u64, Reason> {
        let (place, sender) = self.of_reader(selector)?;
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let session_id = ((place as u64) << 32) | u64::from(number);
        send(&sender, command(session_id))?;
        Ok(session_id)
    }

    /// Sends a command to the reader's thread.
    pub(super) fn send(&self, selector: &str, command: Command) -> Result<(), Reason> {
        send(&self.of_reader(selector)?.1, command)
    }

    /// Sends a command to the thread that a session is on.
    pub(super) fn send_to_session(&self, session_id: u64, command: Command) -> Result<(), Reason> {
        let place = usize::try_from(session_id >> 32).unwrap_or(usize::MAX);
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, sender) = started.get(place).ok_or(Reason::CardRemoved)?;
        send(sender, command)
    }

    fn of_reader(&self, selector: &str) -> Result<(usize, SyncSender<Command>), Reason> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = started.iter().position(|(known, _)| known == selector) {
            return Ok((place, started[place].1.clone()));
        }
        let sender = worker::start(Arc::clone(&self.driver), selector.to_owned()).map_err(|error| {
            tracing::error!(%error, "no thread for a reader");
            Reason::DriverFailed
        })?;
        started.push((selector.to_owned(), sender.clone()));
        Ok((started.len() - 1, sender))
    }
}

fn send(sender: &SyncSender<Command>, command: Command) -> Result<(), Reason> {
    sender.try_send(command).map_err(|error| match error {
        TrySendError::Full(_) => Reason::ReaderBusy,
        TrySendError::Disconnected(_) => Reason::DriverFailed,
    })
}
