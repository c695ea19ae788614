//! A store for tests.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::{CardKey, Reason};
use time::OffsetDateTime;

use crate::{Account, AccountStore, Change, Outcome};

type Accounts = BTreeMap<CardKey, (Account, OffsetDateTime)>;

/// Accounts in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryAccounts {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    accounts: std::sync::Mutex<Accounts>,
}

impl MemoryAccounts {
    /// What is kept of every card, in no order that means anything.
    #[must_use]
    pub fn all(&self) -> Vec<Account> {
        self.with(|accounts| accounts.values().map(|(account, _)| *account).collect())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Accounts) -> T) -> T {
        work(&mut self.accounts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl AccountStore for MemoryAccounts {
    async fn change(&self, card: &CardKey, change: Change, now: OffsetDateTime) -> Result<Outcome, Reason> {
        Ok(self.with(|accounts| {
            let before = accounts.get(card).map(|(account, _)| *account);
            let (after, outcome) = Account::after(before, change);
            accounts.insert(card.clone(), (after, now));
            outcome
        }))
    }

    async fn account(&self, card: &CardKey) -> Result<Option<Account>, Reason> {
        Ok(self.with(|accounts| accounts.get(card).map(|(account, _)| *account)))
    }

    async fn forget_unseen_since(&self, since: OffsetDateTime) -> Result<u64, Reason> {
        Ok(self.with(|accounts| {
            let had = accounts.len();
            accounts.retain(|_, (_, seen)| *seen >= since);
            u64::try_from(had - accounts.len()).unwrap_or(u64::MAX)
        }))
    }
}

/// A site's key that anybody can compute.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadablePseudonyms;

impl Pseudonyms for ReadablePseudonyms {
    #[expect(clippy::expect_used, reason = "a fake: 64 hexadecimal digits are a key")]
    fn card(&self, issuer: &[u8], serial: &[u8]) -> CardKey {
        let sum = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(7_u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(*byte))
        };
        CardKey::new(format!("{:032x}{:032x}", sum(issuer), sum(serial))).expect("64 digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::account_store(&MemoryAccounts::default()).await;
    }
}
