//! Authentications, and what a check-in shares with them.

use madoguchi_core::authentication::{Authentication, Proof, State};
use madoguchi_core::check_in::{
    Action, Failure, Guidance, NextStep, PendingAction, PinPrompt, VisualCause, VisualCheck, VisualPrompt,
};
use madoguchi_core::fallback::{Presented, Step};
use madoguchi_core::{Medium, Method};
use madoguchi_fallback::describe;
use madoguchi_proto::auth::v1 as pb;

use super::{certificate, code, fallback, moment, text};

pub(crate) fn authentication(one: Authentication) -> pb::Authentication {
    pb::Authentication {
        authentication_id: one.id.into(),
        counter_id: one.counter_id.into(),
        sequence: one.sequence,
        state: state(one.state).into(),
        pending_action: one.pending.map(pending),
        guidance: guidance(one.guidance).into(),
        medium: certificate::medium(one.medium).into(),
        method: method(one.method).into(),
        reader_id: text(one.reader_id),
        certificate_check: one.check.map(certificate::check),
        proof: one.proof.map(proof),
        failure: one.failure.map(|why| failure(why, one.medium)),
        apdu_count: one.apdu_count,
        start_time: Some(moment(one.started_at)),
        update_time: Some(moment(one.updated_at)),
        expire_time: Some(moment(one.expires_at)),
        visual_check: one.visual_check.map(visual_check),
    }
}

const fn state(state: State) -> pb::authentication::State {
    use pb::authentication::State as Wire;
    match state {
        State::ChoosingMedium => Wire::ChoosingMedium,
        State::ChoosingMethod => Wire::ChoosingMethod,
        State::WaitingForPin => Wire::WaitingForPin,
        State::WaitingForCard => Wire::WaitingForCard,
        State::ReadingCard => Wire::ReadingCard,
        State::VerifyingFace => Wire::VerifyingFace,
        State::WaitingForStaff => Wire::WaitingForStaff,
        State::Signing => Wire::Signing,
        State::Succeeded => Wire::Succeeded,
        State::Failed => Wire::Failed,
        State::Cancelled => Wire::Cancelled,
        State::Expired => Wire::Expired,
    }
}

fn pending(pending: PendingAction) -> pb::PendingAction {
    let action = match pending.action {
        Action::ChooseMedium { options } => {
            Some(pb::pending_action::Action::ChooseMedium(choose_medium(options)))
        }
        Action::EnterPin(prompt) => Some(pb::pending_action::Action::EnterPin(enter_pin(prompt))),
        Action::ChooseMethod { options } => {
            Some(pb::pending_action::Action::ChooseMethod(choose_method(options)))
        }
        Action::CheckVisually(prompt) => {
            Some(pb::pending_action::Action::CheckVisually(check_visually(prompt)))
        }
        // An authentication asks for no consent and registers no card.
        Action::DecideConsents(_) | Action::DecideRegistration => None,
    };
    pb::PendingAction {
        action_id: pending.id.into(),
        action,
    }
}

pub(crate) fn choose_medium(options: Vec<Medium>) -> pb::ChooseMedium {
    pb::ChooseMedium {
        options: options
            .into_iter()
            .map(|medium| certificate::medium(Some(medium)).into())
            .collect(),
    }
}

pub(crate) fn choose_method(options: Vec<Method>) -> pb::ChooseMethod {
    pb::ChooseMethod {
        options: options.into_iter().map(|one| method(Some(one)).into()).collect(),
    }
}

pub(crate) fn check_visually(prompt: VisualPrompt) -> pb::CheckVisually {
    pb::CheckVisually {
        because: code(prompt.because),
        on_reader: prompt.on_reader,
    }
}

pub(crate) fn visual_check(check: VisualCheck) -> pb::VisualCheck {
    pb::VisualCheck {
        confirmed: check.confirmed,
        staff_id: check.staff_id.into(),
        cause: check
            .cause
            .map_or(pb::VisualCause::Unspecified, visual_cause)
            .into(),
    }
}

const fn visual_cause(cause: VisualCause) -> pb::VisualCause {
    match cause {
        VisualCause::FaceAndPin => pb::VisualCause::FaceAndPin,
        VisualCause::PinLocked => pb::VisualCause::PinLocked,
        VisualCause::ReaderTrouble => pb::VisualCause::ReaderTrouble,
        VisualCause::CannotUseReader => pb::VisualCause::CannotUseReader,
        VisualCause::PatientAsked => pb::VisualCause::PatientAsked,
    }
}

