//! Days of Japan's calendar.

use madoguchi_core::clock::day_in_japan;
use time::OffsetDateTime;

/// Days from the day of one moment to the day of another; 0 on the same day, negative where the other lies before.
pub(crate) fn between(from: OffsetDateTime, to: OffsetDateTime) -> i64 {
    let day = |moment| day_in_japan(moment).to_julian_day();
    i64::from(day(to)) - i64::from(day(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn days_change_at_midnight_in_japan() {
        let end = datetime!(2026-01-31 23:59:59 +9);
        assert_eq!(between(datetime!(2026-01-31 00:00 +9), end), 0);
        assert_eq!(between(datetime!(2026-01-30 15:00 UTC), end), 0);
        assert_eq!(between(datetime!(2026-01-30 14:59:59 UTC), end), 1);
        assert_eq!(between(datetime!(2026-02-01 00:00 +9), end), -1);
        // The end of the calendar has no midnight after it.
        assert_eq!(
            between(datetime!(9999-12-30 12:00 +9), datetime!(9999-12-31 23:59:59 UTC)),
            1
        );
    }
}
