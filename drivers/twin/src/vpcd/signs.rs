//! What can be seen of a card from outside without asking its thread, which may be busy with an APDU.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use crate::line::Sum;

/// No PIN, as a number of tries.
const NO_PIN: u8 = u8::MAX;

#[derive(Debug, Clone, Default)]
pub(super) struct Signs(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    inserted: AtomicBool,
    powered: AtomicBool,
    apdu_count: AtomicU32,
    pins_sent: AtomicU32,
    tries_left: AtomicU8,
}

impl Signs {
    pub(super) fn set(&self, inserted: bool, powered: bool, sum: Sum) {
        let signs = &self.0;
        signs.apdu_count.store(sum.apdu_count, Ordering::Release);
        signs.pins_sent.store(sum.pins_sent, Ordering::Release);
        signs
            .tries_left
            .store(sum.tries_left.unwrap_or(NO_PIN), Ordering::Release);
        signs.powered.store(powered, Ordering::Release);
        signs.inserted.store(inserted, Ordering::Release);
    }

    pub(super) fn inserted(&self) -> bool {
        self.0.inserted.load(Ordering::Acquire)
    }

    pub(super) fn powered(&self) -> bool {
        self.0.powered.load(Ordering::Acquire)
    }

    pub(super) fn sum(&self) -> Sum {
        let tries_left = self.0.tries_left.load(Ordering::Acquire);
        Sum {
            apdu_count: self.0.apdu_count.load(Ordering::Acquire),
            pins_sent: self.0.pins_sent.load(Ordering::Acquire),
            tries_left: (tries_left != NO_PIN).then_some(tries_left),
        }
    }
}
