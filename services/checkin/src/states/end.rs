//! Every visit ends in one typed outcome, whatever ended it.

use madoguchi_auth::{End, Farewell, Ways, failure, meanwhile};
use madoguchi_core::Reason;
use madoguchi_core::check_in::{CancelledBy, CheckIn, Outcome, State};
use madoguchi_core::deferral::Deferred;

use crate::visit::Known;

/// Puts the end into the check-in.
pub(crate) fn enter(now: &mut CheckIn, end: End<Result<Known, Reason>>, ways: Ways) {
    now.pending = None;
    now.guidance = None;
    let (state, outcome) = match end {
        End::Ran(Ok(Known::Answered(answer))) => {
            let outcome = Outcome::Completed(answer.certificate_outcome);
            now.answer = Some(*answer);
            (State::Completed, outcome)
        }
        End::Ran(Ok(Known::Deferred(deferral))) => {
            let reason = deferral.because;
            let deferred = Deferred {
                deferral_id: deferral.id,
                certificate: deferral.certificate,
                reason,
                next_steps: meanwhile(reason, now.medium, ways, now.started_at),
            };
            (State::Deferred, Outcome::Deferred(deferred))
        }
        End::Ran(Err(Reason::PatientQuit)) => (State::Cancelled, Outcome::Cancelled(CancelledBy::Patient)),
        End::Ran(Err(reason)) => (
            State::Failed,
            Outcome::Failed(failure(reason, now.medium, ways, now.started_at)),
        ),
        End::Cancelled => (State::Cancelled, Outcome::Cancelled(CancelledBy::Caller)),
        End::ShuttingDown => (State::Cancelled, Outcome::Cancelled(CancelledBy::Shutdown)),
        End::Expired => (State::Expired, Outcome::Expired),
    };
    now.state = state;
    now.outcome = Some(outcome);
}

/// What the reader's screen says of the end that was told.
pub(crate) const fn farewell(told: &CheckIn) -> Farewell {
    match told.state {
        State::Completed => Farewell::Completed,
        // Whoever is insured or not nobody knows yet: the patient goes to the counter.
        State::Deferred | State::Failed => Farewell::Failed,
        _ => Farewell::Idle,
    }
}

/// Ends what could not be put on disk.
pub(crate) fn unkept(ended: CheckIn) -> CheckIn {
    failed(ended, Reason::StoreUnavailable)
}

/// Ends for that reason what would have ended well.
pub(crate) fn failed(mut ended: CheckIn, reason: Reason) -> CheckIn {
    ended.answer = None;
    ended.evidence = None;
    enter(&mut ended, End::Ran(Err(reason)), Ways::default());
    ended
}

/// Ends what an earlier process left open.
pub(crate) fn abandon(mut left: CheckIn) -> CheckIn {
    enter(
        &mut left,
        End::Ran(Err(Reason::GatewayRestarted)),
        Ways::default(),
    );
    left
}
