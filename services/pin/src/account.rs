//! The arithmetic of tries, without a database and without a clock.

use madoguchi_core::pin_budget::{Leave, Reservation, Settlement};
use madoguchi_core::reader::PinStatus;

/// Tries of a PIN that was just right: every card of today. A card that has another number says so itself.
pub(crate) const FULL: u8 = 3;

/// What is remembered of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// So many tries remain, as far as anybody knows; none where it is locked.
    Tries(u8),
    /// The card has no PIN.
    NotSet,
}

/// What is remembered of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Its PIN, every reserved try taken off.
    pub pin: Pin,
    /// Rises with each change, so that what was reserved before is not settled after the card spoke again.
    pub generation: u64,
}

/// Something that happens to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The card said it itself.
    Learn(PinStatus),
    /// A PIN is about to be sent.
    Reserve {
        /// Whether patient and staff agreed that the last try may be spent.
        last_try_confirmed: bool,
    },
    /// What came of the try that was reserved at that generation.
    Settle {
        /// The reservation's.
        generation: u64,
        /// What came of it.
        settlement: Settlement,
    },
}

/// What a change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken in, or came too late to matter.
    Done,
    /// The answer to [`Change::Reserve`].
    Leave(Leave),
}

impl Account {
    /// The account after a change, and what the change came to. Of a card that was never seen nothing is known: it has
    /// all its tries as far as anybody knows.
    #[must_use]
    pub fn after(before: Option<Self>, change: Change) -> (Self, Outcome) {
        let now = before.unwrap_or(Self {
            pin: Pin::Tries(FULL),
            generation: 0,
        });
        match change {
            Change::Learn(said) => (now.turned(learned(said)), Outcome::Done),
            Change::Reserve { last_try_confirmed } => now.reserve(last_try_confirmed),
            Change::Settle {
                generation,
                settlement,
            } => (now.settle(generation, settlement), Outcome::Done),
        }
    }

    /// What is remembered, in the card's own words.
    #[must_use]
    pub const fn status(self) -> PinStatus {
        match self.pin {
            Pin::Tries(0) => PinStatus::Locked,
            Pin::Tries(tries) => PinStatus::TriesLeft(tries),
            Pin::NotSet => PinStatus::NotSet,
        }
    }

    const fn turned(self, pin: Pin) -> Self {
        Self {
            pin,
            generation: self.generation.saturating_add(1),
        }
    }

    fn reserve(self, last_try_confirmed: bool) -> (Self, Outcome) {
        let (after, leave) = match self.pin {
            // A card without a PIN has none to spend.
            Pin::Tries(0) | Pin::NotSet => (self, Leave::Locked),
            Pin::Tries(1) if !last_try_confirmed => (self, Leave::LastTryNotConfirmed),
            Pin::Tries(tries) => {
                let tries_left = tries - 1;
                let after = self.turned(Pin::Tries(tries_left));
                let generation = after.generation;
                let reservation = Reservation {
                    generation,
                    tries_left,
                };
                (after, Leave::Granted(reservation))
            }
        };
        (after, Outcome::Leave(leave))
    }

    fn settle(self, generation: u64, settlement: Settlement) -> Self {
        if self.generation != generation {
            // The card has spoken since, or another try was reserved: this word is old.
            return self;
        }
        self.turned(Pin::Tries(match settlement {
            Settlement::Verified => FULL,
            Settlement::Wrong { tries_left } => tries_left,
        }))
    }
}

const fn learned(said: PinStatus) -> Pin {
    match said {
        PinStatus::TriesLeft(tries) => Pin::Tries(tries),
        PinStatus::Locked => Pin::Tries(0),
        PinStatus::NotSet => Pin::NotSet,
    }
}

#[cfg(test)]
mod tests;
