//! What was counted on each reader in the lives of a driver's process before this one.

use std::collections::HashMap;

use madoguchi_core::ReaderId;

use crate::wire::MAX_READERS;

/// Counts only rise, across restarts and re-plugging. Of readers that are gone for long no count is kept: should one come
/// back, it goes on at the highest that was forgotten.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    counts: HashMap<ReaderId, u64>,
    forgotten: u64,
}

impl Earlier {
    /// More than this are not kept: those that are there, and as many that were.
    const MAX: usize = 2 * MAX_READERS;

    pub(super) fn of(&self, id: &ReaderId) -> u64 {
        self.counts.get(id).copied().unwrap_or(self.forgotten)
    }

    /// One life is over: what it counted on each of the readers that it had.
    pub(super) fn add<'a>(&mut self, counted: impl Iterator<Item = (&'a ReaderId, u64)> + Clone) {
        if self.counts.len() + counted.clone().count() > Self::MAX {
            let is_there = |id: &ReaderId| counted.clone().any(|(there, _)| there == id);
            let forgotten = &mut self.forgotten;
            self.counts.retain(|id, count| {
                let stays = is_there(id);
                if !stays {
                    *forgotten = (*forgotten).max(*count);
                }
                stays
            });
        }
        for (id, count) in counted {
            *self.counts.entry(id.clone()).or_insert(self.forgotten) += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(prefix: &str) -> Vec<ReaderId> {
        (0..MAX_READERS)
            .map(|n| ReaderId::new(format!("d:{prefix}{n}")).unwrap())
            .collect()
    }

    #[test]
    fn counts_rise_and_readers_that_are_gone_do_not_fill_the_memory() {
        let mut earlier = Earlier::default();
        let stays = ReaderId::new("d:stays").unwrap();
        for life in 0..50_u64 {
            let mut there = ids(&format!("{life}-"));
            there.truncate(MAX_READERS - 1);
            there.push(stays.clone());
            earlier.add(there.iter().map(|id| (id, 2)));
            assert!(earlier.counts.len() <= Earlier::MAX);
            assert_eq!(earlier.of(&stays), 2 * (life + 1));
        }
        let first = &ids("0-")[0];
        assert!(!earlier.counts.contains_key(first));
        let back = earlier.of(first);
        assert!(back >= 2, "what comes back has not fewer than it had");
        earlier.add([(first, 1)].into_iter());
        assert_eq!(earlier.of(first), back + 1);
    }
}
