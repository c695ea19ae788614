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
            let ends: Vec<_> = row.iter().map(|(ending, count)| format!("{count} {ending}")).collect();
            writeln!(f, "{:<14} {}", format!("{kind:?}"), ends.join(", "))?;
        }
        Ok(())
    }
}

/// Whether that trouble may end a visit so.
pub(crate) fn may(kind: Kind, ending: &str) -> bool {
    let _ = kind;
    ending == "completed full"
}
