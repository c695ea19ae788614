//! A circuit breaker: a service that does not answer is left alone for a while, and its callers are told at once.

use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::eligibility::{Availability, Circuit, Source, Status};
use time::OffsetDateTime;
use tokio::sync::watch;

/// When it opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Failures one after the other that open it.
    pub failures: u32,
    /// How long it stays open.
    pub open: Duration,
}

/// The breaker in front of one service. Its state is read from [`Breaker::status`].
#[derive(Debug)]
pub struct Breaker {
    thresholds: Thresholds,
    state: watch::Sender<Status>,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(source: Source, thresholds: Thresholds) -> Self {
        let status = Status {
            availability: Availability::Unknown,
            circuit: Some(Circuit::Closed),
            ..Status::always(source)
        };
        Self {
            thresholds,
            state: watch::Sender::new(status),
        }
    }

    /// How things stand.
    #[must_use]
    pub fn status(&self) -> Status {
        self.state.borrow().clone()
    }

    /// Asks for leave to call; what came of it has to be told with [`Breaker::succeeded`] or [`Breaker::failed`].
    ///
    /// # Errors
    /// [`Reason::EligibilityUnavailable`] while it is open. Of those who come when its time is up, one passes.
    pub fn pass(&self, now: OffsetDateTime) -> Result<(), Reason> {
        let mut passes = true;
        self.state.send_if_modified(|status| {
            let due = status.next_try_at.is_none_or(|at| at <= now);
            match status.circuit {
                Some(Circuit::Open | Circuit::HalfOpen) if due => {
                    // Whoever tries and is given up meanwhile is not waited for for ever.
                    status.next_try_at = now.checked_add(self.open());
                    status.circuit = Some(Circuit::HalfOpen);
                    true
                }
                Some(Circuit::Open | Circuit::HalfOpen) => {
                    passes = false;
                    false
                }
                Some(Circuit::Closed) | None => false,
            }
        });
        passes.then_some(()).ok_or(Reason::EligibilityUnavailable)
    }

    /// The service answered, whatever it said.
    pub fn succeeded(&self, now: OffsetDateTime) {
        self.state.send_modify(|status| {
            if status.circuit != Some(Circuit::Closed) {
                tracing::info!("the eligibility service is back: its circuit is closed");
            }
            status.availability = Availability::Available;
            status.circuit = Some(Circuit::Closed);
            status.consecutive_failures = 0;
            status.last_success_at = Some(now);
            status.next_try_at = None;
        });
    }

    /// It did not.
    pub fn failed(&self, reason: Reason, now: OffsetDateTime) {
        self.state.send_modify(|status| {
            status.availability = Availability::Away;
            status.consecutive_failures = status.consecutive_failures.saturating_add(1);
            status.last_failure_at = Some(now);
            status.last_failure = Some(reason);
            let again = status.circuit == Some(Circuit::HalfOpen);
            if again || status.consecutive_failures >= self.thresholds.failures {
                if status.circuit == Some(Circuit::Closed) {
                    let failures = status.consecutive_failures;
                    tracing::warn!(
                        failures,
                        "the eligibility service does not answer: its circuit is open"
                    );
                }
                status.circuit = Some(Circuit::Open);
                status.next_try_at = now.checked_add(self.open());
            }
        });
    }

    fn open(&self) -> time::Duration {
        time::Duration::try_from(self.thresholds.open).unwrap_or(time::Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn it_opens_rests_lets_one_through_and_closes() {
        let start = datetime!(2026-11-26 09:00 UTC);
        let at = |seconds| start + time::Duration::seconds(seconds);
        let thresholds = Thresholds {
            failures: 3,
            open: Duration::from_secs(30),
        };
        let breaker = Breaker::new(Source::Remote, thresholds);
        let circuit = || breaker.status().circuit.unwrap();
        assert_eq!(breaker.status().availability, Availability::Unknown);
        for second in 0..2 {
            assert!(breaker.pass(at(second)).is_ok());
            breaker.failed(Reason::EligibilityUnavailable, at(second));
            assert_eq!(circuit(), Circuit::Closed);
        }
        // An answer in between begins the count anew.
        breaker.succeeded(at(2));
        for second in 3..6 {
            assert!(breaker.pass(at(second)).is_ok());
            breaker.failed(Reason::EligibilityUnavailable, at(second));
        }
        assert_eq!(
            (circuit(), breaker.status().next_try_at),
            (Circuit::Open, Some(at(35)))
        );
        assert_eq!(breaker.pass(at(34)), Err(Reason::EligibilityUnavailable));
        // One passes and the others do not; its failure opens again.
        assert!(breaker.pass(at(35)).is_ok());
        assert_eq!(circuit(), Circuit::HalfOpen);
        assert!(breaker.pass(at(36)).is_err());
        breaker.failed(Reason::EligibilityUnavailable, at(37));
        assert_eq!(circuit(), Circuit::Open);
        assert!(breaker.pass(at(66)).is_err());
        // One that never says how it ended is not waited for for ever.
        assert!(breaker.pass(at(67)).is_ok());
        assert!(breaker.pass(at(96)).is_err());
        assert!(breaker.pass(at(97)).is_ok());
        breaker.succeeded(at(98));
        let status = breaker.status();
        assert_eq!(
            (circuit(), status.availability, status.consecutive_failures),
            (Circuit::Closed, Availability::Available, 0)
        );
        assert!(breaker.pass(at(98)).is_ok() && breaker.pass(at(98)).is_ok());
    }
}
