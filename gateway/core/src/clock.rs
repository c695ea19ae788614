//! Time as a port, so that grace periods and expiries can be tested on any day.

use time::{OffsetDateTime, UtcOffset, macros::offset};

/// Japan Standard Time, in which the ministry's rules count days and months.
pub const JST: UtcOffset = offset!(+9);

/// Tells the time of day.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> OffsetDateTime;
}

/// The computer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A clock that stands still.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub OffsetDateTime);

#[cfg(any(test, feature = "test-util"))]
impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}
