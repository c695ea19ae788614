//! What a reader does with a person: screens, PIN, face, staff's eyes, a whole visit.

use madoguchi_core::Reason;
use madoguchi_driver_api::{Error, Reader};

use super::inbox::{Person, Reply, Task, tell};

/// Has the reader do it. Says what the driver said where it failed.
pub(super) fn serve(reader: &mut dyn Reader, person: Person) -> Result<(), Error> {
    let Person { call, task } = person;
    match task {
        Task::Present { screen, reply } => settle(reply, reader.present(&screen, &call)),
        Task::EnterPin { request, reply } => settle(reply, reader.enter_pin(&request, &call)),
        Task::VerifyFace { request, reply } => settle(reply, reader.verify_face(&request, &call)),
        Task::AcceptVisual { reply } => settle(reply, reader.accept_visual(&call)),
        Task::RunVisit { plan, news, reply } => {
            // A gateway that does not keep up misses a step, never the outcome.
            let mut progress = |step| {
                let _ = news.try_send(step);
            };
            settle(reply, reader.run_visit(&plan, &mut progress, &call))
        }
    }
}

/// Answers that it cannot be done now.
pub(super) fn refuse(person: Person, reason: Reason) {
    match person.task {
        Task::Present { reply, .. } => tell(reply, Err(reason)),
        Task::EnterPin { reply, .. } => tell(reply, Err(reason)),
        Task::VerifyFace { reply, .. } => tell(reply, Err(reason)),
        Task::AcceptVisual { reply } => tell(reply, Err(reason)),
        Task::RunVisit { reply, .. } => tell(reply, Err(reason)),
    }
}

fn settle<T>(reply: Reply<T>, result: Result<T, Error>) -> Result<(), Error> {
    match result {
        Ok(done) => {
            tell(reply, Ok(done));
            Ok(())
        }
        Err(error) => {
            tell(reply, Err(reason(&error)));
            Err(error)
        }
    }
}

/// A deadline that passes here is a person's, not the driver's.
const fn reason(error: &Error) -> Reason {
    match error {
        Error::Timeout => Reason::PatientTimeout,
        other => other.reason(),
    }
}
