//! Check-ins.

use madoguchi_core::Medium;
use madoguchi_core::check_in::{Action, CancelledBy, CheckIn, Outcome, PendingAction, State};
use madoguchi_proto::checkin::v1 as pb;
use time::OffsetDateTime;

use super::{auth, certificate, consent, deferral, eligibility, moment, text};

/// A check-in, with what its receipt lets be seen at that moment.
pub(crate) fn check_in(one: CheckIn, now: OffsetDateTime) -> pb::CheckIn {
    pb::CheckIn {
        check_in_id: one.id.into(),
        counter_id: one.counter_id.into(),
        sequence: one.sequence,
        state: state(one.state).into(),
        pending_action: one.pending.map(pending),
        guidance: auth::guidance(one.guidance).into(),
        medium: certificate::medium(one.medium).into(),
        method: auth::method(one.method).into(),
        reader_id: text(one.reader_id),
        certificate_check: one.check.map(certificate::check),
        consent_receipt: one.receipt.map(|receipt| consent::receipt(receipt, now)),
        eligibility_answer: one.answer.map(eligibility::answer),
        outcome: one.outcome.map(|end| outcome(end, one.medium)),
        apdu_count: one.apdu_count,
        start_time: Some(moment(one.started_at)),
        update_time: Some(moment(one.updated_at)),
        expire_time: Some(moment(one.expires_at)),
        visual_check: one.visual_check.map(auth::visual_check),
        outage: one.outage.map(deferral::outage),
        evidence: one.evidence.map(|evidence| evidence.token).unwrap_or_default(),
    }
}

const fn state(state: State) -> pb::check_in::State {
    use pb::check_in::State as Wire;
    match state {
        State::ChoosingMedium => Wire::ChoosingMedium,
        State::ChoosingMethod => Wire::ChoosingMethod,
        State::WaitingForPin => Wire::WaitingForPin,
        State::WaitingForCard => Wire::WaitingForCard,
        State::ReadingCard => Wire::ReadingCard,
        State::VerifyingFace => Wire::VerifyingFace,
        State::WaitingForStaff => Wire::WaitingForStaff,
        State::Signing => Wire::Signing,
        State::WaitingForRegistration => Wire::WaitingForRegistration,
        State::WaitingForConsent => Wire::WaitingForConsent,
        State::CheckingEligibility => Wire::CheckingEligibility,
        State::Completed => Wire::Completed,
        State::Deferred => Wire::Deferred,
        State::Failed => Wire::Failed,
        State::Cancelled => Wire::Cancelled,
        State::Expired => Wire::Expired,
    }
}

fn pending(pending: PendingAction) -> pb::PendingAction {
    use pb::pending_action::Action as Wire;
    let action = match pending.action {
        Action::ChooseMedium { options } => Wire::ChooseMedium(auth::choose_medium(options)),
        Action::EnterPin(prompt) => Wire::EnterPin(auth::enter_pin(prompt)),
        Action::ChooseMethod { options } => Wire::ChooseMethod(auth::choose_method(options)),
        Action::CheckVisually(prompt) => Wire::CheckVisually(auth::check_visually(prompt)),
        Action::DecideRegistration => Wire::DecideRegistration(pb::DecideRegistration {}),
        Action::DecideConsents(question) => Wire::DecideConsents(consent::question(question)),
    };
    pb::PendingAction {
        action_id: pending.id.into(),
        action: Some(action),
    }
}

fn outcome(outcome: Outcome, medium: Option<Medium>) -> pb::CheckInOutcome {
    use pb::check_in_outcome::Outcome as Wire;
    let outcome = match outcome {
        Outcome::Completed(full) => Wire::Completed(pb::Completed {
            certificate_outcome: certificate::outcome(full).into(),
        }),
        Outcome::Deferred(deferred) => Wire::Deferred(deferral::deferred(deferred)),
        Outcome::Failed(failure) => Wire::Failed(auth::failure(failure, medium)),
        Outcome::Cancelled(by) => Wire::Cancelled(pb::Cancelled {
            cancelled_by: cancelled_by(by).into(),
        }),
        Outcome::Expired => Wire::Expired(pb::Expired {}),
    };
    pb::CheckInOutcome {
        outcome: Some(outcome),
    }
}

const fn cancelled_by(by: CancelledBy) -> pb::CancelledBy {
    match by {
        CancelledBy::Caller => pb::CancelledBy::Caller,
        CancelledBy::Shutdown => pb::CancelledBy::Shutdown,
        CancelledBy::Patient => pb::CancelledBy::Patient,
    }
}
