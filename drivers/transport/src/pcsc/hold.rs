//! Whose a reader is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this program itself holds a reader, as whoever watches it asks: the service only tells that somebody does.
/// Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<AtomicBool>);

impl Hold {
    /// Whether it is this program's. Raised from before the card is connected until after it is let go.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn lower(&self) {
        self.0.store(false, Ordering::Release);
    }
}
