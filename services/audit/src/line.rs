//! An entry as a line of an export: JSON whose bytes are what was hashed, and the hash.
//!
//! ```text
//! {"event":{…},"hash":"<64 hex>","previous":"<64 hex>","recorded_at_microseconds":N,"sequence":N}
//! ```
//!
//! Keys are sorted, there is no space between the parts, and every line ends with one line feed. `hash` is the SHA-256
//! of the very same line without its member `hash`, so that a stranger needs no more than a JSON library to find it
//! again. `previous` is the hash of the entry before; sixty-four zeros before the first.

use std::collections::BTreeMap;

use madoguchi_core::audit::Entry;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Head;
use crate::chain::{GENESIS, fields, microseconds, sha256_hex};

/// What stands in a line. The order of the fields is the order of the keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    event: BTreeMap<String, Value>,
    hash: String,
    previous: String,
    recorded_at_microseconds: i64,
    sequence: u64,
}

/// What is hashed: the same without the hash.
#[derive(Serialize)]
struct Hashed<'a> {
    event: &'a BTreeMap<String, Value>,
    previous: &'a str,
    recorded_at_microseconds: i64,
    sequence: u64,
}

/// The line of an entry, without its line feed. None where the entry has no JSON form, which no entry of a chain lacks.
#[must_use]
pub fn line(previous: Option<&Head>, entry: &Entry) -> Option<String> {
    let written = Written {
        event: fields(&entry.event)?,
        hash: entry.hash.clone(),
        previous: previous.map_or(GENESIS, |head| head.hash.as_str()).to_owned(),
        recorded_at_microseconds: microseconds(entry.recorded_at)?,
        sequence: entry.sequence,
    };
    serde_json::to_string(&written).ok()
}

/// A line whose hash fits what stands in it. What the event says is not looked at: a newer gateway may know more.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) previous: String,
    pub(crate) head: Head,
}

/// Reads a line. `Err` has the number that it claims, where it can be seen.
pub(crate) fn read(text: &str) -> Result<Read, Option<u64>> {
    let written: Written = serde_json::from_str(text).map_err(|_| None)?;
    let sequence = written.sequence;
    // Byte by byte: what has the same meaning in other bytes is not what was written.
    if serde_json::to_string(&written).ok().as_deref() != Some(text) {
        return Err(Some(sequence));
    }
    let hashed = Hashed {
        event: &written.event,
        previous: &written.previous,
        recorded_at_microseconds: written.recorded_at_microseconds,
        sequence,
    };
    let bytes = serde_json::to_vec(&hashed).map_err(|_| Some(sequence))?;
    if sha256_hex(&bytes) != written.hash {
        return Err(Some(sequence));
    }
    Ok(Read {
        previous: written.previous,
        head: Head {
            sequence,
            hash: written.hash,
        },
    })
}

#[cfg(test)]
mod tests {
    use madoguchi_core::Medium;
    use madoguchi_core::audit::{Action, Event};
    use time::macros::datetime;

    use super::*;
    use crate::link;

    #[test]
    fn a_line_is_what_the_documentation_says_and_its_hash_is_found_in_it() {
        let mut event = Event::new(Action::Authenticated);
        event.medium = Some(Medium::Card);
        let entry = link(None, datetime!(1970-01-01 00:00:01 UTC), event).unwrap();
        let line = line(None, &entry).unwrap();
        let without = format!(
            r#"{{"event":{{"action":"authenticated","medium":"card"}},"previous":"{GENESIS}","recorded_at_microseconds":1000000,"sequence":1}}"#
        );
        assert_eq!(sha256_hex(without.as_bytes()), entry.hash);
        assert_eq!(line.replace(&format!(r#""hash":"{}","#, entry.hash), ""), without);
        assert_eq!(read(&line).unwrap().head, Head::of(&entry));
    }

    #[test]
    fn other_bytes_of_the_same_meaning_are_an_edit() {
        let entry = link(
            None,
            datetime!(2026-11-22 09:00 UTC),
            Event::new(Action::CheckInEnded),
        )
        .unwrap();
        let line = line(None, &entry).unwrap();
        for other in [
            line.replace(":", ": "),
            line.replace("check_in_ended", "check_in_ende\\u0064"),
            line.replacen("\"sequence\":1", "\"sequence\":1.0", 1),
            line.to_uppercase(),
            format!("{line} "),
        ] {
            assert!(read(&other).is_err(), "{other}");
        }
    }
}
