//! The face is compared with the photo on the card, by the maker's own operation; again where it was not recognised,
//! and then the next way.

use madoguchi_core::authentication::State;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::screen::{FaceOutcome, FaceRequest};
use madoguchi_core::{Method, Reason};

use super::Step;
use crate::station::PATIENCE;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let mut again_because = None;
    loop {
        walk.view.state = State::VerifyingFace;
        walk.view.guidance = Some(guidance(again_because));
        walk.desk.show(&walk.view).await?;
        let request = FaceRequest {
            again_because,
            language: walk.station.language().to_owned(),
        };
        match walk.lease()?.verify_face(&request, PATIENCE).await {
            Ok(FaceOutcome::Match) => {
                walk.view.method = Some(Method::Face);
                return Ok(Step::Sign);
            }
            Ok(FaceOutcome::Declined) => break,
            Ok(outcome) => {
                walk.ladder.faces += 1;
                again_because = Some(outcome);
                if walk.ladder.faces >= walk.workflow.options.max_face_attempts {
                    break;
                }
            }
            // The camera, not the person: the other ways are still there.
            Err(Reason::PatientTimeout | Reason::ReaderUnavailable) => break,
            Err(reason) => return Err(reason),
        }
    }
    walk.ladder.face = false;
    walk.fall(Reason::FaceNotVerified)
}

const fn guidance(again_because: Option<FaceOutcome>) -> Guidance {
    match again_because {
        Some(FaceOutcome::NoMatch) => Guidance::FaceAgain,
        Some(FaceOutcome::SeveralFaces) => Guidance::OnePersonOnly,
        Some(FaceOutcome::CameraCovered) => Guidance::UncoverCamera,
        _ => Guidance::LookAtCamera,
    }
}
