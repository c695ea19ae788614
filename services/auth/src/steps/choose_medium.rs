//! Which medium does the patient use? Asked where the caller did not say so; only what the counter can read now. What
//! is held up before the answer is noticed and used if it still fits.

use futures_util::StreamExt as _;
use madoguchi_core::authentication::State as Stands;
use madoguchi_core::check_in::{Action, Guidance};
use madoguchi_core::reader::{Capability, Readers, Snapshot, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Medium, ReaderId, Reason};

use super::{Step, ask};
use crate::Submission;
use crate::counters::Counter;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let medium = match walk.plan.medium {
        Some(medium) => medium,
        None => choose(walk).await?,
    };
    if walk.view.medium != Some(medium) {
        // What was typed for another medium is nothing to this one.
        walk.pin = None;
        walk.tries_left = None;
    }
    walk.view.medium = Some(medium);
    walk.notice = None;
    // What was held up too early or by mistake is used if it is what was chosen now.
    if walk.misfit.as_ref().is_some_and(|misfit| misfit.medium == medium) {
        walk.misfit = None;
    }
    walk.forget_misfit_that_left();
    Ok(begin(walk, medium).await)
}

/// What comes first with a medium.
pub(super) async fn begin(walk: &mut Walk<'_>, medium: Medium) -> Step {
    if medium.is_phone() {
        // A reader that cannot be had now is waited for with the tap.
        let _ = walk.station.hold_phone_reader().await;
    }
    // An Android phone shows its certificate only after VERIFY, and the tap is short: the PIN comes first.
    if medium == Medium::Android {
        Step::EnterPin
    } else {
        Step::WaitForCard
    }
}

async fn choose(walk: &mut Walk<'_>) -> Result<Medium, Reason> {
    let readers = walk.workflow.readers.clone();
    let counter = walk.plan.counter.clone();
    walk.view.state = Stands::ChoosingMedium;
    walk.station.come_back().await;
    loop {
        let snapshot = readers.snapshot();
        let options = counter.media(&snapshot);
        if options.is_empty() {
            // Who pulled the plug may put it back, here as anywhere in the visit.
            let held = walk.station.held();
            let readable = otherwise(&*readers, &counter, &held, &[], false);
            let grace = walk.workflow.options.reader_grace();
            let back = tokio::time::timeout(grace, readable).await;
            back.map_err(|_| Reason::ReaderRemoved)?;
            walk.station.come_back().await;
            continue;
        }
        let on_screen = walk.station.panel_can(Capability::Screen);
        let held = walk.station.held();
        let tapped = on_screen && something_is_held_up(&counter, &held, &snapshot);
        walk.view.guidance = match walk.notice {
            Some(notice) => Some(notice),
            None if tapped => Some(Guidance::TouchScreenFirst),
            None if on_screen => Some(Guidance::UseReaderScreen),
            None => None,
        };
        let notice = walk.notice.or(tapped.then_some(Guidance::TouchScreenFirst));
        let page = |_: &str| Page::ChooseMedium {
            options: options.clone(),
            notice,
        };
        let action = Action::ChooseMedium {
            options: options.clone(),
        };
        let chosen = tokio::select! {
            biased;
            chosen = ask::ask(walk, action, page, read) => chosen?,
            () = otherwise(&*readers, &counter, &held, &options, on_screen && !tapped) => continue,
        };
        return match chosen {
            Submission::Medium(medium) if options.contains(&medium) => Ok(medium),
            Submission::Medium(_) => Err(Reason::DriverProtocolError),
            _ => Err(Reason::Internal),
        };
    }
}

fn read(answer: Answer) -> Option<Submission> {
    match answer {
        Answer::Medium(medium) => Some(Submission::Medium(medium)),
        _ => None,
    }
}

/// Waits until the counter can read other media than these, or, where taps are looked for, something is held up.
async fn otherwise(
    readers: &dyn Readers,
    counter: &Counter,
    held: &[ReaderId],
    options: &[Medium],
    taps: bool,
) {
    let mut snapshots = readers.watch();
    while let Some(snapshot) = snapshots.next().await {
        let noticed = taps && something_is_held_up(counter, held, &snapshot);
        if noticed || counter.media(&snapshot) != options {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// What the patient before still holds up, on a reader that is kept until he lifts it, is not meant.
fn something_is_held_up(counter: &Counter, held: &[ReaderId], snapshot: &Snapshot) -> bool {
    let mut readers = snapshot.readers.iter().filter(|reader| counter.has(reader));
    readers.any(|reader| reader.card_present && (reader.state == State::Ready || held.contains(&reader.id)))
}
