//! A visit that ends well is vouched for: evidence is on disk before anybody is told.

use madoguchi_core::Reason;
use madoguchi_core::check_in::{CheckIn, State};
use madoguchi_core::evidence::{Assurance, Facts, ProvenReceipt, Revocation};

use super::end;
use crate::service::Parts;

/// Puts evidence into a check-in that is about to end well; one that cannot be vouched for does not end well. Says why,
/// for the audit log.
pub(crate) async fn run(parts: &Parts, now: &mut CheckIn) -> Option<Reason> {
    if now.state != State::Completed {
        return None;
    }
    let issued = match facts(now) {
        Some(facts) => parts.evidences.issue(facts).await,
        None => Err(Reason::Internal),
    };
    match issued {
        Ok(evidence) => {
            now.evidence = Some(evidence.token);
            None
        }
        Err(reason) => {
            *now = end::unkept(now.clone());
            Some(reason)
        }
    }
}

/// Takes evidence back where the visit did not end well after all. Where that fails too, the next start does it: the
/// visit is still open in the store then.
pub(crate) async fn take_back(parts: &Parts, told: &CheckIn) {
    if told.state != State::Completed {
        let _ = parts.evidences.retract(&told.id).await;
    }
}

/// What the visit came to.
fn facts(now: &CheckIn) -> Option<Facts> {
    let check = now.check.as_ref()?;
    let answer = now.answer.as_ref();
    let assurance = match answer {
        Some(answer) if answer.simulated => Assurance::Simulated,
        Some(_) => Assurance::National,
        None => Assurance::LocalOnly,
    };
    let receipt = now.receipt.as_ref().and_then(|receipt| {
        Some(ProvenReceipt {
            id: receipt.id.clone(),
            token: receipt.token.clone()?,
        })
    });
    Some(Facts {
        check_in_id: now.id.clone(),
        counter_id: now.counter_id.clone(),
        started_at: now.started_at,
        medium: now.medium?,
        method: now.method?,
        visual_check: now.visual_check.clone(),
        certificate_thumbprint: check.thumbprint.clone(),
        certificate_outcome: answer.map_or(check.outcome, |answer| answer.certificate_outcome),
        // The national service answers a certificate that it accepted, and no other.
        revocation: match assurance {
            Assurance::National => Revocation::Good,
            Assurance::Simulated | Assurance::LocalOnly => Revocation::NotChecked,
        },
        receipt,
        validity: answer.map(|answer| answer.validity),
        assurance,
        confirmed_at: answer.map(|answer| answer.confirmed_at),
    })
}
