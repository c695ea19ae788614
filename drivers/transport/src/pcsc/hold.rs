//! Whose a reader is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use madoguchi_driver_api::{Call, Error};

/// Whether this program itself holds a reader, as whoever watches it asks: the service only tells that somebody does.
/// Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_raised: AtomicBool,
    /// Whether somebody waited in vain for it to be lowered.
    is_overdue: AtomicBool,
}

impl Hold {
    /// Whether it is this program's. Raised from before the card is connected until after it is let go.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.is_raised.load(Ordering::Acquire)
    }

    pub(super) fn raise(&self) {
        self.0.is_raised.store(true, Ordering::Release);
    }

    pub(super) fn lower(&self) {
        self.0.is_overdue.store(false, Ordering::Release);
        self.0.is_raised.store(false, Ordering::Release);
    }

    /// Waits for a thread that was given up and holds the reader still.
    ///
    /// # Errors
    /// [`Error::CardUnresponsive`] where the time is up: lifted, the card ends what it thinks about. Where that has
    /// changed nothing it is the reader: [`Error::ReaderUnavailable`].
    pub(super) fn wait_until_lowered(&self, call: &Call) -> Result<(), Error> {
        while self.is_raised() {
            match call.check() {
                Ok(()) => thread::sleep(call.slice()),
                Err(Error::Timeout) if self.0.is_overdue.swap(true, Ordering::AcqRel) => {
                    return Err(Error::ReaderUnavailable {
                        detail: "the smart card service does not come back from it: plug it in anew, or start the \
                                 service anew"
                            .to_owned(),
                    });
                }
                Err(Error::Timeout) => return Err(Error::CardUnresponsive),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
