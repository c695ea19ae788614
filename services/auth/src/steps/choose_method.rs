//! How is the person verified? Asked where the reader has more than the PIN.

use madoguchi_core::authentication::State;
use madoguchi_core::check_in::{Action, Guidance};
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, Page, PinHolder};
use madoguchi_core::{Method, Reason};

use super::{Step, ask};
use crate::Submission;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let options = walk.ladder.methods();
    let method = match options.as_slice() {
        [] => return Err(walk.trouble.unwrap_or(Reason::FaceNotVerified)),
        [only] => *only,
        _ => choose(walk, options).await?,
    };
    walk.holder = match method {
        Method::GuardianPin => PinHolder::Guardian,
        _ => PinHolder::Patient,
    };
    match method {
        Method::Face => Ok(Step::VerifyFace),
        Method::Pin | Method::GuardianPin => Ok(Step::EnterPin),
        Method::StaffVisual => Ok(Step::CheckVisually),
        Method::Device => Err(Reason::Internal),
    }
}

async fn choose(walk: &mut Walk<'_>, options: Vec<Method>) -> Result<Method, Reason> {
    walk.view.state = State::ChoosingMethod;
    walk.view.guidance = walk
        .station
        .panel_can(Capability::Screen)
        .then_some(Guidance::UseReaderScreen);
    // Staff have their own way in on a reader that has one; on the others they answer at the console.
    let on_reader = walk.ladder.visual_on_reader;
    let last_try = walk.tries_left == Some(1);
    let shown: Vec<_> = options
        .iter()
        .copied()
        .filter(|method| match method {
            Method::StaffVisual => on_reader,
            // Patient and staff have to agree that the last try is spent.
            Method::Pin | Method::GuardianPin => !last_try,
            _ => true,
        })
        .collect();
    let page = |_: &str| Page::ChooseMethod {
        options: shown.clone(),
    };
    let action = Action::ChooseMethod {
        options: options.clone(),
    };
    match ask::ask_with_card(walk, action, page, read).await? {
        Submission::Method(method) if options.contains(&method) => Ok(method),
        Submission::Method(_) => Err(Reason::DriverProtocolError),
        _ => Err(Reason::Internal),
    }
}

fn read(answer: Answer) -> Option<Submission> {
    match answer {
        Answer::Method(method) => Some(Submission::Method(method)),
        _ => None,
    }
}
