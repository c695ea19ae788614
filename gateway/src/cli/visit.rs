//! A visit as a client plays it: start, watch, answer what is pending, until it ends. The command line and the demo
//! both stand on this; an EMR does the same in its own language.

pub mod ending;
mod feed;
pub mod line;
mod submit;

pub use ending::End;
pub use line::VisitLine;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use madoguchi_core::{Medium, Method, Reason};
use madoguchi_proto::auth::v1::{CheckVisually, EnterPin, VisualCause};
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{CancelCheckInRequest, CheckIn, PendingAction, StartCheckInRequest};
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentQuestion};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use zeroize::Zeroizing;

use crate::cli::error::{Error, reason_of};
use crate::cli::wire;
use feed::Feed;

/// A single call that involves nobody's hands takes no longer.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A PIN on its way into a request.
pub struct TypedPin {
    /// The digits.
    pub digits: Zeroizing<String>,
    /// Whether the last try may be spent on it.
    pub confirm_last_try: bool,
}

/// What staff saw when they compared face and card.
#[derive(Debug, Clone)]
pub struct Looked {
    /// Whether it is the same person.
    pub confirmed: bool,
    /// Who looked.
    pub staff_id: String,
    /// Why it was necessary.
    pub cause: VisualCause,
}

/// What somebody at the counter answers.
pub enum Reply<T> {
    /// This.
    Give(T),
    /// Nothing: the visit is cancelled for this reason.
    GiveUp(Reason),
}

/// The people at the counter, as far as a visit needs them. Dropping a future takes the question back.
#[async_trait]
pub trait Desk: Send {
    /// Hears of each change.
    ///
    /// # Errors
    /// Where it cannot be told to anybody; the visit is then cancelled.
    async fn changed(&mut self, check_in: &CheckIn) -> Result<(), Error>;

    /// Says which medium the patient uses.
    ///
    /// # Errors
    /// Where nobody can be asked.
    async fn medium(&mut self, options: &[Medium]) -> Result<Reply<Medium>, Error>;

    /// Types the PIN.
    ///
    /// # Errors
    /// Where nobody can be asked.
    async fn pin(&mut self, prompt: &EnterPin) -> Result<Reply<TypedPin>, Error>;

    /// Answers for each item asked.
    ///
    /// # Errors
    /// Where nobody can be asked.
    async fn consents(&mut self, question: &ConsentQuestion) -> Result<Reply<Vec<ConsentDecision>>, Error>;

    /// Says how the person is verified. By default it is left to the patient at the reader.
    ///
    /// # Errors
    /// Where nobody can be asked.
    async fn method(&mut self, options: &[Method]) -> Result<Reply<Method>, Error> {
        let _ = options;
        std::future::pending().await
    }

    /// Says what staff saw. By default it is left to staff at the reader.
    ///
    /// # Errors
    /// Where nobody can be asked.
    async fn visual_check(&mut self, prompt: &CheckVisually) -> Result<Reply<Looked>, Error> {
        let _ = prompt;
        std::future::pending().await
    }

    /// Says whether the card is registered as insurance card. By default it is left to the patient at the reader.
    ///
    /// # Errors
    /// Where nobody can be asked.
    async fn registration(&mut self) -> Result<Reply<bool>, Error> {
        std::future::pending().await
    }
}

/// Plays a visit to its end. Where `stop` is raised or the desk fails, the visit is cancelled first.
///
/// # Errors
/// Where the gateway refuses or cannot be reached, or the desk fails.
pub async fn play(
    channel: Channel,
    request: StartCheckInRequest,
    desk: &mut dyn Desk,
    stop: &CancellationToken,
) -> Result<End, Error> {
    let began = Instant::now();
    let mut client = CheckInServiceClient::new(channel);
    let started = submit::patiently(&client, async |mut client| {
        client.start_check_in(timed(request.clone())).await
    })
    .await?;
    let latest = started.check_in.ok_or(Error::Answer("check_in"))?;
    let feed = Feed::new(client.clone(), &latest);
    let id = latest.check_in_id.clone();
    let mut player = Player {
        client: client.clone(),
        feed,
        desk,
        stop,
        latest,
        answered: None,
        gave_up: None,
    };
    if let Err(error) = player.run().await {
        // The counter must not stay busy because of this program's trouble; its own error is the one to report.
        let _cancelled = client
            .cancel_check_in(timed(CancelCheckInRequest { check_in_id: id }))
            .await;
        return Err(error);
    }
    Ok(End {
        check_in: player.latest,
        gave_up: player.gave_up,
        elapsed: began.elapsed(),
    })
}

