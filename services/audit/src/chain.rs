//! The hashes that make the log one piece.

use std::collections::BTreeMap;

use madoguchi_core::Reason;
use madoguchi_core::audit::{Entry, Event};
use ring::digest;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

/// What the first entry follows.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The last entry that is known: where the chain goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub sequence: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

impl Head {
    /// The head after this entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self {
            sequence: entry.sequence,
            hash: entry.hash.clone(),
        }
    }
}

/// Where a chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BrokenChain {
    /// An entry, or the hash of the one before it, is not what was appended.
    #[error("entry {sequence} is not what was appended")]
    Edited {
        /// Which entry.
        sequence: u64,
    },
    /// An entry is gone.
    #[error("entry {sequence} is missing")]
    Missing {
        /// The number of the first that is gone.
        sequence: u64,
    },
    /// An entry stands after one that it came before.
    #[error("entry {sequence} stands out of order")]
    OutOfOrder {
        /// Which entry.
        sequence: u64,
    },
}

/// What is hashed. Keys are sorted and absent fields are left out, so that an event that gains an optional field one
/// day does not break the chains of today.
#[derive(Serialize)]
struct Canonical<'a> {
    event: BTreeMap<String, Value>,
    previous: &'a str,
    recorded_at_microseconds: i64,
    sequence: u64,
}

