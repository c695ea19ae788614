//! Which ending each kind of trouble may have, and which it had.

use std::collections::BTreeMap;
use std::fmt;

use crate::trouble::Kind;
use crate::visit::Ended;

/// The endings that were seen, by the trouble that there was.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<Kind, BTreeMap<String, u32>>);

impl Table {
    pub(crate) fn add(&mut self, ended: &Ended) {
        let row = self.0.entry(ended.kind).or_default();
        *row.entry(ended.ending.clone()).or_default() += 1;
    }

    /// How many visits ended so.
    pub(crate) fn count(&self, ending: &str) -> u32 {
        self.0.values().filter_map(|row| row.get(ending)).sum()
    }

    /// Whether there was every kind of trouble.
    pub(crate) fn is_full(&self) -> bool {
        Kind::all().all(|kind| self.0.contains_key(&kind))
    }

    /// The endings that make no sense.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let all = self.0.iter();
        let all = all.flat_map(|(kind, row)| row.keys().map(move |ending| (*kind, ending)));
        all.filter(|(kind, ending)| !may(*kind, ending))
            .map(|(kind, ending)| format!("{kind:?}: {ending}"))
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, row) in &self.0 {
            let ends: Vec<_> = row
                .iter()
                .map(|(ending, count)| format!("{count} {ending}"))
                .collect();
            writeln!(f, "{:<14} {}", format!("{kind:?}"), ends.join(", "))?;
        }
        Ok(())
    }
}

/// The device, or the service before it, was away or silent when it was needed.
const AWAY: &[&str] = &[
    "failed READER_REMOVED",
    "failed READER_UNAVAILABLE",
    "failed READER_SERVICE_UNAVAILABLE",
];
/// What the device said made no sense, or came too late. What a finger or a card did may be lost with the frame that told
/// of it: then nothing happens until the time for it is up.
const ASTRAY: &[&str] = &[
    "failed DRIVER_PROTOCOL_ERROR",
    "failed DRIVER_TIMEOUT",
    "failed CARD_UNRESPONSIVE",
    "failed CARD_WAIT_TIMEOUT",
    "expired",
];
/// Trouble came over the PIN.
const UNKNOWN: &[&str] = &["failed PIN_OUTCOME_UNKNOWN"];

/// Whether that trouble may end a visit so. Every visit may be completed in spite of it.
pub(crate) fn may(kind: Kind, ending: &str) -> bool {
    let endings: &[&[&str]] = match kind {
        Kind::Nothing | Kind::Duplicate | Kind::ClockJump => &[],
        Kind::Garbage | Kind::Half | Kind::Lost | Kind::WrongChecksum | Kind::Slow | Kind::Freeze => {
            &[AWAY, ASTRAY, UNKNOWN]
        }
        // A device that was silent for so long has taken the card's power meanwhile.
        Kind::LongFreeze => &[AWAY, ASTRAY, UNKNOWN, &["failed CARD_REMOVED"]],
        Kind::Unplug | Kind::Reboot => &[AWAY, UNKNOWN],
        // One who takes the last patient's page for his own never puts it on: then it is waited for in vain.
        Kind::CardPulled => &[&["failed CARD_REMOVED", "failed CARD_WAIT_TIMEOUT"], UNKNOWN],
        Kind::Killed => &[&["failed DRIVER_FAILED"], UNKNOWN],
        Kind::Stopped => &[&["failed DRIVER_FAILED", "failed DRIVER_TIMEOUT"], UNKNOWN],
    };
    ending == "completed full" || endings.concat().contains(&ending)
}