pub(crate) fn timed<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(CALL_TIMEOUT);
    request
}

struct Player<'a> {
    client: CheckInServiceClient<Channel>,
    feed: Feed,
    desk: &'a mut dyn Desk,
    stop: &'a CancellationToken,
    latest: CheckIn,
    /// The action that was answered last: it stays pending until the answer has worked.
    answered: Option<String>,
    gave_up: Option<Reason>,
}

enum Next {
    /// Something changed.
    Changed(Box<CheckIn>),
    /// The desk answered and the gateway took it.
    Submitted,
    /// The desk has no answer.
    GiveUp(Reason),
    /// The user wants to stop.
    Stop,
}

impl Player<'_> {
    async fn run(&mut self) -> Result<(), Error> {
        self.desk.changed(&self.latest).await?;
        while !wire::is_terminal(self.latest.state()) {
            match self.next().await? {
                Next::Changed(check_in) => {
                    self.latest = *check_in;
                    self.desk.changed(&self.latest).await?;
                }
                Next::Submitted => {}
                Next::GiveUp(reason) => {
                    self.gave_up = Some(reason);
                    self.cancel().await?;
                }
                Next::Stop => self.cancel().await?,
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Next, Error> {
        let pending = self.latest.pending_action.clone();
        let open = pending.filter(|action| self.answered.as_ref() != Some(&action.action_id));
        let Some(PendingAction {
            action_id,
            action: Some(action),
        }) = open
        else {
            return tokio::select! {
                () = self.stop.cancelled() => Ok(Next::Stop),
                changed = self.feed.next() => Ok(Next::Changed(Box::new(changed?))),
            };
        };
        let answer = tokio::select! {
            () = self.stop.cancelled() => return Ok(Next::Stop),
            // The visit went on without the answer: it expired, or the card is gone.
            changed = self.feed.next() => return Ok(Next::Changed(Box::new(changed?))),
            answer = ask(self.desk, &action) => answer?,
        };
        let answer = match answer {
            Reply::Give(answer) => answer,
            Reply::GiveUp(reason) => return Ok(Next::GiveUp(reason)),
        };
        self.answered = Some(action_id.clone());
        let check_in_id = self.latest.check_in_id.clone();
        match submit::submit(&self.client, check_in_id, action_id, answer).await {
            // The visit moved on while somebody typed; the next change says where to.
            Err(Error::Refused { status }) if reason_of(&status) == Some(Reason::ActionNotPending) => {}
            done => done?,
        }
        Ok(Next::Submitted)
    }

    async fn cancel(&mut self) -> Result<(), Error> {
        let request = CancelCheckInRequest {
            check_in_id: self.latest.check_in_id.clone(),
        };
        let answer = self.client.cancel_check_in(timed(request)).await?.into_inner();
        self.latest = answer.check_in.ok_or(Error::Answer("check_in"))?;
        while !wire::is_terminal(self.latest.state()) {
            let next = tokio::time::timeout(CALL_TIMEOUT, self.feed.next()).await;
            self.latest = next.map_err(|_| Error::Interrupted)??;
        }
        self.desk.changed(&self.latest).await
    }
}

async fn ask(desk: &mut dyn Desk, action: &Action) -> Result<Reply<submit::Answer>, Error> {
    use submit::Answer;
    match action {
        Action::ChooseMedium(choice) => {
            let options: Vec<_> = choice
                .options
                .iter()
                .filter_map(|option| wire::medium(*option))
                .collect();
            Ok(desk.medium(&options).await?.map(Answer::Medium))
        }
        Action::ChooseMethod(choice) => {
            let options: Vec<_> = choice
                .options
                .iter()
                .filter_map(|option| wire::method(*option))
                .collect();
            Ok(desk.method(&options).await?.map(Answer::Method))
        }
        Action::CheckVisually(prompt) => Ok(desk.visual_check(prompt).await?.map(Answer::VisualCheck)),
        Action::DecideRegistration(_) => Ok(desk.registration().await?.map(Answer::Registration)),
        Action::EnterPin(prompt) => Ok(desk.pin(prompt).await?.map(Answer::Pin)),
        Action::DecideConsents(question) => {
            let version = question.wording_version.clone();
            Ok(desk
                .consents(question)
                .await?
                .map(|decisions| Answer::Consents(decisions, version)))
        }
    }
}

impl<T> Reply<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        match self {
            Self::Give(answer) => Reply::Give(change(answer)),
            Self::GiveUp(reason) => Reply::GiveUp(reason),
        }
    }
}

#[cfg(test)]
mod tests;
