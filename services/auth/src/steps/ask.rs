//! A question is put to the caller and to the patient on the reader's screen at the same time; the first answer counts.

use futures_util::StreamExt as _;
use madoguchi_core::check_in::Action;
use madoguchi_core::reader::Readers;
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
    let left = card_leaves(&**readers, &reader_id);
    tokio::select! {
        biased;
        submission = ask(walk, action, page, read) => submission,
        () = left => Err(Reason::CardRemoved),
    }
}

/// Waits until nothing lies on the reader any more. A quick exchange is noticed by the card's next answer.
pub(crate) async fn card_leaves(readers: &dyn Readers, reader_id: &ReaderId) {
    let mut snapshots = readers.watch();
    while let Some(snapshot) = snapshots.next().await {
        let here = snapshot
            .readers
            .iter()
            .any(|reader| reader.id == *reader_id && reader.card_present);
        if !here {
            return;
        }
    }
}
