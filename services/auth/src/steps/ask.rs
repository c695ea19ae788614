//! A question is put to the caller and to the patient on the reader's screen at the same time; the first answer counts.

use futures_util::{Stream, StreamExt as _};
use madoguchi_core::check_in::Action;
use madoguchi_core::reader::{Lies, Readers, left};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{ReaderId, Reason};

use crate::Submission;
use crate::workflow::Walk;

/// Asks both. A screen's answer that `read` cannot make sense of is a fault of the driver.
pub(super) async fn ask(
    walk: &mut Walk<'_>,
    action: Action,
    page: impl Fn(&str) -> Page + Send + Sync,
    read: impl Fn(Answer) -> Option<Submission>,
) -> Result<Submission, Reason> {
    let caller = walk.desk.ask(&walk.view, action);
    tokio::select! {
        biased;
        submission = caller => submission,
        answer = walk.station.answer(page) => read(answer?).ok_or(Reason::DriverProtocolError),
    }
}

/// The same while a card lies on a reader: taking it away ends the question.
pub(super) async fn ask_with_card(
    walk: &mut Walk<'_>,
    action: Action,
    page: impl Fn(&str) -> Page + Send + Sync,
    read: impl Fn(Answer) -> Option<Submission>,
) -> Result<Submission, Reason> {
    let reader_id = walk.lease()?.reader_id().clone();
    let readers = &walk.workflow.readers;
    let lost = card_is_lost(&**readers, &reader_id);
    tokio::select! {
        biased;
        submission = ask(walk, action, page, read) => submission,
        () = lost => Err(Reason::CardRemoved),
    }
}

/// Waits until nothing lies on the reader any more. One that is away for a moment does not say that: see [`left`].
pub(crate) async fn card_leaves(readers: &dyn Readers, reader_id: &ReaderId) {
    left(states(readers, reader_id), tokio::time::sleep).await;
}

/// Waits until an open card is open no more: it was taken away, or its reader is away, and its power with it. A quick
/// exchange is noticed by the card's next answer.
pub(crate) async fn card_is_lost(readers: &dyn Readers, reader_id: &ReaderId) {
    let mut lies_there = states(readers, reader_id)
        .take_while(|lies| std::future::ready(*lies == Lies::There))
        .boxed();
    while lies_there.next().await.is_some() {}
}

fn states<'a>(readers: &dyn Readers, reader_id: &'a ReaderId) -> impl Stream<Item = Lies> + use<'a> {
    readers.watch().map(move |snapshot| {
        let reader = snapshot.readers.iter().find(|reader| reader.id == *reader_id);
        Lies::on(reader)
    })
}

#[cfg(test)]
mod tests;
