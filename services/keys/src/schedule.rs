//! Which key signs when, and what is to be done about it. No files here.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use crate::{KeySet, PublicKey};

/// How long the private half of a key is kept, at least, once another one signs: other gateways of the site may not
/// have looked yet.
const LINGER: Duration = Duration::days(1);

/// How keys follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// How long a key signs; nothing where it is changed on request alone.
    pub every: Option<Duration>,
    /// How long a key is published before it signs.
    pub announce: Duration,
}

/// What is to be done now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// A new key is needed, which signs from then.
    pub(crate) make: Option<OffsetDateTime>,
    /// Another key has taken over from these, at that time.
    pub(crate) retire: Vec<(String, OffsetDateTime)>,
    /// Their private halves are not needed any more.
    pub(crate) forget: Vec<String>,
}

/// The key that signs now: of those that can, the one whose turn came last. Where the clock went back behind all of
/// them, the one whose turn comes first.
pub(crate) fn signer<'a>(
    set: &'a KeySet,
    able: &BTreeSet<&str>,
    now: OffsetDateTime,
) -> Option<&'a PublicKey> {
    let able = || set.keys().filter(|key| able.contains(key.kid()));
    let due = able().filter(|key| turn(key) <= now);
    due.max_by_key(|key| order(key))
        .or_else(|| able().min_by_key(|key| order(key)))
}

/// What is to be done now about the keys of this set, of which some can sign.
pub(crate) fn plan(set: &KeySet, able: &BTreeSet<&str>, rotation: Rotation, now: OffsetDateTime) -> Plan {
    let mut plan = Plan::default();
    let Some(current) = signer(set, able, now) else {
        plan.make = Some(now);
        return plan;
    };
    let next = set
        .keys()
        .any(|key| able.contains(key.kid()) && order(key) > order(current));
    if let Some(every) = rotation.every
        && !next
    {
        let due = turn(current).saturating_add(every);
        if due <= now.saturating_add(rotation.announce) {
            plan.make = Some(due.max(now.saturating_add(rotation.announce)));
        }
    }
    for key in set.keys().filter(|key| order(key) < order(current)) {
        let retired = key.retired.unwrap_or_else(|| turn(current));
        if key.retired.is_none() {
            plan.retire.push((key.kid().to_owned(), retired));
        }
        if able.contains(key.kid()) && retired.saturating_add(LINGER.max(rotation.announce)) <= now {
            plan.forget.push(key.kid().to_owned());
        }
    }
    plan
}

/// From when a key signs; one of which nobody says so is as old as can be.
fn turn(key: &PublicKey) -> OffsetDateTime {
    key.signs_from.unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Of keys whose turn came in the same second, one that was replaced is the older.
fn order(key: &PublicKey) -> (OffsetDateTime, bool, Option<OffsetDateTime>, &str) {
    (turn(key), key.retired.is_none(), key.created, key.kid())
}
