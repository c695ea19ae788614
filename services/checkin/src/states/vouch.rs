//! A visit that ends well is vouched for: the evidence is kept with the end, or neither is.

use madoguchi_core::Reason;
use madoguchi_core::check_in::{CheckIn, State};
use madoguchi_core::evidence::{Assurance, Evidences, Facts, ProvenReceipt};

use super::end;

/// Puts evidence into a check-in that is about to end well; one that cannot be vouched for does not end well.
pub(crate) fn run(evidences: &dyn Evidences, now: &mut CheckIn) {
    if !matches!(now.state, State::Completed | State::Deferred) {
        return;
    }
    let facts = facts(now).ok_or(Reason::Internal);
    match facts.and_then(|facts| evidences.vouch(facts)) {
        Ok(evidence) => now.evidence = Some(evidence),
        Err(reason) => {
            tracing::error!(check_in_id = %now.id, reason = reason.code(), "a visit cannot be vouched for");
            *now = end::failed(now.clone(), reason);
        }
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
        revocation: check.revocation,
        receipt,
        validity: answer.map(|answer| answer.validity),
        assurance,
        confirmed_at: answer.map(|answer| answer.confirmed_at),
    })
}