pub(crate) fn enter_pin(prompt: PinPrompt) -> pb::EnterPin {
    pb::EnterPin {
        tries_left_count: prompt.tries_left.map(u32::from),
        last_try: prompt.last_try,
        again_because: code(prompt.again_because),
    }
}

fn proof(proof: Proof) -> pb::Proof {
    pb::Proof {
        certificate: proof.certificate.as_bytes().to_vec(),
        signature: proof.signature,
    }
}

pub(crate) fn failure(failure: Failure, medium: Option<Medium>) -> pb::Failure {
    let presented = medium.map_or(Presented::Unknown, Presented::Medium);
    let details = failure.next_steps.iter();
    pb::Failure {
        details: details.map(|step| detail(describe(*step, presented))).collect(),
        reason: failure.reason.code().to_owned(),
        message_ja: failure.reason.message_ja().to_owned(),
        next_steps: next_steps(&failure.next_steps),
    }
}

pub(crate) fn next_steps(steps: &[NextStep]) -> Vec<i32> {
    steps.iter().map(|step| next_step(*step).into()).collect()
}

/// A step with what it needs and what the claim may then rest on.
pub(crate) fn detail(step: Step) -> pb::NextStepDetail {
    pb::NextStepDetail {
        step: next_step(step.step).into(),
        claims: fallback::claims(&step),
        needs: fallback::needs(step.needs),
    }
}

pub(crate) const fn method(method: Option<Method>) -> pb::Method {
    match method {
        None => pb::Method::Unspecified,
        Some(Method::Face) => pb::Method::Face,
        Some(Method::Pin) => pb::Method::Pin,
        Some(Method::GuardianPin) => pb::Method::GuardianPin,
        Some(Method::StaffVisual) => pb::Method::StaffVisual,
        Some(Method::Device) => pb::Method::Device,
    }
}

pub(crate) const fn guidance(guidance: Option<Guidance>) -> pb::Guidance {
    match guidance {
        None => pb::Guidance::Unspecified,
        Some(Guidance::PresentCard) => pb::Guidance::PresentCard,
        Some(Guidance::HoldPhone) => pb::Guidance::HoldPhone,
        Some(Guidance::OtherMedium) => pb::Guidance::OtherMedium,
        Some(Guidance::KeepStill) => pb::Guidance::KeepStill,
        Some(Guidance::TryAgain) => pb::Guidance::TryAgain,
        Some(Guidance::TypePin) => pb::Guidance::TypePin,
        Some(Guidance::TakeCard) => pb::Guidance::TakeCard,
        Some(Guidance::TouchScreenFirst) => pb::Guidance::TouchScreenFirst,
        Some(Guidance::UseReaderScreen) => pb::Guidance::UseReaderScreen,
        Some(Guidance::LookAtCamera) => pb::Guidance::LookAtCamera,
        Some(Guidance::FaceAgain) => pb::Guidance::FaceAgain,
        Some(Guidance::OnePersonOnly) => pb::Guidance::OnePersonOnly,
        Some(Guidance::UncoverCamera) => pb::Guidance::UncoverCamera,
        Some(Guidance::ArmWallet) => pb::Guidance::ArmWallet,
        Some(Guidance::WaitForStaff) => pb::Guidance::WaitForStaff,
    }
}

const fn next_step(step: NextStep) -> pb::NextStep {
    match step {
        NextStep::TryAgain => pb::NextStep::TryAgain,
        NextStep::UseCard => pb::NextStep::UseCard,
        NextStep::ShowMynaportal => pb::NextStep::ShowMynaportal,
        NextStep::ShowEligibilityNotice => pb::NextStep::ShowEligibilityNotice,
        NextStep::ShowEligibilityCertificate => pb::NextStep::ShowEligibilityCertificate,
        NextStep::ConfirmOrally => pb::NextStep::ConfirmOrally,
        NextStep::FileDeclaration => pb::NextStep::FileDeclaration,
        NextStep::VisitMunicipality => pb::NextStep::VisitMunicipality,
        NextStep::CheckReader => pb::NextStep::CheckReader,
        NextStep::UseFace => pb::NextStep::UseFace,
        NextStep::CheckVisually => pb::NextStep::CheckVisually,
        NextStep::RegisterCard => pb::NextStep::RegisterCard,
        NextStep::ShowInsuranceCard => pb::NextStep::ShowInsuranceCard,
        NextStep::UsePin => pb::NextStep::UsePin,
        NextStep::ContinueEligibilityOnly => pb::NextStep::ContinueEligibilityOnly,
    }
}
