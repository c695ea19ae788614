//! A visit as an EMR leads it, and the patient at the counter.

use std::time::Duration;

use madoguchi_core::RequestId;
use madoguchi_proto::auth::v1::Guidance;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::certificate::v1::certificate_check::Outcome as CertificateOutcome;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::check_in_outcome::Outcome;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{
    CancelledBy, CheckIn, StartCheckInRequest, SubmitConsentsRequest, SubmitPinRequest, WatchCheckInRequest,
    WatchCheckInResponse,
};
use madoguchi_proto::consent::v1::ConsentDecision;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::Patient;

/// Longer than any change takes here, shorter than a test.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(45);

/// A request for a visit at a counter.
#[must_use]
pub fn request(counter: &str, medium: Medium) -> StartCheckInRequest {
    StartCheckInRequest {
        request_id: RequestId::generate().to_string(),
        counter_id: counter.to_owned(),
        medium: medium.into(),
        ..StartCheckInRequest::default()
    }
}

/// A visit that was started and is watched.
#[derive(Debug)]
pub struct Visit {
    /// The client.
    pub client: CheckInServiceClient<Channel>,
    /// How it stands.
    pub now: CheckIn,
    updates: Streaming<WatchCheckInResponse>,
}

impl Visit {
    /// Starts a visit at counter 1.
    pub async fn start(channel: Channel, medium: Medium) -> Self {
        Self::start_with(channel, request("1", medium)).await.unwrap()
    }

