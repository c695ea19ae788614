//! Is the patient insured? The eligibility service is asked with the proof and the receipt; while it is away, the question
//! is put off, and on disk before anybody is told so.

use madoguchi_core::Reason;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::certificate::Revocation;
use madoguchi_core::check_in::{CheckIn, State};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::consent::{Item, Receipt, Said};
use madoguchi_core::deferral::{Deferral, NewDeferral, Proof};
use madoguchi_core::eligibility::{Answer, Basis, Request};
use time::Date;

use super::authenticate::Person;
use crate::visit::{Known, Visit};

pub(crate) async fn run(
    visit: &mut Visit<'_>,
    person: Person,
    receipt: Option<Receipt>,
) -> Result<Known, Reason> {
    let medium = person.authenticated.medium;
    visit.desk.now.state = State::CheckingEligibility;
    visit.desk.now.guidance = visit.take_card(medium);
    visit.desk.publish().await?;
    let away = visit.desk.now.outage.map(|outage| outage.reason);
    let challenge_id = match (&person.challenge_id, away) {
        (Some(challenge_id), None) => challenge_id.clone(),
        _ => {
            return put_off(
                visit,
                person,
                receipt,
                away.unwrap_or(Reason::EligibilityUnavailable),
            )
            .await;
        }
    };
    let request = Request {
        challenge_id,
        certificate: person.authenticated.proof.certificate.clone(),
        intermediates: Vec::new(),
        signature: person.authenticated.proof.signature.clone(),
        medium,
        receipt: receipt.clone(),
        visit: Some(visit.desk.now.id.clone()),
        expected: visit.expected.clone(),
    };
    let answer = visit.parts.eligibility.check(request).await;
    let event = visit.event(AuditAction::EligibilityChecked, answer.as_ref().err().copied());
    visit.parts.audit.append(event).await?;
    if let Some(word) = revocation(&answer) {
        hear(&mut visit.desk.now, word);
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(reason) => {
            visit.go_on_without(reason)?;
            return put_off(visit, person, receipt, reason).await;
        }
    };
    if let Some(receipt) = receipt {
        // What the service said of the consent itself belongs to the receipt.
        let today = day_in_japan(visit.parts.clock.now());
        let said = said(&answer, |born| {
            !visit.parts.consents.applies(Item::HealthCheckup, born, today)
        });
        visit.desk.now.receipt = Some(visit.parts.consents.confirm(&receipt.id, said).await?);
    }
    Ok(Known::Answered(Box::new(answer)))
}

/// What the answer says of the certificate's revocation: the national service answers a certificate that it accepted, and
/// no other. A stand-in knows nothing of it, and neither does an answer that no certificate was judged for.
fn revocation(answer: &Result<Answer, Reason>) -> Option<Revocation> {
    match answer {
        Ok(answer) if answer.basis == Basis::Certificate && !answer.simulated => Some(Revocation::Good),
        Err(Reason::CertificateRevoked) => Some(Revocation::Revoked),
        Ok(_) | Err(_) => None,
    }
}

/// Puts that into the check of the certificate, from which evidence takes it.
fn hear(now: &mut CheckIn, word: Revocation) {
    now.check = now.check.take().map(|check| check.with_revocation(word));
}

async fn put_off(
    visit: &mut Visit<'_>,
    person: Person,
    receipt: Option<Receipt>,
    because: Reason,
) -> Result<Known, Reason> {
    let Some(deferrals) = &visit.parts.deferrals else {
        return Err(because);
    };
    let now = &visit.desk.now;
    let proof = person.authenticated.proof;
    let new = NewDeferral {
        check_in_id: now.id.clone(),
        counter_id: now.counter_id.clone(),
        medium: person.authenticated.medium,
        method: person.authenticated.method,
        certificate: person.authenticated.check.outcome,
        because,
        verified_at: person.at,
        proof: Proof {
            certificate: proof.certificate,
            challenge: person.challenge,
            challenge_id: person.challenge_id,
            signature: proof.signature,
            receipt,
        },
    };
    let deferral: Deferral = deferrals.put_off(new).await?;
    Ok(Known::Deferred(Box::new(deferral)))
}

/// What an answer says about the consent that it was asked with. Several insurances of one person have one date of
/// birth; where they differ, it is not known.
fn said(answer: &Answer, is_under_forty: impl Fn(Date) -> bool) -> Said {
    let mut born = answer.insurances.iter().map(|insurance| insurance.birth_date);
    let first = born.next();
    let one = first.filter(|first| born.all(|other| other == *first)).flatten();
    Said {
        simulated: answer.simulated,
        under_forty: one.map(is_under_forty),
        windows: answer.consent_windows.clone(),
    }
}
