//! Every visit ends in one typed outcome, whatever ended it.

use madoguchi_auth::{End, Farewell, Ways, failure};
use madoguchi_core::Reason;
use madoguchi_core::check_in::{CancelledBy, CheckIn, Outcome, State};
use madoguchi_core::eligibility::Answer;

/// Puts the end into the check-in and says the reason for the audit log, where there is one.
pub(crate) fn enter(now: &mut CheckIn, end: End<Result<Answer, Reason>>, ways: Ways) -> Option<Reason> {
    now.pending = None;
    now.guidance = None;
    let (state, outcome, reason) = match end {
        End::Ran(Ok(answer)) => {
            let outcome = Outcome::Completed(answer.certificate_outcome);
            now.answer = Some(answer);
            (State::Completed, outcome, None)
        }
        End::Ran(Err(Reason::PatientQuit)) => (
            State::Cancelled,
            Outcome::Cancelled(CancelledBy::Patient),
            Some(Reason::PatientQuit),
        ),
        End::Ran(Err(reason)) => (
            State::Failed,
            Outcome::Failed(failure(reason, now.medium, ways, now.started_at)),
            Some(reason),
        ),
        End::Cancelled => (
            State::Cancelled,
            Outcome::Cancelled(CancelledBy::Caller),
            Some(Reason::VisitCancelled),
        ),
        End::ShuttingDown => {
            let outcome = Outcome::Cancelled(CancelledBy::Shutdown);
            (State::Cancelled, outcome, Some(Reason::GatewayShuttingDown))
        }
        End::Expired => (State::Expired, Outcome::Expired, Some(Reason::VisitExpired)),
    };
    now.state = state;
    now.outcome = Some(outcome);
    reason
}

/// What the reader's screen says of the end that was told.
pub(crate) const fn farewell(told: &CheckIn) -> Farewell {
    match told.state {
        State::Completed => Farewell::Completed,
        State::Failed => Farewell::Failed,
        _ => Farewell::Idle,
    }
}

/// Ends what could not be put on disk.
pub(crate) fn unkept(mut ended: CheckIn) -> CheckIn {
    ended.answer = None;
    enter(
        &mut ended,
        End::Ran(Err(Reason::StoreUnavailable)),
        Ways::default(),
    );
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
