//! A check-in as the desk at which the authentication workflow shows itself, and later states too.

use async_trait::async_trait;
use madoguchi_auth::{Desk, Submission, Taken, Tray, View, Ways};
use madoguchi_core::Reason;
use madoguchi_core::authentication::State as AuthenticationState;
use madoguchi_core::check_in::{Action, CheckIn, State};
use madoguchi_session::Publisher;

use crate::states::end;

/// The check-in under way and its callers' submissions.
#[derive(Debug)]
pub(crate) struct CheckInDesk {
    pub(crate) now: CheckIn,
    /// What the counter's readers could still do for the patient.
    pub(crate) ways: Ways,
    publisher: Publisher<CheckIn>,
}

impl CheckInDesk {
    pub(crate) fn new(publisher: Publisher<CheckIn>) -> Self {
        Self {
            now: publisher.current().clone(),
            ways: Ways::default(),
            publisher,
        }
    }

    /// Shows the check-in as it is now; what was shown survives a crash.
    pub(crate) async fn publish(&mut self) -> Result<(), Reason> {
        self.now = self.publisher.publish(self.now.clone()).await?;
        Ok(())
    }

    /// Ends the visit and returns what was told. What cannot be put on disk is not told as a success.
    pub(crate) async fn finish(self) -> CheckIn {
        self.publisher.finish(self.now, end::unkept).await
    }

    /// The patient answered on the reader: the caller sees that nothing is pending any more.
    pub(crate) async fn answered(&mut self) -> Result<(), Reason> {
        self.now.pending = None;
        self.publish().await
    }

    /// Asks the caller for something and waits for it; the caller waits until it is settled, and then sees that
    /// nothing is pending any more.
    pub(crate) async fn ask(&mut self, tray: &mut Tray, action: Action) -> Result<Taken, Reason> {
        self.now.pending = Some(tray.pend(action));
        self.publish().await?;
        let taken = tray.take().await.ok_or(Reason::VisitCancelled)?;
        self.now.pending = None;
        match self.publish().await {
            Ok(()) => Ok(taken),
            Err(reason) => {
                taken.settle(Err(reason.into()));
                Err(reason)
            }
        }
    }

    /// Takes over what the authentication knows. Its success is not the end of the visit.
    pub(crate) fn take_over(&mut self, view: &View) {
        self.now.state = match view.state {
            AuthenticationState::ChoosingMedium => State::ChoosingMedium,
            AuthenticationState::ChoosingMethod => State::ChoosingMethod,
            AuthenticationState::WaitingForPin => State::WaitingForPin,
            AuthenticationState::WaitingForCard => State::WaitingForCard,
            AuthenticationState::ReadingCard => State::ReadingCard,
            AuthenticationState::VerifyingFace => State::VerifyingFace,
            AuthenticationState::WaitingForStaff => State::WaitingForStaff,
            AuthenticationState::Signing
            | AuthenticationState::Succeeded
            | AuthenticationState::Failed
            | AuthenticationState::Cancelled
            | AuthenticationState::Expired => State::Signing,
        };
        self.now.guidance = view.guidance;
        self.now.medium = view.medium;
        self.now.method = view.method;
        self.now.visual_check.clone_from(&view.visual_check);
        self.now.reader_id.clone_from(&view.reader_id);
        self.now.check.clone_from(&view.check);
        self.now.apdu_count = view.apdu_count;
        self.ways = view.ways;
    }
}

/// The desk while the authentication workflow stands at it.
pub(crate) struct Authenticating<'a> {
    pub(crate) desk: &'a mut CheckInDesk,
    pub(crate) tray: &'a mut Tray,
}

#[async_trait]
impl Desk for Authenticating<'_> {
    async fn show(&mut self, view: &View) -> Result<(), Reason> {
        self.desk.take_over(view);
        self.desk.now.pending = None;
        self.desk.publish().await
    }

    async fn ask(&mut self, view: &View, action: Action) -> Result<Submission, Reason> {
        self.desk.take_over(view);
        Ok(self.desk.ask(self.tray, action).await?.settle(Ok(())))
    }
}
