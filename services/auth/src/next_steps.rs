//! What may be done when a verification did not succeed, in the ministry's order.
//!
//! Source: 厚生労働省's guidance for reception: a phone that failed → マイナポータル on the spot; a card that failed →
//! マイナポータル screen or PDF, or 資格情報のお知らせ with the card; no card → 資格確認書; none of these → a returning
//! patient is asked orally, a first visit files 被保険者資格申立書. The patient pays the ordinary share in every case.

use madoguchi_core::check_in::{Failure, NextStep};
use madoguchi_core::reader::{Capability, Snapshot};
use madoguchi_core::reason::Kind;
use madoguchi_core::{Medium, Reason};

use crate::counters::Counter;

/// What the counter's readers could still do for a card when a visit failed: data of the devices, not of their makers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ways {
    /// A reader verifies faces, and the face was not looked at in vain yet.
    pub face: bool,
    /// Staff can confirm by eye, on a reader or at the console and in the EMR.
    pub visual: bool,
    /// A reader reads cards.
    pub card: bool,
}

impl Ways {
    /// What the readers of that counter can do now.
    #[must_use]
    pub(crate) fn at(counter: &Counter, snapshot: &Snapshot) -> Self {
        let can = |capability| {
            snapshot.readers.iter().any(|reader| {
                counter.has(reader)
                    && reader.obstacle().is_none()
                    && reader.capabilities.contains(&capability)
            })
        };
        Self {
            face: can(Capability::Face),
            visual: can(Capability::StaffVisual) || can(Capability::RemoteVisual),
            card: can(Capability::NfcCard) || can(Capability::Delegated),
        }
    }
}

/// The failure with its next steps.
#[must_use]
pub fn failure(reason: Reason, medium: Option<Medium>, ways: Ways) -> Failure {
    Failure {
        reason,
        next_steps: next_steps(reason, medium, ways),
    }
}

/// What may be done at the counter while the eligibility service is away and the person is known: the same steps, but to try
/// again, which would only put the patient through it once more.
#[must_use]
pub fn meanwhile(reason: Reason, medium: Option<Medium>, ways: Ways) -> Vec<NextStep> {
    let mut steps = next_steps(reason, medium, ways);
    steps.retain(|step| !matches!(step, NextStep::TryAgain | NextStep::UseCard));
    steps
}

fn next_steps(reason: Reason, medium: Option<Medium>, ways: Ways) -> Vec<NextStep> {
    let is_phone = medium.is_some_and(Medium::is_phone);
    let mut steps = Vec::new();
    if reason == Reason::RegistrationDeclined {
        steps.push(NextStep::RegisterCard);
    }
    if retriable(reason) {
        steps.push(NextStep::TryAgain);
    }
    // The PIN or the face, not the card, was the trouble: what is left of the ladder is another visit's first rung.
    if !is_phone && is_of_the_person(reason) {
        if ways.face && reason != Reason::FaceNotVerified {
            steps.push(NextStep::UseFace);
        }
        if ways.visual {
            steps.push(NextStep::CheckVisually);
        }
    }
    if at_the_reader(reason) {
        steps.push(NextStep::CheckReader);
    }
    if is_phone {
        if ways.card {
            steps.push(NextStep::UseCard);
        }
        steps.push(NextStep::ShowMynaportal);
    } else {
        steps.push(NextStep::ShowMynaportal);
        steps.push(NextStep::ShowEligibilityNotice);
    }
    steps.extend([
        NextStep::ShowEligibilityCertificate,
        NextStep::ConfirmOrally,
        NextStep::FileDeclaration,
    ]);
    if for_the_municipality(reason) {
        steps.push(NextStep::VisitMunicipality);
    }
    steps
}

/// Whether the person was not verified though the card could be read.
fn is_of_the_person(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::FaceNotVerified
            | Reason::PinLocked
            | Reason::PinNotSet
            | Reason::PinWrong
            | Reason::PinLastTryNotConfirmed
            | Reason::PatientTimeout
    )
}

/// Whether the same medium may work in the next minute.
fn retriable(reason: Reason) -> bool {
    match reason {
        Reason::CardRemoved
        | Reason::CardWaitTimeout
        | Reason::CardUnresponsive
        | Reason::CardProtocolError
        | Reason::CertificateUnreadable
        | Reason::MediumMismatch
        | Reason::PinOutcomeUnknown
        | Reason::SignatureInvalid
        | Reason::ChallengeUnknown => true,
        other => other.kind() == Kind::Unavailable,
    }
}

fn at_the_reader(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ReaderNotFound
            | Reason::ReaderUnavailable
            | Reason::ReaderServiceUnavailable
            | Reason::ReaderRemoved
            | Reason::DriverFailed
            | Reason::DriverTimeout
            | Reason::DriverProtocolError
    )
}

fn for_the_municipality(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PinLocked | Reason::PinNotSet | Reason::CertificateExpired | Reason::CertificateUnreadable
    )
}

#[cfg(test)]
mod tests;
