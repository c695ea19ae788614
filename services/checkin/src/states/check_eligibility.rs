//! Is the patient insured? The eligibility service is asked with the proof and the receipt.

use madoguchi_core::Reason;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::check_in::State;
use madoguchi_core::consent::Receipt;
use madoguchi_core::eligibility::{Answer, Request};

use super::authenticate::Known;
use crate::visit::Visit;

pub(crate) async fn run(
    visit: &mut Visit<'_>,
    known: Known,
    receipt: Option<Receipt>,
) -> Result<Answer, Reason> {
    let medium = known.authenticated.medium;
    visit.desk.now.state = State::CheckingEligibility;
    visit.desk.now.guidance = visit.take_card(medium);
    visit.desk.publish().await?;
    let proof = known.authenticated.proof;
    let request = Request {
        challenge_id: known.challenge_id,
        certificate: proof.certificate,
        intermediates: Vec::new(),
        signature: proof.signature,
        medium,
        receipt,
        visit: Some(visit.desk.now.id.clone()),
        expected: None,
    };
    let answer = visit.parts.eligibility.check(request).await;
    let event = visit.event(AuditAction::EligibilityChecked, answer.as_ref().err().copied());
    visit.parts.audit.append(event).await?;
    answer
}
