//! The ladder: what may be done when a verification did not succeed, in the ministry's order.
//!
//! Source: 厚生労働省's guidance for reception: a phone that failed → マイナポータル on the spot; a card that failed →
//! マイナポータル screen or PDF, or 資格情報のお知らせ with the card; no card → 資格確認書 (the old 健康保険証 as long as it
//! was valid); none of these → a returning patient is asked orally, a first visit files 被保険者資格申立書. The patient
//! pays the ordinary share in every case.

use std::collections::BTreeSet;

use madoguchi_core::check_in::NextStep;
use madoguchi_core::fallback::{Presented, Step, Thing, VisitKind};
use madoguchi_core::reason::Kind;
use madoguchi_core::{Medium, Reason};
use time::Date;

use crate::describe::describe;
use crate::rules;

/// What the counter's readers could still do for a card: data of the devices, not of their makers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ways {
    /// A reader verifies faces, and the face was not looked at in vain yet.
    pub face: bool,
    /// Staff can confirm by eye, on a reader or at the console and in the EMR.
    pub visual: bool,
    /// A reader reads cards.
    pub card: bool,
    /// The card's PIN has more than its last try left.
    pub pin: bool,
}

/// Where a patient stands who was not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// Why not; nothing for who came with neither card nor phone.
    pub reason: Option<Reason>,
    /// What the patient came with.
    pub presented: Presented,
    /// Whether the facility knows the patient, where that was said.
    pub visit: Option<VisitKind>,
    /// The day of the visit, Japan Standard Time.
    pub date: Date,
    /// What the patient is known not to have; what is not named may be there.
    pub lacks: BTreeSet<Thing>,
    /// What the counter can still do.
    pub ways: Ways,
}

impl Situation {
    fn is_phone(&self) -> bool {
        matches!(self.presented, Presented::Medium(medium) if medium.is_phone())
    }

    fn reason_is(&self, one_of: impl Fn(Reason) -> bool) -> bool {
        self.reason.is_some_and(one_of)
    }

    fn has(&self, any_of: &[Thing]) -> bool {
        any_of.iter().any(|thing| !self.lacks.contains(thing))
    }

    fn may(&self, step: &Step) -> bool {
        rules::allows(step.step, self.date) && step.needs.iter().all(|need| self.has(&need.any_of))
    }
}

/// The steps in order, with what each needs and what the claim then is.
#[must_use]
pub fn next_steps(situation: &Situation) -> Vec<Step> {
    let mut steps = again(situation);
    steps.extend(documents(situation));
    if situation.reason_is(for_the_municipality) {
        steps.push(NextStep::VisitMunicipality);
    }
    let steps = steps.into_iter();
    steps
        .map(|step| describe(step, situation.presented))
        .filter(|step| situation.may(step))
        .collect()
}

/// What leads to another try with a card or phone.
fn again(situation: &Situation) -> Vec<NextStep> {
    let mut steps = Vec::new();
    if situation.presented == Presented::Nothing {
        return steps;
    }
    let (is_phone, ways) = (situation.is_phone(), situation.ways);
    // A phone has no grace, and of what was not read nobody knows.
    let is_card = situation.presented == Presented::Medium(Medium::Card);
    if is_card && situation.reason == Some(Reason::CertificateInGrace) {
        steps.push(NextStep::ContinueEligibilityOnly);
    }
    if situation.reason == Some(Reason::RegistrationDeclined) {
        steps.push(NextStep::RegisterCard);
    }
    if situation.reason_is(retriable) {
        steps.push(NextStep::TryAgain);
    }
    // The PIN or the face, not the card, was the trouble: what is left of the ladder is another visit's first rung.
    if !is_phone && situation.reason_is(is_of_the_person) {
        if ways.face && situation.reason != Some(Reason::FaceNotVerified) {
            steps.push(NextStep::UseFace);
        }
        if ways.pin && !situation.reason_is(is_without_pin) {
            steps.push(NextStep::UsePin);
        }
        if ways.visual {
            steps.push(NextStep::CheckVisually);
        }
    }
    if situation.reason_is(at_the_reader) {
        steps.push(NextStep::CheckReader);
    }
    if is_phone && ways.card {
        steps.push(NextStep::UseCard);
    }
    steps
}

/// What settles the visit without a verified person.
fn documents(situation: &Situation) -> Vec<NextStep> {
    let mut steps = Vec::new();
    if situation.presented != Presented::Nothing {
        steps.push(NextStep::ShowMynaportal);
        if !situation.is_phone() {
            steps.push(NextStep::ShowEligibilityNotice);
        }
    }
    steps.extend([NextStep::ShowEligibilityCertificate, NextStep::ShowInsuranceCard]);
    match situation.visit {
        Some(VisitKind::Returning) if situation.has(&[Thing::KnownData]) => {
            steps.push(NextStep::ConfirmOrally)
        }
        // Known, but of nothing that could be confirmed: as on a first visit.
        Some(VisitKind::Returning) => steps.push(NextStep::FileDeclaration),
        Some(VisitKind::First) => steps.push(NextStep::FileDeclaration),
        None => steps.extend([NextStep::ConfirmOrally, NextStep::FileDeclaration]),
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

/// Whether the card's PIN is not to be asked for again.
const fn is_without_pin(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PinLocked | Reason::PinNotSet | Reason::PinLastTryNotConfirmed
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

/// Whether the reason's page sends the patient to the municipality, at once or where nothing else helps.
fn for_the_municipality(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PinLocked
            | Reason::PinNotSet
            | Reason::PinWrong
            | Reason::PinLastTryNotConfirmed
            | Reason::PinOutcomeUnknown
            | Reason::FaceNotVerified
            | Reason::CardNotRecognized
            | Reason::CardObsolete
            | Reason::CardUnresponsive
            | Reason::CardProtocolError
            | Reason::CertificateUnreadable
            | Reason::CertificateMalformed
            | Reason::CertificateWrongUsage
            | Reason::CertificateWeak
            | Reason::CertificateNotTrusted
            | Reason::CertificateNotYetValid
            | Reason::CertificateExpired
            | Reason::CertificateInGrace
            | Reason::CertificateRevoked
            | Reason::SignatureInvalid
    )
}
