//! What lies on the reader is looked at: is it the chosen medium, what is its certificate good for, can its PIN be
//! tried? A certificate that is good for nothing ends the visit before anybody types a PIN.

use std::sync::Arc;

use madoguchi_core::authentication::State;
use madoguchi_core::reader::PinStatus;
use madoguchi_core::{Medium, Method, Reason};

use super::Step;
use crate::ladder::Ladder;
use crate::misfit::Misfit;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    walk.view.state = State::ReadingCard;
    walk.view.guidance = None;
    walk.desk.show(&walk.view).await?;
    let found = walk.lease()?.open_card().await?.medium;
    walk.station.opened(found);
    if Some(found) != walk.view.medium {
        let readers = &walk.workflow.readers;
        let reader_id = walk.view.reader_id.clone();
        walk.misfit = reader_id.map(|id| Misfit::new(Arc::clone(readers), id, found));
        return Err(Reason::MediumMismatch);
    }
    match found {
        Medium::Card => {
            walk.read_certificate(found).await?;
            let status = walk.pin_status().await?;
            let (faces, max_faces) = (walk.ladder.faces, walk.workflow.options.max_face_attempts);
            walk.ladder = Ladder::new(|can| walk.station.card_reader_can(can), status, faces, max_faces);
            let trouble = match status {
                PinStatus::TriesLeft(tries) => {
                    walk.tries_left = Some(tries);
                    None
                }
                PinStatus::Locked => Some(Reason::PinLocked),
                PinStatus::NotSet => Some(Reason::PinNotSet),
            };
            match trouble {
                // A reader of cards and nothing else.
                Some(reason) if !walk.ladder.face => walk.fall(reason),
                None if !walk.ladder.face => walk.fall(walk.trouble.unwrap_or(Reason::FaceNotVerified)),
                _ => Ok(Step::ChooseMethod),
            }
        }
        Medium::IPhone => {
            walk.read_certificate(found).await?;
            walk.view.method = Some(Method::Device);
            Ok(Step::Sign)
        }
        // Its PIN was typed before the tap.
        Medium::Android => Ok(Step::VerifyPin),
    }
}

/// An Android phone shows its certificate only after VERIFY.
pub(crate) async fn run_after_pin(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    walk.read_certificate(Medium::Android).await?;
    if let Some(certificate) = &walk.certificate {
        // Only now it is known whose PIN it was; before, the phone's own counter alone could say no.
        walk.workflow.budget.succeeded(certificate).await?;
    }
    Ok(Step::Sign)
}
