//! Domain types to wire types. Total functions: what the domain can say, the wire can say.

pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod certificate;
pub(crate) mod checkin;
pub(crate) mod consent;
pub(crate) mod deferral;
pub(crate) mod eligibility;
pub(crate) mod evidence;
pub(crate) mod fallback;
pub(crate) mod reader;
pub(crate) mod uplink;
pub(crate) mod usage;

use madoguchi_core::Reason;
use time::OffsetDateTime;

/// A moment.
pub(crate) fn moment(at: OffsetDateTime) -> prost_types::Timestamp {
    // A moment of the calendar has less than a billion nanoseconds.
    prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
    }
}

/// A reason's code, empty where there is none.
pub(crate) fn code(reason: Option<Reason>) -> String {
    reason.map(|reason| reason.code().to_owned()).unwrap_or_default()
}

/// An id's text, empty where there is none.
pub(crate) fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
