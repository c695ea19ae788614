//! Days as Japan counts them.

use thiserror::Error;
use time::Date;
use time::macros::format_description;

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a day such as 2026-11-22")]
pub struct InvalidDay;

/// Reads a day.
///
/// # Errors
/// [`InvalidDay`].
pub fn parse_day(text: &str) -> Result<Date, InvalidDay> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| InvalidDay)
}

#[cfg(test)]
mod tests {
    use madoguchi_core::clock::day_in_japan;
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_japan() {
        assert_eq!(
            day_in_japan(datetime!(2026-11-22 14:59:59 UTC)),
            date!(2026 - 11 - 22)
        );
        assert_eq!(
            day_in_japan(datetime!(2026-11-22 15:00 UTC)),
            date!(2026 - 11 - 23)
        );
        assert_eq!(parse_day("2026-11-22"), Ok(date!(2026 - 11 - 22)));
        assert_eq!(parse_day("2026-11-22").unwrap().to_string(), "2026-11-22");
        for wrong in ["", "2026-11-31", "2026/11/22", "22-11-2026", "2026-11-22 "] {
            assert_eq!(parse_day(wrong), Err(InvalidDay), "{wrong}");
        }
    }
}
