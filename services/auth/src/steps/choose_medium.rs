//! Which medium does the patient use? Asked where the caller did not say so; only what the counter can read now.

use madoguchi_core::authentication::State;
use madoguchi_core::check_in::Action;
use madoguchi_core::{Medium, Reason};

use super::Step;
use crate::Submission;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let medium = match walk.plan.medium {
        Some(medium) => medium,
        None => ask(walk).await?,
    };
    walk.view.medium = Some(medium);
    // An Android phone shows its certificate only after VERIFY, and the tap is short: the PIN comes first.
    Ok(if medium == Medium::Android {
        Step::EnterPin
    } else {
        Step::WaitForCard
    })
}

async fn ask(walk: &mut Walk<'_>) -> Result<Medium, Reason> {
    walk.view.state = State::ChoosingMedium;
    let options = walk.plan.counter.media(&walk.workflow.readers.snapshot());
    if options.is_empty() {
        return Err(Reason::ReaderNotFound);
    }
    match walk
        .desk
        .ask(&walk.view, Action::ChooseMedium { options })
        .await?
    {
        Submission::Medium(medium) => Ok(medium),
        _ => Err(Reason::Internal),
    }
}
