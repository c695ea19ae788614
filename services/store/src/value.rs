//! How domain values lie in columns.

use madoguchi_core::clock::parse_day;
use rusqlite::OptionalExtension;
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::{Date, OffsetDateTime};

use crate::Error;

/// A value that no row of this table can hold or holds.
pub(crate) const fn malformed(table: &'static str) -> Error {
    Error::Malformed { table }
}

/// Microseconds since 1970: what SQLite and PostgreSQL both keep exactly.
pub(crate) fn microseconds(at: OffsetDateTime) -> i64 {
    // Years up to 9999 fit; what does not is as good as never.
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

pub(crate) fn time(microseconds: i64, table: &'static str) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1_000).map_err(|_| malformed(table))
}

/// A day as text that sorts as days do.
pub(crate) fn day(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

pub(crate) fn read_day(text: &str, table: &'static str) -> Result<Date, Error> {
    parse_day(text).map_err(|_| malformed(table))
}

pub(crate) fn json<T: Serialize>(value: &T, table: &'static str) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| malformed(table))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str, table: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| malformed(table))
}

/// A count or number that is never negative.
pub(crate) fn number(value: i64, table: &'static str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| malformed(table))
}

pub(crate) fn signed(value: u64, table: &'static str) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| malformed(table))
}

/// A row that may be missing, without its second `Result`.
pub(crate) fn optional<T>(found: rusqlite::Result<T>) -> Result<Option<T>, Error> {
    Ok(found.optional()?)
}

/// A unit variant by its stable name, without JSON's quotes.
pub(crate) fn name<T: Serialize>(value: &T, table: &'static str) -> Result<String, Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(malformed(table)),
    }
}

/// The unit variant of that stable name.
pub(crate) fn named<T: DeserializeOwned>(name: &str, table: &'static str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).map_err(|_| malformed(table))
}
