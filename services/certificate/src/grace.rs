//! How long an expired card still serves for eligibility only.

use madoguchi_core::clock::JST;
use time::{Date, Duration, Month, OffsetDateTime, Time};

/// Months that follow the month of expiry.
const GRACE_MONTHS: u8 = 3;

/// The last second of the grace: the end, in Japan, of the third month after the month of expiry. `None` where the
/// calendar ends before (RFC 5280's "no well-defined expiration", 9999-12-31).
#[must_use]
pub fn grace_until(not_after: OffsetDateTime) -> Option<OffsetDateTime> {
    let expiry = not_after.checked_to_offset(JST)?.date();
    // The month after the grace, counted from 0.
    let month = u8::from(expiry.month()) - 1 + GRACE_MONTHS + 1;
    let first = Date::from_calendar_date(
        expiry.year() + i32::from(month / 12),
        Month::try_from(month % 12 + 1).ok()?,
        1,
    )
    .ok()?;
    OffsetDateTime::new_in_offset(first, Time::MIDNIGHT, JST).checked_sub(Duration::SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn it_ends_with_the_third_month_after_the_month_of_expiry() {
        let cases = [
            (
                datetime!(2026-01-31 23:59:59 +9),
                datetime!(2026-04-30 23:59:59 +9),
            ),
            (
                datetime!(2026-01-05 23:59:59 +9),
                datetime!(2026-04-30 23:59:59 +9),
            ),
            // The month is counted in Japan: this is the first second of February there.
            (
                datetime!(2026-01-31 15:00:00 UTC),
                datetime!(2026-05-31 23:59:59 +9),
            ),
            (
                datetime!(2026-01-31 14:59:59 UTC),
                datetime!(2026-04-30 23:59:59 +9),
            ),
            // February, in a common and in a leap year.
            (datetime!(2026-11-20 0:00 +9), datetime!(2027-02-28 23:59:59 +9)),
            (datetime!(2027-11-30 0:00 +9), datetime!(2028-02-29 23:59:59 +9)),
            // Over the change of the year.
            (datetime!(2026-08-31 0:00 +9), datetime!(2026-11-30 23:59:59 +9)),
            (datetime!(2026-09-01 0:00 +9), datetime!(2026-12-31 23:59:59 +9)),
            (datetime!(2026-10-01 0:00 +9), datetime!(2027-01-31 23:59:59 +9)),
            (
                datetime!(2026-12-31 23:59:59 +9),
                datetime!(2027-03-31 23:59:59 +9),
            ),
        ];
        for (not_after, end) in cases {
            assert_eq!(grace_until(not_after), Some(end), "{not_after}");
        }
    }

    #[test]
    fn the_end_of_the_calendar_has_no_grace() {
        assert_eq!(grace_until(datetime!(9999-12-31 23:59:59 UTC)), None);
        assert_eq!(grace_until(datetime!(9999-09-30 0:00 UTC)), None);
    }
}
