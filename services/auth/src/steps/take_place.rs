//! The visit takes the counter's reader with the screen, where there is one. It may have to wait: the patient before
//! left the card. Where there is no screen it waits for a reader on which no such card lies.

use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::{Capability, Reader, Snapshot, State};
use madoguchi_core::{Medium, Reason};
use tokio::time::timeout;

use super::{Step, wait_for_card};
use crate::Workflow;
use crate::station::loses_panel;
use crate::workflow::Walk;

/// Longer than a farewell without a card takes, shorter than somebody notices.
const UNNOTICED: Duration = Duration::from_millis(300);

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let taken = match walk.station.take_panel(UNNOTICED).await {
        Err(Reason::ReaderBusy) => in_line(walk).await,
        Ok(()) if !walk.station.has_panel() => without_screen(walk).await,
        taken => taken,
    };
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
        let _ = timeout(grace, walk.station.panel_comes()).await;
    }
    let leads = walk.station.panel_can(Capability::Delegated);
    let reads_it = !is_phone || walk.station.panel_can(Capability::NfcPhone);
    Ok(if leads && reads_it {
        Step::Delegate
    } else {
        Step::ChooseMedium
    })
}

/// Waits for the reader with the screen. Only a card that was left is told: staff can do nothing else about it.
async fn in_line(walk: &mut Walk<'_>) -> Result<(), Reason> {
    let (workflow, counter) = (walk.workflow, &walk.plan.counter);
    let wait = workflow.options.card_wait();
    let left = until(workflow, |snapshot| {
        let mut readers = snapshot.readers.iter();
        readers.any(|reader| counter.has(reader) && has_left_card(workflow, reader))
    });
    tokio::select! {
        biased;
        taken = walk.station.take_panel(wait) => return taken,
        () = left => {}
    }
    tell(walk).await?;
    let taken = walk.station.take_panel(wait).await;
    walk.view.guidance = None;
    taken
}

/// Waits for a reader that the patient before has left.
async fn without_screen(walk: &mut Walk<'_>) -> Result<(), Reason> {
    let (workflow, plan) = (walk.workflow, walk.plan);
    let is_free = |snapshot: &Snapshot| {
        let serves = |reader: &&Reader| {
            plan.counter.has(reader)
                && reader.obstacle().is_none()
                && plan
                    .medium
                    .is_none_or(|medium| wait_for_card::reads(reader, medium))
        };
        let mut left = snapshot
            .readers
            .iter()
            .filter(serves)
            .map(|reader| has_left_card(workflow, reader))
            .peekable();
        // One that cannot be used now is awaited with the card.
        left.peek().is_none() || left.any(|left| !left)
    };
    if timeout(UNNOTICED, until(workflow, is_free)).await.is_ok() {
        return Ok(());
    }
    tell(walk).await?;
    let free = timeout(workflow.options.card_wait(), until(workflow, is_free)).await;
    walk.view.guidance = None;
    free.map_err(|_elapsed| Reason::ReaderBusy)
}

async fn tell(walk: &mut Walk<'_>) -> Result<(), Reason> {
    walk.view.guidance = Some(Guidance::TakeCard);
    walk.desk.show(&walk.view).await
}

/// Whether a card lies there that a visit before has read.
fn has_left_card(workflow: &Workflow, reader: &Reader) -> bool {
    reader.card_present && workflow.farewells.left.has(&reader.id)
}

/// Waits until the readers and what lies on them are like that.
async fn until(workflow: &Workflow, is_so: impl Fn(&Snapshot) -> bool) {
    let mut snapshots = workflow.readers.watch();
    let mut left = workflow.farewells.left.watch();
    while !is_so(&workflow.readers.snapshot()) {
        tokio::select! {
            Some(_) = snapshots.next() => {}
            Ok(()) = left.changed() => {}
            else => std::future::pending().await,
        }
    }
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
