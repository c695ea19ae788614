//! The card without a reader: a [`CardSession`] in memory, for tests and for measuring everything but the reader.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use madoguchi_card::{CardSession, TransmitError};

use crate::line::{Line, Reply};
use crate::{Faults, Report, VirtualCard};

/// A card in memory, powered.
#[derive(Clone)]
pub struct MemorySession {
    line: Line,
    present: bool,
    /// Nanoseconds that the card took, for whoever counts them.
    meter: Arc<AtomicU64>,
}

impl MemorySession {
    /// The card, put on and powered.
    #[must_use]
    pub fn new(card: VirtualCard) -> Self {
        Self::with_faults(card, Faults::default())
    }

    /// The card, put on and powered, with what goes wrong.
    #[must_use]
    pub fn with_faults(mut card: VirtualCard, faults: Faults) -> Self {
        card.power_on();
        Self {
            line: Line::new(card, faults),
            present: true,
            meter: Arc::default(),
        }
    }

    /// Counts there, in nanoseconds, how long the card takes for its answers. Several cards may share a meter.
    #[must_use]
    pub fn metered(mut self, meter: Arc<AtomicU64>) -> Self {
        self.meter = meter;
        self
    }

    /// Takes the card off and puts it on again, powered; faults count anew.
    pub fn reinsert(&mut self) {
        self.line.card.power_off();
        self.line.card.power_on();
        self.line.inserted();
        self.present = true;
    }

    /// Powers the card off and on again: selection and verification are lost.
    pub fn power_cycle(&mut self) {
        self.line.card.power_off();
        self.line.card.power_on();
    }

    /// What a maker's reader does by its own operation: see [`VirtualCard::authorize`].
    #[must_use]
    pub fn authorize(&mut self) -> bool {
        self.present && self.line.card.authorize()
    }

    /// The phone's owner confirms anew: see [`VirtualCard::arm`].
    pub fn arm(&mut self) {
        self.line.card.arm();
    }

    /// Sets what goes wrong from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.line.faults = faults;
    }

    /// What the card was asked.
    #[must_use]
    pub fn report(&self) -> Report {
        self.line.report(self.present, self.present)
    }
}

impl CardSession for MemorySession {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        let began = Instant::now();
        let answered = self.answer(command, response);
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.meter.fetch_add(took, Ordering::Relaxed);
        answered
    }
}

impl MemorySession {
    fn answer(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        response.clear();
        if !self.present {
            return Err(TransmitError::Removed);
        }
        let (delay, reply) = self.line.exchange(command);
        if !delay.is_zero() {
            // The time that a real card takes, not a wait for something.
            std::thread::sleep(delay);
        }
        match reply {
            Reply::Answer(answer) => response.extend_from_slice(&answer),
            // As pcscd does: success, and nothing in it. From the next APDU on the card is gone.
            Reply::Pulled => {
                self.present = false;
                self.line.card.power_off();
            }
            // It lies there, without power until somebody powers it up again.
            Reply::Lost => {
                self.line.card.power_off();
                return Err(TransmitError::Removed);
            }
            Reply::Hangs => return Err(TransmitError::Timeout),
        }
        Ok(())
    }
}
