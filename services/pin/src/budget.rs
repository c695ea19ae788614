//! The budget: accounts under keyed hashes of certificates.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_certificate::issuer_and_serial;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::pin_budget::{Leave, PinBudget, Reservation, Settlement};
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::reader::PinStatus;
use madoguchi_core::{CardKey, Clock, Reason};

use crate::account::FULL;
use crate::{AccountStore, Change, Outcome};

/// Keeps the tries of every card that was seen.
pub struct Budget {
    store: Arc<dyn AccountStore>,
    pseudonyms: Arc<dyn Pseudonyms>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Budget")
    }
}

impl Budget {
    /// A budget over these ports.
    #[must_use]
    pub fn new(store: Arc<dyn AccountStore>, pseudonyms: Arc<dyn Pseudonyms>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            pseudonyms,
            clock,
        }
    }

    /// Forgets cards that were not seen for that long. Says how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    pub async fn forget(&self, unseen_for: time::Duration) -> Result<u64, Reason> {
        match self.clock.now().checked_sub(unseen_for) {
            Some(since) => self.store.forget_unseen_since(since).await,
            None => Ok(0),
        }
    }

    fn key(&self, certificate: &CertificateDer) -> Result<CardKey, Reason> {
        let name = issuer_and_serial(certificate)?;
        Ok(self.pseudonyms.card(&name.issuer, &name.serial))
    }

    async fn change(&self, certificate: &CertificateDer, change: Change) -> Result<Outcome, Reason> {
        let key = self.key(certificate)?;
        self.store.change(&key, change, self.clock.now()).await
    }
}

#[async_trait]
impl PinBudget for Budget {
    async fn learn(&self, certificate: &CertificateDer, said: PinStatus) -> Result<(), Reason> {
        self.change(certificate, Change::Learn(said)).await.map(|_| ())
    }

    async fn remembered(&self, certificate: &CertificateDer) -> Result<Option<PinStatus>, Reason> {
        let account = self.store.account(&self.key(certificate)?).await?;
        Ok(account.map(crate::Account::status))
    }

    async fn reserve(&self, certificate: &CertificateDer, last_try_confirmed: bool) -> Result<Leave, Reason> {
        match self
            .change(certificate, Change::Reserve { last_try_confirmed })
            .await?
        {
            Outcome::Leave(leave) => Ok(leave),
            Outcome::Done => Err(Reason::Internal),
        }
    }

    async fn settle(
        &self,
        certificate: &CertificateDer,
        reservation: Reservation,
        settlement: Settlement,
    ) -> Result<(), Reason> {
        let generation = reservation.generation;
        let change = Change::Settle {
            generation,
            settlement,
        };
        self.change(certificate, change).await.map(|_| ())
    }

    async fn succeeded(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        self.learn(certificate, PinStatus::TriesLeft(FULL)).await
    }
}

#[cfg(test)]
mod tests;
