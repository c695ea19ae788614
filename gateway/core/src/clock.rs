//! Time as a port, so that grace periods and expiries can be tested on any day.

use thiserror::Error;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, UtcOffset};

/// Japan Standard Time, in which the ministry's rules count days and months.
pub const JST: UtcOffset = offset!(+9);

/// The day at the counter. The calendar's last hours have no day in Japan any more: there it is the moment's own.
#[must_use]
pub fn day_in_japan(at: OffsetDateTime) -> Date {
    at.checked_to_offset(JST).unwrap_or(at).date()
}

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a day such as 2026-11-22")]
pub struct InvalidDay;

/// Reads a day, YYYY-MM-DD.
///
/// # Errors
/// [`InvalidDay`].
pub fn parse_day(text: &str) -> Result<Date, InvalidDay> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| InvalidDay)
}

/// Tells the time of day.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> OffsetDateTime;
}

/// The moment as databases keep it, to the microsecond: what is returned now equals what is read back later.
#[must_use]
pub fn to_microsecond(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_microsecond(at.microsecond()).unwrap_or(at)
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

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_japan() {
        assert_eq!(
            day_in_japan(datetime!(2025-12-01 14:59:59.999999999 UTC)),
            date!(2025 - 12 - 01)
        );
        assert_eq!(
            day_in_japan(datetime!(2025-12-01 15:00 UTC)),
            date!(2025 - 12 - 02)
        );
        assert_eq!(
            day_in_japan(datetime!(2026-11-22 14:59:59 UTC)),
            date!(2026 - 11 - 22)
        );
        assert_eq!(
            day_in_japan(datetime!(2026-11-22 15:00 UTC)),
            date!(2026 - 11 - 23)
        );
        assert_eq!(day_in_japan(datetime!(9999-12-31 23:59:59 UTC)), Date::MAX);
    }

    #[test]
    fn a_day_is_read_as_it_is_written() {
        assert_eq!(parse_day("2026-11-22"), Ok(date!(2026 - 11 - 22)));
        assert_eq!(parse_day("2026-11-22").unwrap().to_string(), "2026-11-22");
        for wrong in ["", "2026-11-31", "2026/11/22", "22-11-2026", "2026-11-22 "] {
            assert_eq!(parse_day(wrong), Err(InvalidDay), "{wrong}");
        }
    }

    #[test]
    fn what_a_database_does_not_keep_is_cut_off() {
        assert_eq!(
            to_microsecond(datetime!(2026-11-26 09:00:00.123_456_789 +9)),
            datetime!(2026-11-26 09:00:00.123_456 +9)
        );
    }
}
