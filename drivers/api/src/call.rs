//! The bounds of one call: when it must be over and whether it is still wanted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Error;

/// Says that a call is not wanted any more. Cheap to clone; all clones are one flag.
#[derive(Clone)]
pub struct CancelFlag(Arc<Flag<Origin>>);

/// Where a flag may also come from: the caller on the other side of a border.
type Origin = dyn Fn() -> bool + Send + Sync;

struct Flag<F: ?Sized> {
    raised: AtomicBool,
    origin: F,
}

impl CancelFlag {
    /// A flag that is also raised as soon as the origin says so. The origin answers at once.
    #[must_use]
    pub fn following(origin: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(Flag {
            raised: AtomicBool::new(false),
            origin,
        }))
    }

    /// Calls the work off, for good.
    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::Release);
    }

    /// Whether the work was called off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.raised.load(Ordering::Acquire) || (self.0.origin)()
    }
}

impl Default for CancelFlag {
    fn default() -> Self {
        Self::following(|| false)
    }
}

impl fmt::Debug for CancelFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelFlag").field(&self.is_cancelled()).finish()
    }
}

/// The bounds of one call.
#[derive(Debug, Clone)]
pub struct Call {
    deadline: Instant,
    cancel: CancelFlag,
}

impl Call {
    /// How much later than its deadline or cancellation a call may return. A wait inside a driver looks at
    /// [`Call::check`] at least this often.
    pub const PATIENCE: Duration = Duration::from_millis(50);

    /// A call that must be over at the deadline or when the flag is raised.
    #[must_use]
    pub fn new(deadline: Instant, cancel: CancelFlag) -> Self {
        Self { deadline, cancel }
    }

    /// A call that must be over after so long and cannot be called off.
    #[must_use]
    pub fn within(timeout: Duration) -> Self {
        Self::new(Instant::now() + timeout, CancelFlag::default())
    }

    /// The flag that calls it off.
    #[must_use]
    pub fn cancel_flag(&self) -> &CancelFlag {
        &self.cancel
    }

    /// How long is left; zero after the deadline.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// How long a single wait inside the driver may be before it looks at the call again: a fraction of the patience,
    /// so that a cancellation is on its way to the device well before it.
    #[must_use]
    pub fn slice(&self) -> Duration {
        self.remaining().min(Self::PATIENCE / 5)
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Error::Cancelled`] or [`Error::Timeout`].
    pub fn check(&self) -> Result<(), Error> {
        if self.cancel.is_cancelled() {
            Err(Error::Cancelled)
        } else if self.remaining().is_zero() {
            Err(Error::Timeout)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_by_deadline_or_cancellation() {
        assert_eq!(Call::within(Duration::from_secs(60)).check(), Ok(()));
        assert_eq!(Call::within(Duration::ZERO).check(), Err(Error::Timeout));
        let flag = CancelFlag::default();
        let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
        flag.cancel();
        assert_eq!(call.check(), Err(Error::Cancelled));
    }

    #[test]
    fn a_flag_follows_its_origin() {
        let origin = CancelFlag::default();
        let followed = origin.clone();
        let flag = CancelFlag::following(move || followed.is_cancelled());
        assert!(!flag.is_cancelled());
        origin.cancel();
        assert!(flag.is_cancelled());
    }

    #[test]
    fn a_slice_is_never_longer_than_the_patience_or_the_rest() {
        assert_eq!(Call::within(Duration::from_secs(60)).slice(), Call::PATIENCE / 5);
        assert_eq!(Call::within(Duration::ZERO).slice(), Duration::ZERO);
    }
}
