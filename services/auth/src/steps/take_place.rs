//! The visit takes the counter's reader with the screen, where there is one. It may have to wait: the patient before
//! left the card.

use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::Capability;

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
    Ok(if walk.station.panel_can(Capability::Delegated) {
        Step::Delegate
    } else {
        Step::ChooseMedium
    })
}
