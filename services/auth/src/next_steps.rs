//! What may be done when a verification did not succeed, in the ministry's order.
//!
//! Source: 厚生労働省's guidance for reception: a phone that failed → マイナポータル on the spot; a card that failed →
//! マイナポータル screen or PDF, or 資格情報のお知らせ with the card; no card → 資格確認書; none of these → a returning
//! patient is asked orally, a first visit files 被保険者資格申立書. The patient pays the ordinary share in every case.

use madoguchi_core::check_in::{Failure, NextStep};
use madoguchi_core::reason::Kind;
use madoguchi_core::{Medium, Reason};

/// The failure with its next steps.
#[must_use]
pub fn failure(reason: Reason, medium: Option<Medium>) -> Failure {
    Failure {
        reason,
        next_steps: next_steps(reason, medium),
    }
}

fn next_steps(reason: Reason, medium: Option<Medium>) -> Vec<NextStep> {
    let mut steps = Vec::new();
    if retriable(reason) {
        steps.push(NextStep::TryAgain);
    }
    if at_the_reader(reason) {
        steps.push(NextStep::CheckReader);
    }
    if medium.is_some_and(Medium::is_phone) {
        steps.push(NextStep::UseCard);
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
mod tests {
    use super::*;

    #[test]
    fn a_phone_falls_back_to_the_card_and_mynaportal() {
        let steps = failure(Reason::CertificateExpired, Some(Medium::IPhone)).next_steps;
        assert_eq!(steps[..2], [NextStep::UseCard, NextStep::ShowMynaportal]);
        assert!(
            !steps.contains(&NextStep::ShowEligibilityNotice),
            "資格情報のお知らせ goes with the card"
        );
        assert_eq!(steps.last(), Some(&NextStep::VisitMunicipality));
    }

    #[test]
    fn a_locked_pin_is_not_to_be_tried_again() {
        let steps = failure(Reason::PinLocked, Some(Medium::Card)).next_steps;
        assert!(!steps.contains(&NextStep::TryAgain));
        assert!(steps.contains(&NextStep::ShowEligibilityNotice));
    }

    #[test]
    fn nobody_is_left_without_a_next_step() {
        for reason in Reason::ALL {
            for medium in [
                None,
                Some(Medium::Card),
                Some(Medium::Android),
                Some(Medium::IPhone),
            ] {
                let steps = failure(*reason, medium).next_steps;
                assert!(steps.contains(&NextStep::FileDeclaration));
            }
        }
    }
}
