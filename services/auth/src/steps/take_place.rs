//! The visit takes the counter's reader with the screen, where there is one. It may have to wait: the patient before
//! left the card.

use std::time::Duration;

use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::{Capability, State};
use madoguchi_core::{Medium, Reason};

use super::Step;
use crate::station::loses_panel;
use crate::workflow::Walk;

/// Longer than a farewell without a card takes, shorter than somebody notices.
const UNNOTICED: Duration = Duration::from_millis(300);

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let mut taken = walk.station.take_panel(UNNOTICED).await;
    if taken == Err(Reason::ReaderBusy) {
        walk.view.guidance = Some(Guidance::TakeCard);
        walk.desk.show(&walk.view).await?;
        taken = walk.station.take_panel(walk.workflow.options.card_wait()).await;
        walk.view.guidance = None;
    }
    match taken {
        Ok(()) => {}
        // A reader that cannot be used now is awaited where it is needed.
        Err(reason) if loses_panel(reason) || reason == Reason::ReaderUnavailable => {}
        Err(Reason::ReaderNotFound) => {}
        Err(reason) => return Err(reason),
    }
    // What patient and staff agreed on needs no program that only reads cards.
    let is_phone = walk.plan.medium.is_some_and(Medium::is_phone);
    if !is_phone && !walk.station.has_panel() && leads_later(walk) {
        let grace = walk.workflow.options.reader_grace();
        // Where it does not come back in time the other readers of the counter are used, if any.
        let _ = tokio::time::timeout(grace, walk.station.panel_comes()).await;
    }
    let leads = walk.station.panel_can(Capability::Delegated);
    let reads_it = !is_phone || walk.station.panel_can(Capability::NfcPhone);
    Ok(if leads && reads_it {
        Step::Delegate
    } else {
        Step::ChooseMedium
    })
}

/// Whether a reader whose program leads visits stands at the counter and cannot be used just now: nothing after this
/// step would lead the visit back to it.
fn leads_later(walk: &Walk<'_>) -> bool {
    let snapshot = walk.workflow.readers.snapshot();
    let mut readers = snapshot.readers.iter();
    readers.any(|reader| {
        walk.plan.counter.has(reader)
            && reader.capabilities.contains(&Capability::Delegated)
            && reader.state == State::Unavailable
            && reader.out_of_service.is_none()
    })
}
