//! What may be seen? The patient answers item by item; no receipt, no data.
//!
//! A certificate that is good for eligibility only (資格情報のみ) opens nothing that consent could be asked for.

use madoguchi_auth::Submission;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::certificate::Outcome;
use madoguchi_core::check_in::{Action, State};
use madoguchi_core::consent::{CaptureMethod, Receipt, Record};
use madoguchi_core::{Reason, Refusal};

use super::authenticate::Known;
use crate::visit::Visit;

pub(crate) async fn run(visit: &mut Visit<'_>, known: &Known) -> Result<Option<Receipt>, Reason> {
    let check = &known.authenticated.check;
    if check.outcome != Outcome::Full {
        return Ok(None);
    }
    visit.desk.now.state = State::WaitingForConsent;
    visit.desk.now.guidance = visit.take_card(known.authenticated.medium);
    let question = visit.parts.consents.question(&visit.language);
    let mut taken = visit
        .desk
        .ask(visit.tray, Action::DecideConsents(question.clone()))
        .await?;
    let Submission::Consents {
        decisions,
        wording_version,
    } = &mut taken.submission
    else {
        return Err(Reason::Internal);
    };
    let record = Record {
        check_in_id: visit.desk.now.id.clone(),
        counter_id: visit.desk.now.counter_id.clone(),
        certificate_thumbprint: check.thumbprint.clone(),
        decisions: std::mem::take(decisions),
        wording_version: std::mem::take(wording_version),
        language: question.language,
        method: CaptureMethod::Client,
    };
    // The caller is answered only when the receipt survives a crash. Where that is not sure the visit ends: asked
    // again, the patient might answer otherwise than the receipt that may have been written.
    match keep(visit, record).await {
        Ok(receipt) => {
            taken.settle(Ok(()));
            visit.desk.now.receipt = Some(receipt.clone());
            Ok(Some(receipt))
        }
        Err(reason) => {
            taken.settle(Err(Refusal::from(reason)));
            Err(reason)
        }
    }
}

async fn keep(visit: &Visit<'_>, record: Record) -> Result<Receipt, Reason> {
    let receipt = visit.parts.consents.record(record).await?;
    visit
        .parts
        .audit
        .append(visit.event(AuditAction::ConsentRecorded, None))
        .await?;
    Ok(receipt)
}
