//! Is the patient insured? The eligibility service is asked with the proof and the receipt.

use madoguchi_core::Reason;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::check_in::State;
use madoguchi_core::clock::JST;
use madoguchi_core::consent::{Item, Receipt, Said};
use madoguchi_core::eligibility::{Answer, Request};

use time::Date;

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
        receipt: receipt.clone(),
    };
    let answer = visit.parts.eligibility.check(request).await;
    let event = visit.event(AuditAction::EligibilityChecked, answer.as_ref().err().copied());
    visit.parts.audit.append(event).await?;
    let answer = answer?;
    if let Some(receipt) = receipt {
        // What the service said of the consent itself belongs to the receipt.
        let today = visit.parts.clock.now().to_offset(JST).date();
        let said = said(&answer, |born| {
            !visit.parts.consents.applies(Item::HealthCheckup, born, today)
        });
        visit.desk.now.receipt = Some(visit.parts.consents.confirm(&receipt.id, said).await?);
    }
    Ok(answer)
}

/// What an answer says about the consent that it was asked with. Several insurances of one person have one date of
/// birth; where they differ, it is not known.
fn said(answer: &Answer, is_under_forty: impl Fn(Date) -> bool) -> Said {
    let mut born = answer.insurances.iter().map(|insurance| insurance.birth_date);
    let first = born.next();
    let one = first.filter(|first| born.all(|other| other == *first));
    Said {
        simulated: answer.simulated,
        under_forty: one.map(is_under_forty),
        windows: answer.consent_windows.clone(),
    }
}
