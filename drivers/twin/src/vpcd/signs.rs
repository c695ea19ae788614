//! What can be seen of a card from outside without asking its thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Clone, Default)]
pub(super) struct Signs(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    inserted: AtomicBool,
    powered: AtomicBool,
}

impl Signs {
    pub(super) fn set(&self, inserted: bool, powered: bool) {
        self.0.inserted.store(inserted, Ordering::Release);
        self.0.powered.store(powered, Ordering::Release);
    }

    pub(super) fn inserted(&self) -> bool {
        self.0.inserted.load(Ordering::Acquire)
    }

    pub(super) fn powered(&self) -> bool {
        self.0.powered.load(Ordering::Acquire)
    }
}
