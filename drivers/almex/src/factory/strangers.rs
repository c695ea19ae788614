//! Who was met behind which port, while it is there: something else is not disturbed twice.

use std::collections::BTreeMap;
use std::sync::PoisonError;
#[expect(
    clippy::disallowed_types,
    reason = "each port is met by a thread of its own, and another looks which ports are there"
)]
use std::sync::{Mutex, MutexGuard};

use madoguchi_driver_kit::Candidate;

use super::ports::Place;

/// Who was asked so often in vain is something else. Between two questions the driver pauses longer and longer: it takes
/// some three seconds.
const MAX_SILENCES: u32 = 6;

/// Who is behind a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acquaintance {
    /// Nobody asked.
    None,
    /// A device of ours.
    Friend,
    /// Something else.
    Refused,
}

#[derive(Default)]
#[expect(clippy::disallowed_types, reason = "as above")]
pub(super) struct Strangers(Mutex<BTreeMap<String, Met>>);

struct Met {
    who: Acquaintance,
    node: Option<Node>,
    /// How often it was asked in vain.
    silences: u32,
}

/// Tells a port that went and came again between two looks from one that stayed.
type Node = (u64, u64);

impl Strangers {
    pub(super) fn acquaintance(&self, key: &str) -> Acquaintance {
        self.lock().get(key).map_or(Acquaintance::None, |met| met.who)
    }

    /// It did not answer. Says whether that was once too often.
    pub(super) fn was_silent(&self, key: &str) -> bool {
        let mut met = self.lock();
        let met = met
            .entry(key.to_owned())
            .or_insert_with(|| Met::new(key, Acquaintance::None));
        met.silences += 1;
        met.silences >= MAX_SILENCES
    }

    pub(super) fn befriend(&self, key: &str) {
        self.remember(key, Acquaintance::Friend);
    }

    pub(super) fn refuse(&self, key: &str) {
        self.remember(key, Acquaintance::Refused);
    }

    /// What went, and what took its place, is not known.
    pub(super) fn forget_all_but(&self, here: &[Candidate<Place>]) {
        self.lock().retain(|key, met| {
            let is_here = here.iter().any(|candidate| candidate.key == *key);
            is_here && node(key) == met.node
        });
    }

    fn remember(&self, key: &str, who: Acquaintance) {
        self.lock().insert(key.to_owned(), Met::new(key, who));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Met>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Met {
    fn new(key: &str, who: Acquaintance) -> Self {
        Self {
            who,
            node: node(key),
            silences: 0,
        }
    }
}

#[cfg(unix)]
fn node(path: &str) -> Option<Node> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.rdev()))
}

/// Elsewhere ports are names, not files: one that is re-plugged is missing for longer than a look.
#[cfg(not(unix))]
fn node(_: &str) -> Option<Node> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(key: &str) -> Candidate<Place> {
        Candidate {
            key: key.to_owned(),
            selector: key.to_owned(),
            display_name: String::new(),
            place: Place {
                path: key.to_owned(),
                named: false,
            },
        }
    }

    #[test]
    fn a_stranger_is_known_until_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("port");
        std::fs::write(&path, "").unwrap();
        let key = path.to_str().unwrap();
        let strangers = Strangers::default();
        assert_eq!(strangers.acquaintance(key), Acquaintance::None);
        strangers.refuse(key);
        strangers.forget_all_but(&[here(key)]);
        assert_eq!(strangers.acquaintance(key), Acquaintance::Refused);
        strangers.forget_all_but(&[]);
        assert_eq!(strangers.acquaintance(key), Acquaintance::None);
        strangers.befriend(key);
        assert_eq!(strangers.acquaintance(key), Acquaintance::Friend);
        // Another took its place between two looks.
        std::fs::write(folder.path().join("other"), "").unwrap();
        std::fs::rename(folder.path().join("other"), &path).unwrap();
        strangers.forget_all_but(&[here(key)]);
        assert_eq!(strangers.acquaintance(key), Acquaintance::None);
    }
}