    /// Starts a visit.
    ///
    /// # Errors
    /// What the gateway says.
    pub async fn start_with(channel: Channel, request: StartCheckInRequest) -> Result<Self, Status> {
        let mut client = CheckInServiceClient::new(channel);
        let now = client
            .start_check_in(request)
            .await?
            .into_inner()
            .check_in
            .unwrap();
        let watch = WatchCheckInRequest {
            check_in_id: now.check_in_id.clone(),
            after_sequence: 0,
        };
        let updates = client.watch_check_in(watch).await?.into_inner();
        Ok(Self { client, now, updates })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> String {
        self.now.check_in_id.clone()
    }

    /// The next change; nothing after the end.
    pub async fn next(&mut self) -> Option<CheckIn> {
        let Ok(update) = tokio::time::timeout(CHANGE_TIMEOUT, self.updates.message()).await else {
            panic!("nothing happens in {:?}", self.now.state());
        };
        let now = update.unwrap()?.check_in.unwrap();
        self.now = now.clone();
        Some(now)
    }

    /// The next change after which it is as wished, or ended.
    pub async fn until(&mut self, is_met: impl Fn(&CheckIn) -> bool) -> CheckIn {
        while let Some(now) = self.next().await {
            if is_met(&now) || is_over(&now) {
                return now;
            }
        }
        panic!("the watch ended in {:?}", self.now.state());
    }

    /// The next change after which it is in that state; it must not end before.
    pub async fn until_state(&mut self, state: State) -> CheckIn {
        let now = self.until(|now| now.state() == state).await;
        assert_eq!(
            now.state(),
            state,
            "it ended: {}",
            if is_over(&now) {
                ending(&now)
            } else {
                String::new()
            }
        );
        now
    }

    /// Its end.
    pub async fn end(&mut self) -> CheckIn {
        self.until(|_| false).await
    }

    /// Submits a PIN for what is pending now.
    ///
    /// # Errors
    /// What the gateway says.
    pub async fn pin(&mut self, pin: &str, confirm_last_try: bool) -> Result<CheckIn, Status> {
        let request = SubmitPinRequest {
            check_in_id: self.id(),
            action_id: self.action_id(),
            pin: pin.to_owned(),
            typed_by_guardian: false,
            last_try_agreed_by: String::new(),
            confirm_last_try,
        };
        Ok(self
            .client
            .submit_pin(request)
            .await?
            .into_inner()
            .check_in
            .unwrap())
    }

    /// Answers every consent that is pending now.
    ///
    /// # Errors
    /// What the gateway says.
    pub async fn consents(&mut self, granted: bool) -> Result<CheckIn, Status> {
        let action = self.now.pending_action.clone().and_then(|pending| pending.action);
        let Some(Action::DecideConsents(question)) = action else {
            panic!("no consent is asked")
        };
        let decide = |item: i32| ConsentDecision {
            item,
            granted,
            ..ConsentDecision::default()
        };
        let request = SubmitConsentsRequest {
            check_in_id: self.id(),
            action_id: self.action_id(),
            decisions: question.items.iter().map(|asked| decide(asked.item)).collect(),
            wording_version: question.wording_version,
        };
        Ok(self
            .client
            .submit_consents(request)
            .await?
            .into_inner()
            .check_in
            .unwrap())
    }

    /// Leads the visit to its end.
    pub async fn lead(&mut self, patient: &mut Patient<'_>) -> CheckIn {
        let mut answered = String::new();
        let mut told = (State::Unspecified, Guidance::Unspecified);
        let mut first = None;
        loop {
            let Some(now) = self.next().await else {
                panic!("the watch ended in {:?}", self.now.state());
            };
            if is_over(&now) {
                return now;
            }
            let news = (now.state(), now.guidance());
            let first = *first.get_or_insert(now.sequence);
            let says_nothing = news == (State::WaitingForCard, Guidance::Unspecified);
            assert!(
                now.sequence == first || !says_nothing,
                "the patient is not told what to do"
            );
            if std::mem::replace(&mut told, news) != news && now.state() == State::WaitingForCard {
                patient.presents(now.guidance()).await;
            }
            let Some(pending) = now.pending_action else {
                continue;
            };
            if std::mem::replace(&mut answered, pending.action_id.clone()) == pending.action_id {
                continue;
            }
            let submitted = match pending.action {
                Some(Action::EnterPin(prompt)) => {
                    patient.typed += 1;
                    if !prompt.again_because.is_empty() {
                        patient.asked_again.push(prompt.again_because);
                    }
                    self.pin(&patient.pin, patient.confirm_last_try).await
                }
                Some(Action::DecideConsents(_)) => self.consents(patient.consents).await,
                other => panic!("nobody answers {other:?}"),
            };
            // The card may be gone in the same moment: then what was pending is pending no more.
            if let Err(status) = submitted {
                let reason = crate::refused(&status).reason;
                assert_eq!(reason, "ACTION_NOT_PENDING", "{status:?}");
            }
        }
    }

    fn action_id(&self) -> String {
        self.now
            .pending_action
            .as_ref()
            .expect("something is pending")
            .action_id
            .clone()
    }
}

fn is_over(check_in: &CheckIn) -> bool {
    check_in.outcome.is_some()
}

/// The end of a visit in a few words: `completed full`, `failed PIN_LOCKED`, `cancelled by CALLER`, `expired`.
#[must_use]
pub fn ending(check_in: &CheckIn) -> String {
    let outcome = check_in
        .outcome
        .clone()
        .and_then(|outcome| outcome.outcome)
        .expect("an outcome");
    let (state, words) = match outcome {
        Outcome::Completed(completed) => {
            let words = match completed.certificate_outcome() {
                CertificateOutcome::Full => "completed full",
                CertificateOutcome::EligibilityOnly => "completed eligibility only",
                other => panic!("completed with {other:?}"),
            };
            (State::Completed, words.to_owned())
        }
        Outcome::Failed(failure) => {
            assert!(
                !failure.message_ja.is_empty() && !failure.next_steps.is_empty(),
                "{}",
                failure.reason
            );
            (State::Failed, format!("failed {}", failure.reason))
        }
        Outcome::Deferred(deferred) => {
            assert!(
                !deferred.deferral_id.is_empty() && !deferred.next_steps.is_empty(),
                "{}",
                deferred.reason
            );
            (State::Deferred, format!("deferred {}", deferred.reason))
        }
        Outcome::Cancelled(cancelled) => {
            let by = match cancelled.cancelled_by() {
                CancelledBy::Caller => "cancelled by caller",
                CancelledBy::Shutdown => "cancelled by shutdown",
                CancelledBy::Patient => "cancelled by patient",
                CancelledBy::Unspecified => panic!("cancelled by nobody"),
            };
            (State::Cancelled, by.to_owned())
        }
        Outcome::Expired(_) => (State::Expired, "expired".to_owned()),
    };
    assert_eq!(check_in.state(), state);
    words
}
