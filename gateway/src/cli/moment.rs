//! Moments on the command line and in answers, by RFC 3339.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment that is given as an argument.
///
/// # Errors
/// What it must be.
pub fn parse(text: &str) -> Result<OffsetDateTime, &'static str> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "must be a moment such as 2026-11-22T09:00:00+09:00")
}

/// A moment as a gateway says it, as text.
#[must_use]
pub fn of_wire(at: prost_types::Timestamp) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    moment.format(&Rfc3339).ok()
}
