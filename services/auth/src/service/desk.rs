//! An authentication of its own, as the desk at which its workflow shows itself.

use async_trait::async_trait;
use madoguchi_core::authentication::{Authentication, State};
use madoguchi_core::check_in::{Action, CancelledBy};
use madoguchi_core::{Reason, Refusal};
use madoguchi_session::Publisher;

use crate::live::End;
use crate::{Desk, Submission, Tray, View, Walked, Ways, failure};

/// An authentication of its own as the desk of its workflow.
pub(super) struct AuthenticationDesk {
    publisher: Publisher<Authentication>,
    now: Authentication,
    ways: Ways,
}

/// The desk while the workflow stands at it.
pub(super) struct AtDesk<'a> {
    pub(super) desk: &'a mut AuthenticationDesk,
    pub(super) tray: &'a mut Tray,
}

impl AuthenticationDesk {
    pub(super) fn new(publisher: Publisher<Authentication>) -> Self {
        Self {
            now: publisher.current().clone(),
            publisher,
            ways: Ways::default(),
        }
    }

    fn take_over(&mut self, view: &View) {
        self.now.state = view.state;
        self.now.guidance = view.guidance;
        self.now.medium = view.medium;
        self.now.method = view.method;
        self.now.visual_check.clone_from(&view.visual_check);
        self.now.reader_id.clone_from(&view.reader_id);
        self.now.check.clone_from(&view.check);
        self.now.apdu_count = view.apdu_count;
        self.ways = view.ways;
    }

    async fn publish(&mut self) -> Result<(), Reason> {
        self.now = self.publisher.publish(self.now.clone()).await?;
        Ok(())
    }

    /// Ends the authentication and shows the end. What cannot be put on disk is not told as a success.
    pub(super) async fn finish(mut self, end: End<Walked>) {
        match end {
            End::Ran(Walked { view, result, .. }) => {
                self.take_over(&view);
                match result {
                    Ok(authenticated) => {
                        self.now.state = State::Succeeded;
                        self.now.proof = Some(authenticated.proof);
                    }
                    Err(reason) => self.now = failed(self.now, reason, self.ways),
                }
            }
            End::Cancelled => self.cancelled(CancelledBy::Caller),
            End::ShuttingDown => self.cancelled(CancelledBy::Shutdown),
            End::Expired => self.now.state = State::Expired,
        }
        self.now.pending = None;
        self.now.guidance = None;
        let unkept = |ended| failed(ended, Reason::StoreUnavailable, Ways::default());
        self.publisher.finish(self.now, unkept).await;
    }

    fn cancelled(&mut self, by: CancelledBy) {
        self.now.state = State::Cancelled;
        self.now.cancelled_by = Some(by);
    }
}

/// The authentication, failed for that reason.
pub(super) fn failed(mut ended: Authentication, reason: Reason, ways: Ways) -> Authentication {
    ended.state = State::Failed;
    ended.pending = None;
    ended.guidance = None;
    ended.proof = None;
    ended.failure = Some(failure(reason, ended.medium, ways, ended.started_at));
    ended
}

#[async_trait]
impl Desk for AtDesk<'_> {
    async fn show(&mut self, view: &View) -> Result<(), Reason> {
        self.desk.take_over(view);
        self.desk.now.pending = None;
        self.desk.publish().await
    }

    async fn ask(&mut self, view: &View, action: Action) -> Result<Submission, Reason> {
        self.desk.take_over(view);
        self.desk.now.pending = Some(self.tray.pend(action));
        self.desk.publish().await?;
        let taken = self.tray.take().await.ok_or(Reason::VisitCancelled)?;
        self.desk.now.pending = None;
        // The caller is answered when it can see that nothing is pending any more.
        let published = self.desk.publish().await;
        let submission = taken.settle(published.map_err(Refusal::from));
        published.map(|()| submission)
    }
}
