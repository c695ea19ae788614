//! What was answered once, as it may be shown now: consent that was taken back or is over since shows nothing more,
//! however long an answer is kept.

use std::sync::Arc;

use madoguchi_core::check_in::CheckIn;
use madoguchi_core::consent::{Consents, Receipt};
use madoguchi_core::deferral::Deferral;
use madoguchi_core::eligibility::Answer;
use madoguchi_core::{Clock, Reason, ReceiptId};
use madoguchi_eligibility::still;

/// Every RPC that tells a kept answer passes through here.
#[derive(Clone)]
pub(crate) struct Disclosure {
    pub(crate) consents: Arc<dyn Consents>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Disclosure {
    /// A visit as it may be shown now, with its receipt as that stands. While the visit is under way its receipt is
    /// younger than any look at it; of one that ended it is read again.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`]: what nobody can ask about is not shown.
    pub(crate) async fn check_in(&self, mut one: CheckIn) -> Result<CheckIn, Reason> {
        if !one.state.is_terminal() {
            return Ok(one);
        }
        if let Some(receipt) = &one.receipt {
            one.receipt = self.receipt(&receipt.id.clone()).await?;
        }
        one.answer = one.answer.map(|answer| self.left(answer, one.receipt.as_ref()));
        Ok(one)
    }

    /// A check that was put off, with what may be shown of its answer now.
    ///
    /// # Errors
    /// As [`Disclosure::check_in`].
    pub(crate) async fn deferral(&self, mut one: Deferral) -> Result<Deferral, Reason> {
        if let Some(answer) = one.answer {
            let receipts = self.consents.list(&one.check_in_id).await?;
            one.answer = Some(self.left(answer, receipts.first()));
        }
        Ok(one)
    }

    fn left(&self, answer: Answer, receipt: Option<&Receipt>) -> Answer {
        still(answer, receipt, self.clock.now())
    }

    async fn receipt(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason> {
        match self.consents.get(id).await {
            Ok(receipt) => Ok(Some(receipt)),
            // No receipt, no data.
            Err(Reason::ReceiptNotFound) => Ok(None),
            Err(reason) => Err(reason),
        }
    }
}
