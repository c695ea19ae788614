//! A store of receipts for tests.

use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::consent::{Confirmation, Filter, Happened, Happening, Item, Receipt, Withdrawal};
use madoguchi_core::{CallerId, CheckInId, Reason, ReceiptId, RequestId};
use time::OffsetDateTime;

use crate::ReceiptStore;

/// Receipts in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryReceipts {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    receipts: Vec<(Receipt, Option<(CallerId, RequestId)>)>,
    happenings: Vec<Happening>,
    told: Vec<Event>,
}

impl Kept {
    fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.iter().map(|(receipt, _)| receipt)
    }

    fn get_mut(&mut self, id: &ReceiptId) -> Result<&mut Receipt, Reason> {
        let mut receipts = self.receipts.iter_mut().map(|(receipt, _)| receipt);
        receipts
            .find(|receipt| receipt.id == *id)
            .ok_or(Reason::ReceiptNotFound)
    }

    fn happen(&mut self, receipt_id: &ReceiptId, happened: Happened, at: OffsetDateTime) -> Happening {
        let happening = Happening {
            sequence: u64::try_from(self.happenings.len())
                .unwrap_or(u64::MAX)
                .saturating_add(1),
            receipt_id: receipt_id.clone(),
            happened,
            at,
        };
        self.happenings.push(happening.clone());
        happening
    }
}

impl MemoryReceipts {
    /// What auditors were told, oldest first.
    #[must_use]
    pub fn told(&self) -> Vec<Event> {
        self.with(|kept| kept.told.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn fits(filter: &Filter, receipt: &Receipt) -> bool {
    let thumbprint = &filter.certificate_thumbprint;
    thumbprint
        .as_ref()
        .is_none_or(|wanted| *wanted == receipt.certificate_thumbprint)
        && (filter.card_key.is_none() || filter.card_key == receipt.card_key)
        && filter
            .recorded_from
            .is_none_or(|from| from <= receipt.recorded_at)
        && filter
            .recorded_before
            .is_none_or(|before| receipt.recorded_at < before)
}

fn take<T: Clone>(found: impl Iterator<Item = T>, limit: u32) -> Vec<T> {
    found.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect()
}

#[async_trait]
impl ReceiptStore for MemoryReceipts {
    async fn insert(
        &self,
        receipt: Receipt,
        request: Option<(CallerId, RequestId)>,
        told: Event,
    ) -> Result<Receipt, Reason> {
        Ok(self.with(|kept| {
            let earlier = kept.receipts.iter().find(|(earlier, by)| {
                (earlier.check_in_id.is_some() && earlier.check_in_id == receipt.check_in_id)
                    || (request.is_some() && *by == request)
            });
            if let Some((earlier, _)) = earlier {
                return earlier.clone();
            }
            kept.receipts.push((receipt.clone(), request));
            kept.happen(&receipt.id, Happened::Recorded, receipt.recorded_at);
            kept.told.push(told);
            receipt
        }))
    }

    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason> {
        Ok(self.with(|kept| kept.receipts().find(|receipt| receipt.id == *id).cloned()))
    }

    async fn of_request(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Receipt>, Reason> {
        let asked = Some((caller.clone(), request_id.clone()));
        Ok(self.with(|kept| {
            let mut found = kept.receipts.iter().filter(|(_, request)| *request == asked);
            found.next().map(|(receipt, _)| receipt.clone())
        }))
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        Ok(self.with(|kept| {
            let of_visit = |receipt: &&Receipt| receipt.check_in_id.as_ref() == Some(check_in_id);
            kept.receipts().filter(of_visit).cloned().collect()
        }))
    }

    async fn find(
        &self,
        filter: Filter,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>, Reason> {
        Ok(self.with(|kept| {
            let mut found: Vec<_> = kept
                .receipts()
                .filter(|receipt| fits(&filter, receipt))
                .cloned()
                .collect();
            found.sort_by(|one, other| one.id.cmp(&other.id));
            let later = found
                .into_iter()
                .filter(|receipt| after.as_ref().is_none_or(|after| receipt.id > *after));
            take(later, limit)
        }))
    }

    async fn withdraw(&self, id: &ReceiptId, withdrawal: Withdrawal, told: Event) -> Result<Receipt, Reason> {
        self.with(|kept| {
            let receipt = kept.get_mut(id)?;
            if receipt.withdrawal.is_some() {
                return Ok(receipt.clone());
            }
            let at = withdrawal.withdrawn_at;
            receipt.withdrawal = Some(withdrawal);
            let receipt = receipt.clone();
            kept.happen(id, Happened::Withdrawn, at);
            kept.told.push(told);
            Ok(receipt)
        })
    }

    async fn confirm(&self, id: &ReceiptId, confirmation: Confirmation) -> Result<Receipt, Reason> {
        self.with(|kept| {
            let receipt = kept.get_mut(id)?;
            if receipt.confirmation.is_some() {
                return Ok(receipt.clone());
            }
            let at = confirmation.recorded_at;
            receipt.confirmation = Some(confirmation);
            let receipt = receipt.clone();
            kept.happen(id, Happened::Confirmed, at);
            Ok(receipt)
        })
    }

    async fn due(
        &self,
        by: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ReceiptId, Item, OffsetDateTime)>, Reason> {
        Ok(self.with(|kept| {
            let windows = kept.receipts().flat_map(|receipt| {
                let windows = receipt.confirmation.iter().flat_map(|word| &word.said.windows);
                windows.filter_map(|window| Some((receipt.id.clone(), window.item, window.available_until?)))
            });
            let recorded = |id: &ReceiptId, item: Item| {
                let happened = Happened::Expired(item);
                kept.happenings
                    .iter()
                    .any(|one| one.receipt_id == *id && one.happened == happened)
            };
            let mut due: Vec<_> = windows
                .filter(|(id, item, until)| *until <= by && !recorded(id, *item))
                .collect();
            due.sort_by(|one, other| (one.2, &one.0, one.1).cmp(&(other.2, &other.0, other.1)));
            take(due.into_iter(), limit)
        }))
    }

    async fn expire(
        &self,
        id: &ReceiptId,
        item: Item,
        at: OffsetDateTime,
        (_, told): (OffsetDateTime, Event),
    ) -> Result<Option<Happening>, Reason> {
        self.with(|kept| {
            kept.get_mut(id)?;
            let happened = Happened::Expired(item);
            let again = kept
                .happenings
                .iter()
                .any(|one| one.receipt_id == *id && one.happened == happened);
            Ok((!again).then(|| {
                kept.told.push(told);
                kept.happen(id, happened, at)
            }))
        })
    }

    async fn happenings(&self, after: u64, limit: u32) -> Result<Vec<Happening>, Reason> {
        Ok(self.with(|kept| {
            take(
                kept.happenings.iter().filter(|one| one.sequence > after).cloned(),
                limit,
            )
        }))
    }

    async fn last_happening(&self) -> Result<u64, Reason> {
        Ok(self.with(|kept| kept.happenings.last().map_or(0, |one| one.sequence)))
    }
}
