//! One call over the line: within its deadline, repeated only where that is safe, through the circuit breaker.

use std::future::Future;
use std::time::Duration;

use madoguchi_core::{Clock, Reason};
use madoguchi_eligibility::Breaker;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Pause before the first repetition; it doubles, and a random half of it is left out.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether a call may be made again when nobody knows whether it was processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Processed twice is as good as once.
    Safe,
    /// It consumes something: again only where it certainly did not arrive.
    OnlyUnsent,
}

/// How calls are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) deadline: Duration,
    pub(super) max_attempts: u32,
}

/// What became of an attempt that gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The service answered with this.
    Refused(Reason),
    /// The service does not let this gateway in, which is no patient's fault: until that is mended it is as good as away.
    NotLetIn(Reason),
    /// The connection could not be made: nothing was sent.
    Unsent,
    /// It may have been processed.
    Unknown,
}

/// Makes a call.
///
/// # Errors
/// What the service answered, or [`Reason::EligibilityUnavailable`].
pub(super) async fn call<T, F: Future<Output = Result<T, Status>>>(
    breaker: &Breaker,
    clock: &dyn Clock,
    manner: Manner,
    repeat: Repeat,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Reason> {
    let until = Instant::now() + manner.deadline;
    let mut pause = PAUSE;
    for left in (0..manner.max_attempts.max(1)).rev() {
        breaker.pass(clock.now())?;
        let failure = match timeout_at(until, attempt()).await {
            Ok(Ok(answer)) => {
                breaker.succeeded(clock.now());
                return Ok(answer);
            }
            Ok(Err(status)) => failure(&status),
            Err(_) => Failure::Unknown,
        };
        if let Failure::Refused(reason) = failure {
            breaker.succeeded(clock.now());
            return Err(reason);
        }
        if let Failure::NotLetIn(reason) = failure {
            tracing::error!(%reason, "the remote eligibility service refuses this gateway: its certificate or its role there");
            breaker.failed(reason, clock.now());
            break;
        }
        breaker.failed(Reason::EligibilityUnavailable, clock.now());
        let may = repeat == Repeat::Safe || failure == Failure::Unsent;
        let wait = jittered(pause);
        if !may || left == 0 || Instant::now() + wait >= until {
            break;
        }
        sleep(wait).await;
        pause = pause.saturating_mul(2);
    }
    Err(Reason::EligibilityUnavailable)
}

fn failure(status: &Status) -> Failure {
    let info = status.get_details_error_info();
    let reason = info.and_then(|info| info.reason.parse::<Reason>().ok());
    match (status.code(), reason) {
        // What stands behind it does not answer. It may have taken the challenge before it found that out.
        (_, Some(Reason::EligibilityUnavailable | Reason::GatewayShuttingDown)) => Failure::Unknown,
        (_, Some(reason @ (Reason::Unauthenticated | Reason::PermissionDenied))) => Failure::NotLetIn(reason),
        (Code::InvalidArgument, Some(reason)) => not_understood(reason),
        (_, Some(reason)) => Failure::Refused(reason),
        (Code::Unavailable, None) if never_connected(status) => Failure::Unsent,
        (Code::Unauthenticated, None) => Failure::NotLetIn(Reason::Unauthenticated),
        (Code::PermissionDenied, None) => Failure::NotLetIn(Reason::PermissionDenied),
        (Code::Unimplemented | Code::InvalidArgument, None) => not_understood(Reason::EligibilityRefused),
        _ => Failure::Unknown,
    }
}

/// No answer to the question, but to its form: what this gateway sends it has checked by the same rules.
fn not_understood(reason: Reason) -> Failure {
    tracing::error!(%reason, "ALARM: the remote eligibility service does not understand this gateway: are they of one version?");
    Failure::Refused(reason)
}

/// Whether the connection itself could not be made: hyper says so of the error below.
fn never_connected(status: &Status) -> bool {
    let mut below = std::error::Error::source(status);
    while let Some(error) = below {
        if error.to_string().contains("tcp connect error")
            || error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
        {
            return true;
        }
        below = error.source();
    }
    false
}

/// Between half the pause and the whole.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0u8];
    // Without randomness the whole pause is waited for.
    let part = SystemRandom::new()
        .fill(&mut byte)
        .map_or(u32::from(u8::MAX), |()| byte[0].into());
    let half = pause / 2;
    half + half * part / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    use madoguchi_core::clock::SystemClock;
    use madoguchi_core::eligibility::{Circuit, Source};
    use madoguchi_eligibility::Thresholds;

    use crate::rpc::status::of_reason;

    const MANNER: Manner = Manner {
        deadline: Duration::from_secs(2),
        max_attempts: 3,
    };

    fn breaker(failures: u32) -> Breaker {
        let open = Duration::from_secs(60);
        Breaker::new(Source::Remote, Thresholds { failures, open })
    }

    fn refused_connection() -> Status {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let mut status = Status::unavailable("it cannot be connected");
        let _ = status.set_source(std::sync::Arc::new(refused));
        status
    }

    /// Calls against a service that answers so each time; how it ended, and how often it was asked.
    async fn against(breaker: &Breaker, repeat: Repeat, status: impl Fn() -> Status) -> (Reason, u32) {
        let asked = AtomicU32::new(0);
        let ended: Result<(), _> = call(breaker, &SystemClock, MANNER, repeat, || {
            asked.fetch_add(1, Ordering::SeqCst);
            let status = status();
            async move { Err(status) }
        })
        .await;
        (ended.unwrap_err(), asked.into_inner())
    }

    #[tokio::test]
    async fn what_may_have_been_processed_is_repeated_only_where_that_is_harmless() {
        let away = Reason::EligibilityUnavailable;
        let lost = || Status::new(Code::Unknown, "the connection broke");
        assert_eq!(against(&breaker(9), Repeat::Safe, lost).await, (away, 3));
        assert_eq!(against(&breaker(9), Repeat::OnlyUnsent, lost).await, (away, 1));
        // It was there and said so: the challenge may be gone, and asking again would fail for that.
        for said in [away, Reason::GatewayShuttingDown] {
            let behind_it = || of_reason(said);
            assert_eq!(
                against(&breaker(9), Repeat::OnlyUnsent, behind_it).await,
                (away, 1)
            );
            assert_eq!(against(&breaker(9), Repeat::Safe, behind_it).await, (away, 3));
        }
        let unsent = refused_connection;
        assert_eq!(against(&breaker(9), Repeat::OnlyUnsent, unsent).await, (away, 3));
    }

    #[test]
    fn a_connection_that_was_refused_sent_nothing() {
        assert!(never_connected(&refused_connection()));
        assert!(!never_connected(&Status::unavailable("later")));
    }

    #[tokio::test]
    async fn an_answer_is_an_answer_and_not_repeated() {
        let breaker = breaker(1);
        let refused = || of_reason(Reason::SignatureInvalid);
        assert_eq!(
            against(&breaker, Repeat::Safe, refused).await,
            (Reason::SignatureInvalid, 1)
        );
        assert_eq!(breaker.status().circuit, Some(Circuit::Closed));
    }

    #[tokio::test]
    async fn who_is_not_let_in_is_not_answered_and_does_not_knock_again() {
        for reason in [Reason::Unauthenticated, Reason::PermissionDenied] {
            let breaker = breaker(2);
            let outside = || of_reason(reason);
            let away = (Reason::EligibilityUnavailable, 1);
            assert_eq!(against(&breaker, Repeat::Safe, outside).await, away);
            assert_eq!(
                breaker.status().last_failure,
                Some(reason),
                "an operator sees why"
            );
        }
    }

    #[tokio::test]
    async fn an_open_circuit_asks_nobody() {
        let breaker = breaker(2);
        let lost = || Status::new(Code::Unknown, "the connection broke");
        // The second failure opens it; the third attempt is not made.
        assert_eq!(against(&breaker, Repeat::Safe, lost).await.1, 2);
        assert_eq!(
            against(&breaker, Repeat::Safe, lost).await,
            (Reason::EligibilityUnavailable, 0)
        );
        assert_eq!(breaker.status().circuit, Some(Circuit::Open));
    }

    #[tokio::test]
    async fn the_deadline_is_of_the_call_and_not_of_an_attempt() {
        let manner = Manner {
            deadline: Duration::from_millis(120),
            max_attempts: 50,
        };
        let began = std::time::Instant::now();
        let ended: Result<(), _> = call(&breaker(99), &SystemClock, manner, Repeat::Safe, || async {
            std::future::pending::<()>().await;
            Ok(())
        })
        .await;
        assert_eq!(ended, Err(Reason::EligibilityUnavailable));
        assert!(
            began.elapsed() < Duration::from_millis(1_500),
            "{:?}",
            began.elapsed()
        );
    }
}
