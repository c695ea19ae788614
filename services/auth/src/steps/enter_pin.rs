//! The PIN is typed: a card's while it lies on the reader, an Android phone's before the tap.

use madoguchi_core::authentication::State;
use madoguchi_core::check_in::{Action, Guidance, PinPrompt};
use madoguchi_core::{Medium, Reason};

use super::Step;
use crate::Submission;
use crate::workflow::{HeldPin, Walk};

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let on_the_reader = walk.lease.is_some();
    walk.view.state = State::WaitingForPin;
    walk.view.guidance = on_the_reader.then_some(Guidance::TypePin);
    let prompt = PinPrompt {
        tries_left: walk.tries_left,
        last_try: walk.tries_left == Some(1),
        again_because: walk.again_because.take(),
    };
    walk.pin_asked = true;
    let question = walk.desk.ask(&walk.view, Action::EnterPin(prompt));
    let submission = match &mut walk.lease {
        // The card is powered and exclusively ours, but no transaction is held while a human thinks.
        Some(lease) => tokio::select! {
            biased;
            submission = question => submission?,
            () = lease.wait_for_removal() => return Err(Reason::CardRemoved),
        },
        None => question.await?,
    };
    let Submission::Pin {
        pin,
        confirm_last_try,
    } = submission
    else {
        return Err(Reason::Internal);
    };
    walk.pin = Some(HeldPin {
        pin,
        confirm_last_try,
    });
    Ok(if walk.view.medium == Some(Medium::Android) {
        Step::WaitForCard
    } else {
        Step::VerifyPin
    })
}