/// Makes the entry that follows `previous`. The store calls it inside the transaction that appends.
///
/// # Errors
/// [`Reason::Internal`] where the event has no JSON form or its time lies outside every calendar.
pub fn link(previous: Option<&Head>, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason> {
    let sequence = previous
        .map_or(0, |head| head.sequence)
        .checked_add(1)
        .ok_or(Reason::Internal)?;
    let hash = hash(sequence, recorded_at, &event, previous).ok_or(Reason::Internal)?;
    Ok(Entry {
        sequence,
        recorded_at,
        event,
        hash,
    })
}

/// Checks entries in the order given, from the start or from a head that was checked before, and returns the new
/// head. For one who has an export: nothing else is needed.
///
/// # Errors
/// [`BrokenChain`] names the first entry that does not fit.
pub fn verify_chain<'a>(
    from: Option<Head>,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<Option<Head>, BrokenChain> {
    let mut head = from;
    for entry in entries {
        let expected = head.as_ref().map_or(0, |head| head.sequence).saturating_add(1);
        let sequence = entry.sequence;
        if sequence > expected {
            return Err(BrokenChain::Missing { sequence: expected });
        }
        if sequence < expected {
            return Err(BrokenChain::OutOfOrder { sequence });
        }
        let hash = hash(sequence, entry.recorded_at, &entry.event, head.as_ref());
        if hash.as_ref() != Some(&entry.hash) {
            return Err(BrokenChain::Edited { sequence });
        }
        head = Some(Head::of(entry));
    }
    Ok(head)
}

fn hash(
    sequence: u64,
    recorded_at: OffsetDateTime,
    event: &Event,
    previous: Option<&Head>,
) -> Option<String> {
    let canonical = Canonical {
        event: fields(event)?,
        previous: previous.map_or(GENESIS, |head| head.hash.as_str()),
        recorded_at_microseconds: microseconds(recorded_at)?,
        sequence,
    };
    let bytes = serde_json::to_vec(&canonical).ok()?;
    Some(sha256_hex(&bytes))
}

/// What is known of an event, sorted by key.
pub(crate) fn fields(event: &Event) -> Option<BTreeMap<String, Value>> {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => Some(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => None,
    }
}

/// Microseconds since 1970.
pub(crate) fn microseconds(at: OffsetDateTime) -> Option<i64> {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).ok()
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use madoguchi_core::audit::Action;
    use madoguchi_core::{CounterId, Medium};
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    fn chain(length: u8) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for index in 0..length {
            let mut event = Event::new(Action::CheckInStarted);
            event.counter_id = CounterId::new(format!("counter-{}", index % 3)).ok();
            let at = datetime!(2026-11-22 09:00 UTC) + Duration::seconds(index.into());
            entries.push(link(entries.last().map(Head::of).as_ref(), at, event).unwrap());
        }
        entries
    }

    #[test]
    fn the_hash_is_what_the_documentation_says() {
        let mut event = Event::new(Action::Authenticated);
        event.medium = Some(Medium::Card);
        let entry = link(None, datetime!(1970-01-01 00:00:01 UTC), event).unwrap();
        let canonical = format!(
            r#"{{"event":{{"action":"authenticated","medium":"card"}},"previous":"{GENESIS}","recorded_at_microseconds":1000000,"sequence":1}}"#
        );
        assert_eq!(
            entry.hash,
            hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
        );
        assert_eq!(verify_chain(None, [&entry]), Ok(Some(Head::of(&entry))));
    }

    #[test]
    fn a_chain_can_be_checked_in_pieces() {
        let entries = chain(7);
        let head = verify_chain(None, &entries[..3]).unwrap();
        assert_eq!(verify_chain(head, &entries[3..]), Ok(Some(Head::of(&entries[6]))));
        assert_eq!(verify_chain(None, []), Ok(None));
        assert_eq!(
            verify_chain(None, &entries[1..]),
            Err(BrokenChain::Missing { sequence: 1 })
        );
    }

    proptest! {
        #[test]
        fn an_edit_is_found(length in 1_u8..12, index in any::<prop::sample::Index>(), how in 0..4) {
            let mut entries = chain(length);
            let entry = index.get_mut(&mut entries);
            let sequence = entry.sequence;
            match how {
                0 => entry.event.reason = Some(Reason::PinWrong),
                1 => entry.event.action = Action::CheckInEnded,
                2 => entry.recorded_at += Duration::microseconds(1),
                _ => entry.hash = "f".repeat(64),
            }
            prop_assert_eq!(verify_chain(None, &entries), Err(BrokenChain::Edited { sequence }));
        }

        #[test]
        fn an_edit_with_a_new_hash_is_found_at_the_next_entry(length in 2_u8..12, index in any::<prop::sample::Index>()) {
            let mut entries = chain(length);
            let at = index.index(usize::from(length) - 1);
            let before = at.checked_sub(1).map(|before| Head::of(&entries[before]));
            let forged = link(before.as_ref(), entries[at].recorded_at, Event::new(Action::DriverRestarted)).unwrap();
            entries[at] = forged;
            let sequence = entries[at + 1].sequence;
            prop_assert_eq!(verify_chain(None, &entries), Err(BrokenChain::Edited { sequence }));
        }

        #[test]
        fn a_removal_is_found(length in 2_u8..12, index in any::<prop::sample::Index>()) {
            let mut entries = chain(length);
            let removed = entries.remove(index.index(usize::from(length) - 1));
            prop_assert_eq!(verify_chain(None, &entries), Err(BrokenChain::Missing { sequence: removed.sequence }));
        }

        #[test]
        fn a_swap_is_found(length in 2_u8..12, a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
            let mut entries = chain(length);
            let (a, b) = (a.index(entries.len()), b.index(entries.len()));
            prop_assume!(a != b);
            entries.swap(a, b);
            prop_assert!(verify_chain(None, &entries).is_err());
            // Renumbered to look in order, the hashes tell.
            for (entry, sequence) in entries.iter_mut().zip(1..) {
                entry.sequence = sequence;
            }
            let edited = matches!(verify_chain(None, &entries), Err(BrokenChain::Edited { .. }));
            prop_assert!(edited);
        }

        #[test]
        fn a_repetition_is_found(length in 1_u8..12, index in any::<prop::sample::Index>()) {
            let mut entries = chain(length);
            let at = index.index(entries.len());
            entries.insert(at, entries[at].clone());
            let sequence = entries[at].sequence;
            prop_assert_eq!(verify_chain(None, &entries), Err(BrokenChain::OutOfOrder { sequence }));
        }
    }
}
