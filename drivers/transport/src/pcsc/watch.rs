//! Waits for what happens to any reader.

use std::ffi::CString;
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::Error;
use pcsc::{PNP_NOTIFICATION, ReaderState, State};

use super::interrupt::Interrupt;
use super::service::{MAX_STATES, Service, names};
use super::slot::Slot;

/// How long one question to the service waits. The list of readers is read anew each time, because pcscd notices only
/// what comes while it is being asked, and an interrupt that came a moment too early is seen then.
const TURN: Duration = Duration::from_millis(500);

/// How often a service that is gone is looked for. Nothing announces it.
const LOOK: Duration = Duration::from_millis(50);

/// A watch over all readers, for one thread.
#[derive(Default)]
pub struct Watch {
    service: Service,
    interrupt: Interrupt,
    states: Vec<ReaderState>,
    /// The pseudo reader that stands for readers coming and going.
    plug: Option<ReaderState>,
}

impl Watch {
    /// What ends its waits.
    #[must_use]
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Waits until something happens, and returns all readers as they stand then; `None` when nothing did in time or
    /// the wait was interrupted. The first call, and the first after the service was lost, returns at once.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`], once when the service is lost, and after the whole timeout while it is gone.
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<Vec<Slot>>, Error> {
        let until = Instant::now() + timeout;
        if !self.reach_service(until)? {
            return Ok(None);
        }
        let result = self.watch(until);
        if result == Err(Error::ServiceUnavailable) {
            self.forget();
        }
        result
    }

    fn watch(&mut self, until: Instant) -> Result<Option<Vec<Slot>>, Error> {
        loop {
            let names = self.service.call_once(names)?;
            if self.interrupt.take() {
                return Ok(None);
            }
            let gone = self.adopt(names);
            let left = until.saturating_duration_since(Instant::now());
            let turn = if gone { Duration::ZERO } else { left.min(TURN) };
            match self.ask(turn) {
                Ok(()) => return Ok(Some(self.slots())),
                Err(Error::Timeout) if gone => return Ok(Some(self.slots())),
                Err(Error::Timeout) if left > turn => {}
                Err(Error::Timeout) => return Ok(None),
                Err(Error::Cancelled) => {
                    self.interrupt.take();
                    return Ok(None);
                }
                // A reader left between list and question.
                Err(Error::ReaderRemoved) if !left.is_zero() => {}
                Err(Error::ReaderRemoved) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the list over: readers that are still there keep their state. Says whether one is gone.
    fn adopt(&mut self, names: Vec<CString>) -> bool {
        let before = self.states.len();
        self.states
            .retain(|state| names.iter().any(|name| **name == *state.name()));
        let gone = self.states.len() < before;
        for name in names {
            if !self.states.iter().any(|state| *state.name() == *name) {
                self.states.push(ReaderState::new(name, State::UNAWARE));
            }
        }
        gone
    }

    /// One question: waits for a change to what is known, and knows it then.
    fn ask(&mut self, timeout: Duration) -> Result<(), Error> {
        let plug = self
            .plug
            .take()
            .unwrap_or_else(|| ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE));
        self.states.push(plug);
        // With all its readers pcscd has no room for the pseudo reader; then the turns alone see readers come.
        let asked = self.states.len().min(MAX_STATES);
        let result = self
            .service
            .call(|context| context.get_status_change(timeout, &mut self.states[..asked]));
        self.plug = self.states.pop();
        match result {
            // pcscd ends the wait when a hold ends, not when one begins; what it fills in meanwhile shows it.
            Err(Error::Timeout) if self.states.iter().any(hold_changed) => {}
            result => result?,
        }
        self.states
            .iter_mut()
            .chain(&mut self.plug)
            .for_each(ReaderState::sync_current_state);
        Ok(())
    }

    fn slots(&self) -> Vec<Slot> {
        self.states.iter().map(Slot::of).collect()
    }

    /// Makes sure that there is a context; looks for the service until the time is up. False where interrupted.
    fn reach_service(&mut self, until: Instant) -> Result<bool, Error> {
        loop {
            if self.interrupt.take() {
                return Ok(false);
            }
            match self.service.context() {
                Ok(context) => {
                    self.interrupt.target(Some(context.clone()));
                    return Ok(true);
                }
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now()))),
            }
        }
    }

    fn forget(&mut self) {
        self.interrupt.target(None);
        self.service.drop_context();
        self.states.clear();
        self.plug = None;
    }
}

fn hold_changed(state: &ReaderState) -> bool {
    (state.current_state() ^ state.event_state()).contains(State::EXCLUSIVE)
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("readers", &self.states.len())
            .finish_non_exhaustive()
    }
}
