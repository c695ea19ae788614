//! Visits with the flaw.

use std::time::Duration;

use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Call, Error, Method, Reader, Reason};

use crate::Flaw;

/// A deadline that comes so soon is one that a rule waits for.
const SHORT: Duration = Duration::from_millis(200);

pub(crate) fn run(
    good: &mut dyn Reader,
    flaw: Flaw,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress),
    call: &Call,
) -> Result<Outcome, Error> {
    let short = call.check().is_ok() && call.remaining() < SHORT;
    match flaw {
        Flaw::SignsOther => {
            let mut other = plan.clone();
            other.challenge.iter_mut().for_each(|byte| *byte ^= 0xFF);
            good.run_visit(&other, progress, call)
        }
        Flaw::NoProgress => good.run_visit(plan, &mut |_| {}, call),
        Flaw::VisitIgnoresCancel if call.check().is_ok() => good.run_visit(
            plan,
            progress,
            &Call::within(call.remaining().min(Duration::from_secs(2))),
        ),
        Flaw::VisitLate if short => {
            let result = good.run_visit(plan, progress, call);
            std::thread::sleep(Duration::from_millis(500));
            result
        }
        _ => told(flaw, good.run_visit(plan, progress, call), call),
    }
}

/// What is told of how it ended.
fn told(flaw: Flaw, result: Result<Outcome, Error>, call: &Call) -> Result<Outcome, Error> {
    let failed = |reason| Ok(Outcome::Failed { reason });
    match (flaw, result) {
        (
            Flaw::OtherCertificate | Flaw::ConsentsToAll | Flaw::SaysPin,
            Ok(Outcome::Verified {
                medium,
                mut method,
                mut certificate,
                signature,
                mut decisions,
            }),
        ) => {
            match flaw {
                // The issuer's signature is last: the key stays as it is.
                Flaw::OtherCertificate => certificate
                    .iter_mut()
                    .last()
                    .into_iter()
                    .for_each(|byte| *byte ^= 0x01),
                Flaw::SaysPin => method = Method::Pin,
                _ => decisions.iter_mut().for_each(|decision| decision.granted = true),
            }
            Ok(Outcome::Verified {
                medium,
                method,
                certificate,
                signature,
                decisions,
            })
        }
        (Flaw::HidesQuit, Ok(Outcome::Quit)) | (Flaw::BlamesPatient, Ok(Outcome::Failed { .. })) => {
            failed(Reason::PatientTimeout)
        }
        (Flaw::KeepsPhone, Ok(Outcome::HandedOver { .. })) => failed(Reason::CardNotRecognized),
        (Flaw::HidesUnplug, Err(Error::ReaderRemoved | Error::ServiceUnavailable)) => {
            let left = call.remaining().min(Duration::from_millis(500));
            std::thread::sleep(left);
            Err(Error::Timeout)
        }
        (_, result) => result,
    }
}
