//! Staff compare face and card by eye (目視), with their own name and a cause: on the reader where it can, at the console
//! or in the EMR in any case. The reader then lets the card sign by the maker's own operation.

use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::authentication::State;
use madoguchi_core::check_in::{Action, Guidance, VisualCause, VisualCheck, VisualPrompt};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Method, Reason, StaffId};

use super::{Step, ask};
use crate::Submission;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let because = walk.trouble;
    let on_reader = walk.ladder.visual_on_reader;
    walk.view.state = State::WaitingForStaff;
    walk.view.guidance = Some(Guidance::WaitForStaff);
    if !on_reader {
        let guidance = Guidance::WaitForStaff;
        walk.station.show(Page::Guide { guidance }).await;
    }
    let action = Action::CheckVisually(VisualPrompt { because, on_reader });
    let said = if on_reader {
        let read = |answer| read(answer, because);
        ask::ask_with_card(walk, action, |_| Page::StaffCheck, read).await?
    } else {
        let left_from = walk.lease()?.reader_id().clone();
        let readers = walk.workflow.readers.clone();
        tokio::select! {
            biased;
            said = walk.desk.ask(&walk.view, action) => said?,
            () = ask::card_is_lost(&*readers, &left_from) => return Err(Reason::CardRemoved),
        }
    };
    let Submission::VisualCheck(check) = said else {
        return Err(Reason::Internal);
    };
    record(walk, check).await?;
    walk.lease()?.accept_visual().await?;
    walk.view.method = Some(Method::StaffVisual);
    Ok(Step::Sign)
}

/// Puts down what staff said, before it counts; an error where they said no.
pub(super) async fn record(walk: &mut Walk<'_>, check: VisualCheck) -> Result<(), Reason> {
    let refused = (!check.confirmed).then_some(Reason::VisualCheckRefused);
    walk.view.visual_check = Some(check);
    let mut event = walk.event(AuditAction::VisualChecked);
    event.reason = refused;
    walk.workflow.audit.append(event).await?;
    refused.map_or(Ok(()), Err)
}

fn read(answer: Answer, because: Option<Reason>) -> Option<Submission> {
    let confirmed = match answer {
        Answer::Yes => true,
        Answer::No => false,
        _ => return None,
    };
    let cause = match because {
        None => VisualCause::PatientAsked,
        Some(Reason::PinLocked) => VisualCause::PinLocked,
        Some(Reason::FaceNotVerified | Reason::PinWrong | Reason::PinNotSet) => VisualCause::FaceAndPin,
        Some(_) => VisualCause::ReaderTrouble,
    };
    Some(Submission::VisualCheck(VisualCheck {
        confirmed,
        staff_id: StaffId::at_the_reader(),
        cause: Some(cause),
    }))
}
