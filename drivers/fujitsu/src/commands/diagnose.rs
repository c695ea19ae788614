//! DIAGNOSE and SETTINGS: what an engineer asks, as administrator.

use std::collections::BTreeMap;

use madoguchi_driver_api::Error;

use super::{Command, tag};
use crate::codec::message::Fields;
use crate::error::protocol;

/// Names and values, as the device calls them.
pub(crate) type Entries = BTreeMap<String, String>;

/// Asks for counters and states.
pub(crate) struct Diagnose;

/// Asks for the settings.
pub(crate) struct Settings;

impl Command for Diagnose {
    const CODE: u8 = 0x40;
    type Answer = Entries;

    fn answer(&self, fields: Fields<'_>) -> Result<Entries, Error> {
        entries(fields)
    }
}

impl Command for Settings {
    const CODE: u8 = 0x41;
    type Answer = Entries;

    fn answer(&self, fields: Fields<'_>) -> Result<Entries, Error> {
        entries(fields)
    }
}

fn entries(fields: Fields<'_>) -> Result<Entries, Error> {
    let entry = |bytes| {
        let (name, value) = std::str::from_utf8(bytes).ok()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    fields
        .all(tag::ENTRY)
        .map(|bytes| entry(bytes).ok_or_else(|| protocol(&"an entry without a name")))
        .collect()
}
