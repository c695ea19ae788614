//! An expiry outlook for tests.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::outlook::{ExpiringDay, Outlook, Sighting, Window};
use madoguchi_core::{CardKey, Reason};
use time::Date;

/// Sightings in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryOutlook {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    seen: std::sync::Mutex<BTreeMap<CardKey, Sighting>>,
}

impl MemoryOutlook {
    fn within(&self, window: &Window) -> Vec<Sighting> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut within: Vec<_> = seen
            .values()
            .filter(|one| (window.from..=window.to).contains(&one.ends_on(window.today)))
            .cloned()
            .collect();
        let place = |one: &Sighting| (one.ends_on(window.today), one.card_key.clone());
        within.sort_by_key(place);
        within
    }
}

#[async_trait]
impl Outlook for MemoryOutlook {
    async fn record(&self, sighting: Sighting) -> Result<(), Reason> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = seen.get(&sighting.card_key).map(|earlier| earlier.seen_on);
        let seen_on = earlier.map_or(sighting.seen_on, |earlier| earlier.max(sighting.seen_on));
        seen.insert(sighting.card_key.clone(), Sighting { seen_on, ..sighting });
        Ok(())
    }

    async fn days(&self, window: &Window) -> Result<Vec<ExpiringDay>, Reason> {
        let mut days = BTreeMap::new();
        for one in self.within(window) {
            *days.entry(one.ends_on(window.today)).or_insert(0) += 1;
        }
        let days = days.into_iter().map(|(date, count)| ExpiringDay { date, count });
        Ok(days.collect())
    }

    async fn expiring(&self, window: &Window) -> Result<Vec<Sighting>, Reason> {
        let told = |one: &Sighting| {
            let after = window.after.as_ref();
            after.is_some_and(|(date, key)| (one.ends_on(window.today), &one.card_key) <= (*date, key))
        };
        let left = self.within(window).into_iter().filter(|one| !told(one));
        Ok(left
            .take(usize::try_from(window.limit).unwrap_or(usize::MAX))
            .collect())
    }

    async fn forget_before(&self, day: Date) -> Result<u64, Reason> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.len();
        seen.retain(|_, one| one.good_until >= day);
        Ok(u64::try_from(before - seen.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_outlook_in_memory_keeps_the_contract() {
        crate::contract::outlook(&MemoryOutlook::default()).await;
    }
}
