//! The consent service: asks, checks, keeps.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::consent::{Consents, Question, Receipt, Record};
use madoguchi_core::{CheckInId, Clock, Reason, ReceiptId};
use time::OffsetDateTime;

use crate::{InvalidAnswers, ReceiptStore, Wording};

/// Asks in the right words and keeps the answers in a store.
#[derive(Clone)]
pub struct Service {
    wording: Arc<Wording>,
    store: Arc<dyn ReceiptStore>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    /// A service that keeps its receipts there.
    #[must_use]
    pub fn new(wording: Wording, store: Arc<dyn ReceiptStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            wording: Arc::new(wording),
            store,
            clock,
        }
    }

    /// Whether the answers can be recorded, for a caller that wants to say which field is wrong.
    ///
    /// # Errors
    /// [`InvalidAnswers`] says what does not fit.
    pub fn check(&self, record: &Record) -> Result<(), InvalidAnswers> {
        self.wording.check(record)
    }
}

#[async_trait]
impl Consents for Service {
    fn question(&self, language: &str) -> Question {
        self.wording.question(language)
    }

    async fn record(&self, mut record: Record) -> Result<Receipt, Reason> {
        self.check(&record).map_err(|_| Reason::InvalidArgument)?;
        // One order, so that the same answers are the same receipt however the client listed them.
        record.decisions.sort_by_key(|decision| decision.item);
        let receipt = Receipt {
            id: ReceiptId::generate(),
            check_in_id: record.check_in_id,
            counter_id: record.counter_id,
            certificate_thumbprint: record.certificate_thumbprint,
            decisions: record.decisions,
            wording_version: record.wording_version,
            language: record.language,
            method: record.method,
            recorded_at: to_microsecond(self.clock.now()),
        };
        let kept = self.store.insert(receipt.clone(), record.told).await?;
        // The visit was answered before: the same answers again are a repetition, others come too late.
        let same = Receipt {
            id: kept.id.clone(),
            recorded_at: kept.recorded_at,
            ..receipt
        } == kept;
        if same {
            Ok(kept)
        } else {
            Err(Reason::ActionNotPending)
        }
    }

    async fn get(&self, id: &ReceiptId) -> Result<Receipt, Reason> {
        self.store.get(id).await?.ok_or(Reason::ReceiptNotFound)
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        self.store.list(check_in_id).await
    }
}

/// Databases keep microseconds: what is returned now has to equal what is read back later.
fn to_microsecond(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_microsecond(at.microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use madoguchi_core::CounterId;
    use madoguchi_core::audit::{Action, Event};
    use madoguchi_core::clock::FixedClock;
    use madoguchi_core::consent::{CaptureMethod, Decision, Item};
    use time::macros::datetime;

    use super::*;
    use crate::MemoryReceipts;

    fn service() -> Service {
        let clock = FixedClock(datetime!(2026-11-22 09:00:00.123456789 UTC));
        Service::new(
            Wording::current().unwrap(),
            Arc::new(MemoryReceipts::default()),
            Arc::new(clock),
        )
    }

    fn record() -> Record {
        Record {
            check_in_id: CheckInId::generate(),
            counter_id: CounterId::new("counter-1").unwrap(),
            certificate_thumbprint: "ab".repeat(32),
            decisions: Item::ALL
                .map(|item| Decision {
                    item,
                    granted: item == Item::Surgery,
                })
                .into(),
            wording_version: "2026-12".to_owned(),
            language: "ja".to_owned(),
            method: CaptureMethod::Client,
            told: Event::new(Action::ConsentRecorded),
        }
    }

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::receipt_store(&MemoryReceipts::default()).await;
    }

    #[tokio::test]
    async fn an_answer_becomes_a_receipt_that_can_be_found() {
        let service = service();
        let record = record();
        let receipt = service.record(record.clone()).await.unwrap();
        let granted = |item| {
            receipt
                .decisions
                .iter()
                .any(|decision| decision.item == item && decision.granted)
        };
        assert!(granted(Item::Surgery) && !granted(Item::Diagnosis));
        assert_eq!(receipt.recorded_at, datetime!(2026-11-22 09:00:00.123456 UTC));
        assert_eq!(service.get(&receipt.id).await, Ok(receipt.clone()));
        assert_eq!(service.list(&record.check_in_id).await, Ok(vec![receipt]));
        assert_eq!(
            service.get(&ReceiptId::generate()).await,
            Err(Reason::ReceiptNotFound)
        );
    }

    #[tokio::test]
    async fn the_same_answers_again_are_the_same_receipt_and_others_come_too_late() {
        let service = service();
        let record = record();
        let first = service.record(record.clone()).await.unwrap();
        let mut reordered = record.clone();
        reordered.decisions.reverse();
        assert_eq!(service.record(reordered).await, Ok(first));
        let mut changed = record;
        changed.decisions[0].granted = true;
        assert_eq!(service.record(changed).await, Err(Reason::ActionNotPending));
    }

    #[tokio::test]
    async fn each_item_is_answered_exactly_once_in_a_wording_that_was_asked() {
        let service = service();
        let mut missing = record();
        missing.decisions.pop();
        let mut duplicate = record();
        duplicate.decisions.push(Decision {
            item: Item::Medication,
            granted: true,
        });
        let mut version = record();
        version.wording_version = "1999-01".to_owned();
        let mut language = record();
        language.language = "tlh".to_owned();
        let cases = [
            (
                missing,
                InvalidAnswers::Missing(Item::HealthCheckup),
                "health_checkup was asked and is not answered",
            ),
            (
                duplicate,
                InvalidAnswers::Duplicate(Item::Medication),
                "medication is answered more than once",
            ),
            (
                version,
                InvalidAnswers::WordingVersion,
                "wording_version is not the one that is asked",
            ),
            (
                language,
                InvalidAnswers::Language,
                "language is not one of the wording's",
            ),
        ];
        for (record, error, sentence) in cases {
            assert_eq!(service.check(&record), Err(error));
            assert_eq!(error.to_string(), sentence);
            assert_eq!(service.record(record.clone()).await, Err(Reason::InvalidArgument));
            assert_eq!(service.list(&record.check_in_id).await, Ok(vec![]));
        }
    }
}
